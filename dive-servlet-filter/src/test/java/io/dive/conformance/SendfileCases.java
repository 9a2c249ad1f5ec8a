// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Bodies that somebody sends around the filter, or frames by himself. */
class SendfileCases extends Conformance {
  private static final String SUPPORT = "org.apache.tomcat.sendfile.support";

  @Test
  void anApplicationThatAsksWhetherItMayUseSendfile_writesAndIsSigned() throws Exception {
    byte[] body = bytes(100_000);
    application(
        "/app/x",
        (request, response) -> {
          if (request.getAttribute(SUPPORT) != null) {
            throw new IllegalStateException("the filter would not see the body");
          }
          response.getOutputStream().write(body);
        });
    assertSigned(get("/app/x"), body);
  }

  @Test
  void sendfileWithoutAsking_isUnsigned() throws Exception {
    byte[] body = bytes(50_000);
    Path file = Files.write(files().resolve("sendfile.bin"), body);
    application(
        "/app/x",
        (request, response) -> {
          response.setContentLength(body.length);
          request.setAttribute("org.apache.tomcat.sendfile.filename", file.toString());
          request.setAttribute("org.apache.tomcat.sendfile.start", 0L);
          request.setAttribute("org.apache.tomcat.sendfile.end", (long) body.length);
          if (!Kind.current().isOneOf(Kind.TOMCAT_10, Kind.TOMCAT_11)) {
            response.getOutputStream().write(body); // its own doing: nobody else reads those
          }
        });
    assertUnsigned(get("/app/x"), 200, body);
    eventually(() -> counted().equals(Map.of("stream/unsigned", 1)));
  }

  @Test
  void aTransferCodingOfTheApplication_isUnsigned() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("Transfer-Encoding", "identity");
          response.getOutputStream().print("x");
        });
    try (Wire wire = new Wire(port())) {
      wire.send("GET /app/x HTTP/1.1", "Connection: close\r\n");
      assertFalse(wire.rest().contains("Digest"));
    }
    eventually(() -> counted().equals(Map.of("stream/unsigned", 1)));
  }
}
