// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Only 200 is signed (decision 13), whenever the status is set. */
class StatusCases extends Conformance {
  @ParameterizedTest
  @ValueSource(ints = {201, 202, 203, 206, 301, 400, 404, 500, 503})
  void anotherStatus_isUnsigned(int status) throws Exception {
    byte[] body = bytes(MEMORY * 2);
    application(
        "/app/x",
        (request, response) -> {
          response.setStatus(status);
          writeInParts(response, body);
        });
    assertUnsigned(get("/app/x"), status, body);
    eventually(() -> counted().equals(Map.of("stream/not-200", 1)));
  }

  @ParameterizedTest
  @ValueSource(ints = {204, 304})
  void aStatusWithoutBody_isUnsigned(int status) throws Exception {
    application("/app/x", (request, response) -> response.setStatus(status));
    assertUnsigned(get("/app/x"), status, new byte[0]);
    eventually(() -> counted().equals(Map.of("stream/not-200", 1)));
  }

  @Test
  void aStatusSetAfterTheBody_isSentUnsigned() throws Exception {
    byte[] body = bytes(MEMORY * 2);
    application(
        "/app/x",
        (request, response) -> {
          writeInParts(response, body);
          response.setStatus(404);
        });
    assertUnsigned(get("/app/x"), 404, body);
  }

  @Test
  void aStatusSetBackToOk_isSigned() throws Exception {
    byte[] body = bytes(MEMORY * 2);
    application(
        "/app/x",
        (request, response) -> {
          response.setStatus(404);
          response.setStatus(200);
          writeInParts(response, body);
        });
    assertSigned(get("/app/x"), body);
  }

  @Test
  void aFlushOfAnotherStatus_reachesTheClientAtOnce() throws Exception {
    CountDownLatch read = new CountDownLatch(1);
    application(
        "/app/x",
        (request, response) -> {
          response.setStatus(202);
          response.getOutputStream().print("part");
          response.flushBuffer();
          await(read);
          response.getOutputStream().print(" and rest");
        });
    try (Wire wire = new Wire(port())) {
      wire.send("GET /app/x HTTP/1.1", "");
      wire.peek("HTTP/1.1 202".length());
      read.countDown();
      assertUnsigned(wire.receive(false), 202, ascii("part and rest"));
    }
  }
}
