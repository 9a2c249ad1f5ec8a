// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import io.dive.conformance.Http2Wire.Exchange;
import io.dive.conformance.Wire.Answer;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Cases on one connection of HTTP/2. */
abstract class Http2Suite extends Conformance {
  /** More than any container keeps back by itself, and than a client's window. */
  static final int LONG = 200_000;

  private Optional<Http2Wire> connection = Optional.empty();

  @BeforeEach
  void connect() throws Exception {
    connection = Optional.of(new Http2Wire(port()));
  }

  @AfterEach
  void disconnect() {
    connection.orElseThrow().close();
  }

  final Exchange send(String method, String path) {
    return connection.orElseThrow().send(method, path);
  }

  final Exchange send(String path) {
    return send("GET", path);
  }

  final Answer http2(String path) throws Exception {
    return send(path).receive();
  }
}
