// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Wire.Answer;
import io.dive.protocol.FieldNames;
import jakarta.servlet.ServletOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies longer than may be held back. */
class OverflowCases extends Conformance {
  private static final int LONG = LIMIT * 3;

  private static void assertRefused(Answer answer) {
    assertUnsigned(answer, 500, ascii("The response could not be signed.\n"));
  }

  // dive.stream.overflow = unsigned

  @ParameterizedTest
  @ValueSource(ints = {LIMIT + 1, LONG})
  void whereOverflowIsUnsigned_theWholeBodyIsSent(int length) throws Exception {
    byte[] body = bytes(length);
    application("/app/x", (request, response) -> writeInParts(response, body));
    assertUnsigned(get("/app/x"), 200, body);
    eventually(() -> counted().equals(Map.of("stream/overflow", 1)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"unsigned", "trailer"})
  void onceABodyIsTooLong_nothingOfItIsHeld(String overflow) throws Exception {
    settings("dive.stream.overflow = " + overflow);
    byte[] body = bytes(LONG);
    application(
        "/app/x",
        (request, response) -> {
          writeInParts(response, body);
          assertEquals(List.of(), openFiles(tempDir));
          writeInParts(response, body);
        });
    Answer answer = getOnKeptConnection();
    assertTrue(answer.complete());
    assertEquals(LONG * 2, answer.body().length);
  }

  @Test
  void whereOverflowIsUnsigned_aDeclaredLengthIsKept() throws Exception {
    byte[] body = bytes(LONG);
    application(
        "/app/x",
        (request, response) -> {
          response.setContentLength(body.length);
          writeInParts(response, body);
        });
    Answer answer = get("/app/x");
    assertUnsigned(answer, 200, body);
    assertEquals(Optional.of("" + body.length), answer.field("Content-Length"));
  }

  @Test
  void whereOverflowIsUnsigned_charactersAreAllSent() throws Exception {
    String text = "h\u00e9llo \u20ac\n".repeat(LIMIT / 4);
    application(
        "/app/x",
        (request, response) -> {
          response.setContentType("text/plain;charset=utf-8");
          response.getWriter().print(text);
        });
    assertUnsigned(get("/app/x"), 200, text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  @Test
  void whereOverflowIsUnsigned_anExceptionAfterThat_isAsByTheContainerAlone() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          writeInParts(response, bytes(LONG));
          throw new IOException("planned");
        });
    settings("dive.rule.10.mode = off");
    Answer alone = get("/app/x");
    settings();
    Answer answer = get("/app/x");
    assertEquals(alone.status(), answer.status());
    assertEquals(alone.complete(), answer.complete());
    assertNoFields(answer);
  }

  @Test
  void bodiesThatTogetherNeedTooMuchSpace_areNotAllSigned() throws Exception {
    settings("dive.stream.temp-space = 300000B");
    byte[] body = bytes(200_000);
    application("/app/inner", (request, response) -> writeInParts(response, body));
    application(
        "/app/x",
        (request, response) -> {
          writeInParts(response, body);
          // While this one holds its bytes, the other finds no room.
          assertUnsigned(get("/app/inner"), 200, body);
        });
    assertSigned(get("/app/x"), body);
    eventually(() -> counted().equals(Map.of("stream/signed", 1, "stream/overflow", 1)));
    eventually(() -> openFiles(tempDir).isEmpty());
    assertSigned(get("/app/inner"), body);
  }

  // dive.stream.overflow = fail

  @ParameterizedTest
  @ValueSource(ints = {LIMIT + 1, LONG})
  void whereOverflowFails_theAnswerIsAnErrorAlone(int length) throws Exception {
    settings("dive.stream.overflow = fail");
    application(
        "/app/x",
        (request, response) -> {
          response.addHeader("X-Own", "1");
          response.getOutputStream().flush();
          writeInParts(response, bytes(length));
        });
    Answer answer = get("/app/x");
    assertRefused(answer);
    assertEquals(Optional.empty(), answer.field("X-Own"));
    eventually(() -> counted().equals(Map.of("stream/overflow", 1)));
  }

  @Test
  void whereOverflowFails_theAnswerIsAnErrorWhateverTheApplicationMakesOfIt() throws Exception {
    settings("dive.stream.overflow = fail");
    application(
        "/app/x",
        (request, response) -> {
          try {
            response.getOutputStream().write(bytes(LIMIT + 1));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    assertRefused(get("/app/x"));
    application("/app/x", (request, response) -> response.getWriter().print("x".repeat(LIMIT + 1)));
    assertRefused(get("/app/x"));
  }

  // dive.stream.overflow = trailer

  private static Answer getOnKeptConnection() throws IOException {
    try (Wire wire = new Wire(port())) {
      wire.send("GET /app/x HTTP/1.1", "");
      return wire.receive(false);
    }
  }

  private static void assertSignedInTrailers(Answer answer, byte[] body) throws Exception {
    assertEquals(200, answer.status());
    assertTrue(answer.complete());
    assertArrayEquals(body, answer.body());
    assertEquals(
        Optional.of("Content-Digest, DIVE-Sig, Signature, Signature-Input"),
        answer.field("Trailer"));
    assertEquals(Optional.empty(), answer.field(FieldNames.CONTENT_DIGEST));
    assertFieldsOf(answer::trailer, body);
  }

  @ParameterizedTest
  @ValueSource(ints = {LIMIT + 1, LONG})
  void whereOverflowIsTrailer_theBodyIsSignedAfterItself(int length) throws Exception {
    settings("dive.stream.overflow = trailer");
    byte[] body = bytes(length);
    application("/app/x", (request, response) -> writeInParts(response, body));
    assertSignedInTrailers(getOnKeptConnection(), body);
    eventually(() -> counted().equals(Map.of("stream/signed", 1)));
  }

  @Test
  void whereOverflowIsTrailer_theConnectionGoesOn() throws Exception {
    settings("dive.stream.overflow = trailer");
    byte[] body = bytes(LONG);
    application("/app/x", (request, response) -> writeInParts(response, body));
    application("/app/short", (request, response) -> response.getWriter().print("short"));
    try (Wire wire = new Wire(port())) {
      for (int i = 0; i < 2; i++) {
        wire.send("GET /app/x HTTP/1.1", "");
        assertSignedInTrailers(wire.receive(false), body);
        wire.send("GET /app/short HTTP/1.1", "");
        assertSigned(wire.receive(false), ascii("short"));
      }
    }
  }

  @Test
  @Differs(
      in = Kind.UNDERTOW,
      because =
          "Undertow sends a body of unknown length without chunks, and so without trailers, when"
              + " the client asks to close the connection; it is unsigned.")
  void whereOverflowIsTrailer_theLastBodyOfAConnectionIsSignedAfterItself() throws Exception {
    settings("dive.stream.overflow = trailer");
    byte[] body = bytes(LONG);
    application("/app/x", (request, response) -> writeInParts(response, body));
    Answer answer = get("/app/x");
    if (differs(Kind.UNDERTOW)) {
      assertUnsigned(answer, 200, body);
      assertEquals(Optional.empty(), answer.field("Trailer"));
      assertEquals(Optional.empty(), answer.field("Transfer-Encoding"));
      eventually(() -> counted().equals(Map.of("stream/overflow", 1)));
    } else {
      assertSignedInTrailers(answer, body);
    }
  }

  @Test
  void whereOverflowIsTrailer_itStandsBesideTheApplications() throws Exception {
    settings("dive.stream.overflow = trailer");
    byte[] body = bytes(LIMIT + 1);
    application(
        "/app/x",
        (request, response) -> {
          response.setTrailerFields(() -> Map.of("X-Own", "1"));
          try (ServletOutputStream out = response.getOutputStream()) {
            out.write(body);
          }
        });
    Answer answer = getOnKeptConnection();
    assertFieldsOf(answer::trailer, body);
    assertEquals(Optional.of("1"), answer.trailer("X-Own"));
  }

  @Test
  @Differs(
      in = Kind.UNDERTOW,
      because =
          "Undertow ends a body it has begun to send as if it were whole when the application"
              + " throws; it has no signature.")
  void whereOverflowIsTrailer_theBodyOfAChainThatThrowsIsCutOffAndUnsigned() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          writeInParts(response, bytes(LONG));
          throw new IOException("planned");
        });
    settings("dive.rule.10.mode = off");
    boolean completeAlone = getOnKeptConnection().complete();
    settings("dive.stream.overflow = trailer");
    Answer answer = getOnKeptConnection();
    assertNoFields(answer);
    assertTrue(answer.field("Trailer").isPresent());
    assertEquals(differs(Kind.UNDERTOW), answer.complete());
    if (differs(Kind.UNDERTOW)) {
      assertTrue(completeAlone);
    }
    eventually(() -> counted().equals(Map.of("stream/unsigned", 1, "off/unsigned", 1)));
  }

  @Test
  void whereOverflowIsTrailer_http10AndADeclaredLengthAreUnsigned() throws Exception {
    settings("dive.stream.overflow = trailer");
    byte[] body = bytes(LIMIT * 2);
    application("/app/x", (request, response) -> writeInParts(response, body));
    assertUnsigned(request("GET /app/x HTTP/1.0"), 200, body);
    application(
        "/app/x",
        (request, response) -> {
          response.setContentLength(body.length);
          writeInParts(response, body);
        });
    Answer answer = get("/app/x");
    assertUnsigned(answer, 200, body);
    assertEquals(Optional.of("" + body.length), answer.field("Content-Length"));
  }
}
