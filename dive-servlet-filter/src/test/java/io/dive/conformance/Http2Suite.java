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

  /**
   * For requests at once, that they come on a connection that has answered one already. Tomcat 10.1
   * (10.1.59, 10.1.62) may read a new connection in two threads at once, finds its header table
   * spoiled and closes it: once in about a thousand times, with DIVE or without.
   */
  final void settleTheConnection() throws Exception {
    application("/app/first", (request, response) -> response.getOutputStream().write(1));
    http2("/app/first");
  }
}
