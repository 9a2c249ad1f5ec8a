// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Http2Wire.Exchange;
import io.dive.conformance.Wire.Answer;
import io.dive.protocol.FieldNames;
import jakarta.servlet.AsyncContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/2, where the end of a body, a failure and trailers are frames of their own. */
class Http2Cases extends Http2Suite {
  private static final Kind[] ENDING = {Kind.TOMCAT_10, Kind.TOMCAT_11, Kind.UNDERTOW};
  private static final String BECAUSE =
      "The container ends the stream where it should reset it, with or without DIVE; fewer bytes"
          + " than Content-Length are an error to the client all the same";

  private static void serve(String etag, byte[] body) {
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("ETag", etag);
          response.getOutputStream().write(body);
        });
  }

  // Whole bodies.

  @ParameterizedTest
  @ValueSource(ints = {0, 1, MEMORY, LONG, LIMIT})
  void aBodyUpToTheLimit_isSigned(int length) throws Exception {
    byte[] body = bytes(length);
    application("/app/x", (request, response) -> writeInParts(response, body));
    assertSigned(http2("/app/x"), body);
    eventually(() -> counted().equals(Map.of("stream/signed", 1)));
  }

  @Test
  void aBodyFromAnotherThread_isSigned() throws Exception {
    byte[] body = bytes(LONG);
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          elsewhere(
              () -> {
                response.getOutputStream().write(body);
                context.complete();
              });
        });
    assertSigned(http2("/app/x"), body);
  }

  /** From the third time on its fields are remembered, and not set one by one in Jetty. */
  @Test
  void aBodySeenBefore_isSigned() throws Exception {
    byte[] body = bytes(MEMORY);
    application("/app/x", (request, response) -> response.getOutputStream().write(body));
    for (int i = 0; i < 5; i++) {
      assertSigned(http2("/app/x"), body);
    }
  }

  @Test
  void severalStreamsAtOnce_areEachSignedForThemselves() throws Exception {
    settleTheConnection();
    int streams = 8;
    CountDownLatch all = new CountDownLatch(streams);
    for (int i = 0; i < streams; i++) {
      byte[] body = bytes(LONG + i);
      application(
          "/app/" + i,
          (request, response) -> {
            response.getOutputStream().write(body, 0, LONG / 2);
            all.countDown();
            await(all);
            response.getOutputStream().write(body, LONG / 2, body.length - LONG / 2);
          });
    }
    List<Exchange> exchanges = new ArrayList<>();
    for (int i = 0; i < streams; i++) {
      exchanges.add(send("/app/" + i));
    }
    for (int i = 0; i < streams; i++) {
      assertSigned(exchanges.get(i).receive(), bytes(LONG + i));
    }
  }

  @Test
  void head_isUnsigned() throws Exception {
    application("/app/x", (request, response) -> response.getOutputStream().write(bytes(100)));
    assertUnsigned(send("HEAD", "/app/x").receive(), 200, new byte[0]);
  }

  @Test
  void aFile_isSignedForGetAndHead() throws Exception {
    byte[] body = bytes(LONG);
    Files.write(files().resolve("h2.bin"), body);
    Files.setLastModifiedTime(
        files().resolve("h2.bin"), FileTime.from(Instant.parse("2026-01-02T03:04:05Z")));
    assertSigned(http2("/files/h2.bin"), body);
    Answer head = send("HEAD", "/files/h2.bin").receive();
    assertEquals(200, head.status());
    assertEquals(0, head.body().length);
    assertFieldsOf(head::field, body);
  }

  // Failures.

  /** Never a whole body: the stream is reset, or ends as only a broken one does. */
  private static void assertBroken(Exchange exchange) throws Exception {
    Answer answer = exchange.receive();
    assertFalse(answer.complete());
    // Those that end the stream properly may reset it as well, if the exception is faster.
    if (!differs(ENDING)) {
      eventually(() -> exchange.error().isPresent());
    }
    assertTrue(answer.trailers().isEmpty());
  }

  @Test
  void anExceptionAfterHalfAHeldBody_isAnError() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.getOutputStream().write(bytes(LONG));
          response.flushBuffer();
          throw new IOException("planned");
        });
    Answer answer = http2("/app/x");
    assertEquals(500, answer.status());
    assertNoFields(answer);
  }

  @ParameterizedTest
  @ValueSource(strings = {"stream", "off"})
  @Differs(
      in = {Kind.TOMCAT_10, Kind.TOMCAT_11, Kind.UNDERTOW},
      because = BECAUSE)
  void anExceptionAfterHalfOfABodyTooLong_resetsTheStream(String mode) throws Exception {
    settings("dive.rule.10.mode = " + mode);
    byte[] body = bytes(LIMIT * 2);
    application(
        "/app/x",
        (request, response) -> {
          response.setContentLength(body.length + 1);
          response.getOutputStream().write(body);
          response.flushBuffer();
          throw new IOException("planned");
        });
    Exchange exchange = send("/app/x");
    assertBroken(exchange);
    assertNoFields(exchange.receive());
  }

  @Test
  @Differs(
      in = {Kind.TOMCAT_10, Kind.TOMCAT_11, Kind.UNDERTOW},
      because = BECAUSE)
  void aDeclaredLengthNotMet_resetsTheStream() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.setContentLength(LIMIT * 2 + 1);
          response.getOutputStream().write(bytes(LIMIT * 2));
        });
    Exchange exchange = send("/app/x");
    assertBroken(exchange);
    assertNoFields(exchange.receive());
  }

  /** Jetty makes an error of it, since it has sent nothing yet. */
  @Test
  void aShortBodyOfADeclaredLengthNotMet_isNotWholeOrAnError() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.setContentLength(101);
          response.getOutputStream().write(bytes(100));
        });
    Answer answer = http2("/app/x");
    assertTrue(answer.status() == 500 || !answer.complete());
    assertNoFields(answer);
  }

  @ParameterizedTest
  @ValueSource(strings = {"300000B", "32MiB"})
  void aStreamThatIsCancelled_leavesNothingAndSparesTheOthers(String limit) throws Exception {
    settings("dive.stream.limit = " + limit);
    byte[] body = bytes(24 << 20);
    application(
        "/app/x",
        (request, response) -> {
          for (int from = 0; from < body.length; from += 1 << 20) {
            response.getOutputStream().write(body, from, 1 << 20);
          }
        });
    application("/app/y", (request, response) -> response.getOutputStream().write(bytes(LONG)));
    Exchange cancelled = send("/app/x");
    cancelled.awaitBody();
    cancelled.cancel();
    assertSigned(http2("/app/y"), bytes(LONG));
    eventually(() -> openFiles(tempDir).isEmpty());
  }

  // Bodies known before.

  @Test
  void aKnownBody_isOnItsWayBeforeTheApplicationHasMadeItsEnd() throws Exception {
    byte[] body = bytes(LONG);
    serve("\"one\"", body);
    assertSigned(http2("/app/x"), body);
    CountDownLatch received = new CountDownLatch(1);
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("ETag", "\"one\"");
          response.getOutputStream().write(body, 0, LONG / 2);
          response.flushBuffer();
          await(received);
          response.getOutputStream().write(body, LONG / 2, LONG - LONG / 2);
        });
    Exchange exchange = send("/app/x");
    exchange.awaitBody();
    received.countDown();
    assertSigned(exchange.receive(), body);
  }

  @ParameterizedTest
  @ValueSource(strings = {"other", "shorter", "longer", "by the last byte", "thrown", "elsewhere"})
  @Differs(
      in = {Kind.TOMCAT_10, Kind.TOMCAT_11, Kind.UNDERTOW},
      because = BECAUSE)
  void anotherBodyUnderTheSameETag_resetsTheStream(String how) throws Exception {
    byte[] body = bytes(LONG);
    serve("\"one\"", body);
    assertSigned(http2("/app/x"), body);
    byte[] other = body.clone();
    other[how.equals("by the last byte") ? LONG - 1 : LONG / 2]++;
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("ETag", "\"one\"");
          switch (how) {
            case "shorter" -> response.getOutputStream().write(body, 0, LONG - 1);
            case "longer" -> {
              response.getOutputStream().write(body);
              response.getOutputStream().write(1);
            }
            case "thrown" -> {
              response.getOutputStream().write(body);
              throw new IOException("planned");
            }
            case "elsewhere" -> {
              AsyncContext context = request.startAsync();
              elsewhere(
                  () -> {
                    response.getOutputStream().write(other);
                    context.complete();
                  });
            }
            default -> response.getOutputStream().write(other);
          }
        });
    Exchange exchange = send("/app/x");
    assertBroken(exchange);
    assertTrue(exchange.receive().body().length < LONG);
  }

  // Trailers.

  private static void assertSignedInTrailers(Answer answer, byte[] body) throws Exception {
    assertEquals(200, answer.status());
    assertTrue(answer.complete());
    assertArrayEquals(body, answer.body());
    assertEquals(Optional.of(TrailerCases.ANNOUNCED), answer.field("Trailer"));
    for (String name : FieldNames.SIGNED_RESPONSE) {
      assertEquals(Optional.empty(), answer.field(name));
    }
    assertFieldsOf(answer::trailer, body);
  }

  @ParameterizedTest
  @ValueSource(ints = {LIMIT + 1, LIMIT * 10})
  void aBodyTooLong_isSignedInTrailersWhereConfigured(int length) throws Exception {
    settings("dive.stream.overflow = trailer");
    byte[] body = bytes(length);
    application("/app/x", (request, response) -> writeInParts(response, body));
    assertSignedInTrailers(http2("/app/x"), body);
  }

  @Test
  void aBodyTooLongOfADeclaredLength_isSignedInTrailersWhereConfigured() throws Exception {
    settings("dive.stream.overflow = trailer");
    byte[] body = bytes(LIMIT * 2);
    application(
        "/app/x",
        (request, response) -> {
          response.setContentLength(body.length);
          writeInParts(response, body);
        });
    Answer answer = http2("/app/x");
    assertSignedInTrailers(answer, body);
    assertEquals(Optional.of("" + body.length), answer.field("Content-Length"));
  }

  @Test
  void trailersOfTheApplication_areKept() throws Exception {
    settings("dive.stream.overflow = trailer");
    byte[] body = bytes(LIMIT * 2);
    application(
        "/app/x",
        (request, response) -> {
          response.setTrailerFields(() -> Map.of("x-own", "1"));
          writeInParts(response, body);
        });
    Answer answer = http2("/app/x");
    assertSignedInTrailers(answer, body);
    assertEquals(Optional.of("1"), answer.trailer("x-own"));
  }

  @Test
  @Differs(
      in = {Kind.TOMCAT_10, Kind.TOMCAT_11, Kind.UNDERTOW},
      because = "The container ends the stream where it should reset it, with or without DIVE")
  void anExceptionAfterHalfTheBody_resetsTheStreamWithoutTrailers() throws Exception {
    settings("dive.stream.overflow = trailer");
    application(
        "/app/x",
        (request, response) -> {
          writeInParts(response, bytes(LIMIT * 2));
          throw new IOException("planned");
        });
    Answer answer = http2("/app/x");
    assertEquals(differs(ENDING), answer.complete());
    assertNoFields(answer);
    eventually(() -> counted().equals(Map.of("stream/unsigned", 1)));
    settings("dive.rule.10.mode = off");
    assertEquals(differs(ENDING), http2("/app/x").complete());
  }

  @Test
  void aBodyTooLong_isWholeAndUnsignedOtherwise() throws Exception {
    byte[] body = bytes(LIMIT * 2);
    application("/app/x", (request, response) -> writeInParts(response, body));
    assertUnsigned(http2("/app/x"), 200, body);
  }
}
