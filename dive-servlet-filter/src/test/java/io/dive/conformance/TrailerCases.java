// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Wire.Answer;
import io.dive.protocol.FieldNames;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies longer than what may be held, signed in the trailers of an HTTP/1.1 chunked response. */
class TrailerCases extends Conformance {
  static final String ANNOUNCED = "Content-Digest, DIVE-Sig, Signature, Signature-Input";

  @BeforeEach
  void configure() throws Exception {
    settings("dive.stream.overflow = trailer");
  }

  static void writeInParts(HttpServletResponse response, byte[] body) throws IOException {
    ServletOutputStream out = response.getOutputStream();
    for (int from = 0; from < body.length; from += 7_001) {
      out.write(body, from, Math.min(7_001, body.length - from));
    }
  }

  private static void assertSignedInTrailers(Answer answer, byte[] body) throws Exception {
    assertEquals(200, answer.status());
    assertTrue(answer.complete());
    assertArrayEquals(body, answer.body());
    assertEquals(Optional.of(ANNOUNCED), answer.field("Trailer"));
    for (String name : FieldNames.SIGNED_RESPONSE) {
      assertEquals(Optional.empty(), answer.field(name));
    }
    assertFieldsOf(answer::trailer, body);
  }

  @ParameterizedTest
  @ValueSource(ints = {LIMIT + 1, LIMIT * 2, LIMIT * 10})
  void aBodyTooLong_isSignedInTrailers(int length) throws Exception {
    byte[] body = bytes(length);
    application("/app/x", (request, response) -> writeInParts(response, body));
    assertSignedInTrailers(getOnKeptConnection("/app/x"), body);
    eventually(() -> counted().equals(Map.of("stream/signed", 1)));
  }

  @Test
  @Differs(
      in = Kind.UNDERTOW,
      because =
          "Undertow ends the body by closing a connection that the client wants closed, which leaves"
              + " no place for trailers, with or without DIVE")
  void aConnectionToBeClosed_hasTrailersToo() throws Exception {
    byte[] body = bytes(LIMIT * 2);
    application(
        "/app/x",
        (request, response) -> {
          response.setTrailerFields(() -> Map.of("X-Own", "1"));
          writeInParts(response, body);
        });
    Answer answer = get("/app/x");
    if (differs(Kind.UNDERTOW)) {
      assertUnsigned(answer, 200, body);
      settings("dive.rule.10.mode = off");
      assertEquals(Optional.empty(), get("/app/x").trailer("X-Own"));
    } else {
      assertSignedInTrailers(answer, body);
    }
  }

  @Test
  void aBodyFromAnotherThread_isSignedInTrailers() throws Exception {
    byte[] body = bytes(LIMIT * 2);
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          elsewhere(
              () -> {
                writeInParts(response, body);
                context.complete();
              });
        });
    assertSignedInTrailers(getOnKeptConnection("/app/x"), body);
  }

  @Test
  void trailersOfTheApplication_areKept() throws Exception {
    byte[] body = bytes(LIMIT * 2);
    application(
        "/app/x",
        (request, response) -> {
          response.setTrailerFields(() -> Map.of("X-Own", "1"));
          try (ServletOutputStream out = response.getOutputStream()) {
            out.write(body);
          }
        });
    Answer answer = getOnKeptConnection("/app/x");
    assertSignedInTrailers(answer, body);
    assertEquals(Optional.of("1"), answer.trailer("X-Own"));
  }

  @Test
  void aBodyThatCanBeHeld_hasNoTrailersOfOurs() throws Exception {
    byte[] body = bytes(LIMIT);
    application("/app/x", (request, response) -> writeInParts(response, body));
    assertSigned(getOnKeptConnection("/app/x"), body);
  }

  @Test
  @Differs(
      in = Kind.UNDERTOW,
      because = "Undertow ends a chunked body properly after an exception, with or without DIVE")
  void anExceptionAfterHalfTheBody_cutsItOffWithoutTrailers() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          writeInParts(response, bytes(LIMIT * 2));
          throw new IOException("planned");
        });
    Answer answer = getOnKeptConnection("/app/x");
    assertEquals(differs(Kind.UNDERTOW), answer.complete());
    assertNoFields(answer);
    eventually(() -> counted().equals(Map.of("stream/unsigned", 1)));
    settings("dive.rule.10.mode = off");
    assertEquals(differs(Kind.UNDERTOW), getOnKeptConnection("/app/x").complete());
  }

  @Test
  void aTimeoutAfterHalfTheBody_leavesNoTrailers() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          request.startAsync().setTimeout(100);
          writeInParts(response, bytes(LIMIT * 2));
        });
    Answer answer = getOnKeptConnection("/app/x");
    assertNoFields(answer);
    eventually(() -> counted().equals(Map.of("stream/unsigned", 1)));
  }

  @Test
  void aDeclaredLengthOrHttp10_hasNoTrailers() throws Exception {
    byte[] body = bytes(LIMIT * 2);
    application("/app/x", (request, response) -> writeInParts(response, body));
    assertUnsigned(request("GET /app/x HTTP/1.0"), 200, body);
    application(
        "/app/x",
        (request, response) -> {
          response.setContentLength(body.length);
          writeInParts(response, body);
        });
    Answer answer = getOnKeptConnection("/app/x");
    assertUnsigned(answer, 200, body);
    assertEquals(Optional.of("" + body.length), answer.field("Content-Length"));
  }

  @Test
  void aFieldOfTheApplication_excludesTrailersOfOurs() throws Exception {
    byte[] body = bytes(LIMIT * 2);
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("Content-Digest", "sha-256=:AAAA:");
          writeInParts(response, body);
        });
    Answer answer = getOnKeptConnection("/app/x");
    assertArrayEquals(body, answer.body());
    assertEquals(Optional.of("sha-256=:AAAA:"), answer.field("Content-Digest"));
    assertTrue(answer.trailers().isEmpty());
  }
}
