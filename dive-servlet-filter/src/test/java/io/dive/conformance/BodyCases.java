// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies of every length, however they are written. */
class BodyCases extends Conformance {
  private static void writeInParts(HttpServletResponse response, byte[] body) throws IOException {
    ServletOutputStream out = response.getOutputStream();
    for (int from = 0; from < body.length; from += 7_001) {
      out.write(body, from, Math.min(7_001, body.length - from));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 16_384, 16_385, MEMORY, MEMORY + 1, 200_000, LIMIT - 1, LIMIT})
  void aBodyUpToTheLimit_isSigned(int length) throws Exception {
    byte[] body = bytes(length);
    application("/app/x", (request, response) -> writeInParts(response, body));
    assertSigned(get("/app/x"), body);
    eventually(() -> counted().equals(Map.of("stream/signed", 1)));
  }

  @Test
  void anEmptyBody_isSigned() throws Exception {
    application("/app/x", (request, response) -> {});
    assertSigned(get("/app/x"), new byte[0]);
  }
}
