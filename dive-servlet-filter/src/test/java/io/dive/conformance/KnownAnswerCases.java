// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.dive.conformance.Wire.Answer;
import io.dive.protocol.FieldNames;
import io.dive.sign.BodyDigester;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Mode stream: what a part of a body and a HEAD can say of the whole, where it was sent before
 * under the same URL and strong ETag.
 */
class KnownAnswerCases extends ServedFiles {
  /** More than any container keeps back by itself. */
  private static final int LONG = 200_000;

  private static final byte[] BODY = bytes(LONG);
  private static final String TAG = "\"one\"";

  private static String digest() {
    return BodyDigester.digest(HASH, BODY).contentDigest();
  }

  /** The application's answer with the whole body, once. */
  private static void know() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("ETag", TAG);
          response.getOutputStream().write(BODY);
        });
    assertSigned(get("/app/x"), BODY);
  }

  private static void part(HttpServletResponse response, int from, int to) throws IOException {
    response.setStatus(206);
    response.setHeader("ETag", TAG);
    response.setHeader("Content-Range", "bytes %d-%d/%d".formatted(from, to, LONG));
    response.getOutputStream().write(BODY, from, to - from + 1);
  }

  private static void assertPart(Optional<String> digest, int from, int to) throws IOException {
    Answer answer = get("/app/x", "Range: bytes=" + from + "-" + to);
    assertUnsigned(answer, 206, Arrays.copyOfRange(BODY, from, to + 1));
    assertEquals(digest, answer.field(FieldNames.REPR_DIGEST));
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 3", "0, 199999", "100, 150099", "199999, 199999"})
  void aPartOfAKnownBody_carriesTheDigestOfTheWhole(int from, int to) throws Exception {
    know();
    application("/app/x", (request, response) -> part(response, from, to));
    assertPart(Optional.of(digest()), from, to);
    eventually(() -> counted().equals(Map.of("stream/signed", 1, "stream/not-200", 1)));
  }

  @ParameterizedTest
  @ValueSource(ints = {10, LONG / 2})
  void aPartThatIsFlushed_carriesTheDigestOfTheWhole(int length) throws Exception {
    know();
    application(
        "/app/x",
        (request, response) -> {
          response.setContentLength(length);
          part(response, 0, length - 1);
          response.flushBuffer();
        });
    assertPart(Optional.of(digest()), 0, length - 1);
  }

  @Test
  void aPartFromAnotherThread_carriesTheDigestOfTheWhole() throws Exception {
    know();
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          elsewhere(
              () -> {
                part((HttpServletResponse) context.getResponse(), 5, 9);
                context.complete();
              });
        });
    assertPart(Optional.of(digest()), 5, 9);
  }

  @Test
  void aDownloadResumedInParts_isTheBodyThatReprDigestSays() throws Exception {
    know();
    application(
        "/app/x",
        (request, response) -> {
          String[] range = request.getHeader("Range").substring("bytes=".length()).split("-", 2);
          part(response, Integer.parseInt(range[0]), Integer.parseInt(range[1]));
        });
    ByteArrayOutputStream put = new ByteArrayOutputStream();
    for (int from = 0; from < LONG; from += LONG / 4) {
      Answer answer = get("/app/x", "Range: bytes=" + from + "-" + (from + LONG / 4 - 1));
      assertEquals(Optional.of(digest()), answer.field(FieldNames.REPR_DIGEST));
      put.writeBytes(answer.body());
    }
    assertEquals(digest(), BodyDigester.digest(HASH, put.toByteArray()).contentDigest());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ETag             | "two"
          ETag             | W/"one"
          ETag             | one
          Content-Range    | bytes 0-9/200001
          Content-Range    | bytes 0-9/*
          Content-Range    | bytes 0-200000/200000
          Content-Range    | bytes 9-0/200000
          Content-Range    | octets 0-9/200000
          Content-Range    | bytes 0-9/99999999999999999999
          Content-Encoding | br
          """)
  void aPartOfWhatMayBeAnotherBody_carriesNoDigest(String name, String value) throws Exception {
    know();
    application(
        "/app/x",
        (request, response) -> {
          part(response, 0, 9);
          response.setHeader(name, value);
        });
    assertPart(Optional.empty(), 0, 9);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ETag", "Content-Range"})
  void aPartThatDoesNotSayOfWhat_carriesNoDigest(String missing) throws Exception {
    know();
    application(
        "/app/x",
        (request, response) -> {
          response.setStatus(206);
          if (!missing.equals("ETag")) {
            response.setHeader("ETag", TAG);
          }
          if (!missing.equals("Content-Range")) {
            response.setHeader("Content-Range", "bytes 0-9/" + LONG);
          }
          response.getOutputStream().write(BODY, 0, 10);
        });
    assertPart(Optional.empty(), 0, 9);
  }

  @Test
  void severalParts_carryNoDigest() throws Exception {
    know();
    application(
        "/app/x",
        (request, response) -> {
          response.setStatus(206);
          response.setHeader("ETag", TAG);
          response.setContentType("multipart/byteranges; boundary=XYZ");
          response.getOutputStream().print("--XYZ\r\n\r\nab\r\n--XYZ--\r\n");
        });
    Answer answer = get("/app/x", "Range: bytes=0-1,4-5");
    assertEquals(206, answer.status());
    assertNoFields(answer);
    assertEquals(Optional.empty(), answer.field(FieldNames.REPR_DIGEST));
  }

  @Test
  void aPartOfAnUnknownBody_carriesNoDigest() throws Exception {
    application("/app/x", (request, response) -> part(response, 0, 9));
    assertPart(Optional.empty(), 0, 9);
    assertPart(Optional.empty(), 0, 9);
  }

  @Test
  void aPartWithADigestOfTheApplication_keepsIt() throws Exception {
    know();
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader(FieldNames.REPR_DIGEST, "sha-512=:AAAA:");
          part(response, 0, 9);
        });
    assertPart(Optional.of("sha-512=:AAAA:"), 0, 9);
  }

  @Test
  void aPartOfABodyWhoseETagWasReused_carriesNoDigest() throws Exception {
    know();
    byte[] other = BODY.clone();
    other[7]++;
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("ETag", TAG);
          response.getOutputStream().write(other);
        });
    assertFalse(get("/app/x").complete());
    application("/app/x", (request, response) -> part(response, 0, 9));
    assertPart(Optional.empty(), 0, 9);
  }

  @Test
  void anErrorAfterAPart_isTheErrorAlone() throws Exception {
    know();
    application(
        "/app/x",
        (request, response) -> {
          part(response, 0, 9);
          response.sendError(409);
        });
    Answer answer = get("/app/x");
    assertEquals(409, answer.status());
    assertEquals(Optional.empty(), answer.field(FieldNames.REPR_DIGEST));
    application(
        "/app/x",
        (request, response) -> {
          part(response, 0, 9);
          throw new IOException("planned");
        });
    answer = get("/app/x");
    assertEquals(500, answer.status());
    assertEquals(Optional.empty(), answer.field(FieldNames.REPR_DIGEST));
  }

  @Test
  void aPartThatBecomesTheWhole_isSigned() throws Exception {
    know();
    application(
        "/app/x",
        (request, response) -> {
          part(response, 0, 9);
          response.resetBuffer();
          response.setStatus(200);
          response.setHeader("ETag", "\"two\"");
          response.getOutputStream().print("whole");
        });
    assertSigned(get("/app/x"), ascii("whole"));
  }

  // HEAD

  private static Answer head() throws IOException {
    return request("HEAD /app/x HTTP/1.1");
  }

  private static void assertHead(Application application) throws Exception {
    application("/app/x", application);
    Answer answer = head();
    assertEquals(200, answer.status());
    assertFieldsOf(answer::field, BODY);
    assertEquals(0, answer.body().length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "length", "flush", "close", "body", "parts", "async"})
  void aHeadOfAKnownBody_carriesWhatGetWould(String how) throws Exception {
    know();
    assertHead(
        (request, response) -> {
          response.setHeader("ETag", TAG);
          switch (how) {
            case "length" -> response.setContentLength(LONG);
            case "flush" -> response.flushBuffer();
            case "close" -> response.getOutputStream().close();
            case "body" -> response.getOutputStream().write(BODY);
            case "parts" -> writeInParts(response, BODY);
            case "async" -> {
              AsyncContext context = request.startAsync();
              elsewhere(context::complete);
            }
            default -> {}
          }
        });
    eventually(() -> counted().equals(Map.of("stream/signed", 2)));
  }

  @Test
  void aHeadOfAShortBodyMadeForNothing_isComparedWithIt() throws Exception {
    for (String body : new String[] {"first", "other"}) {
      application(
          "/app/x",
          (request, response) -> {
            response.setHeader("ETag", TAG);
            response.getOutputStream().print(body);
          });
      Answer answer = head();
      assertNoFields(answer);
      assertSigned(get("/app/x"), ascii(body));
      assertFieldsOf(head()::field, ascii(body));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ETag             | "two"
          ETag             | W/"one"
          Content-Length   | 199999
          Content-Encoding | br
          """)
  void aHeadOfWhatMayBeAnotherBody_isUnsigned(String name, String value) throws Exception {
    know();
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("ETag", TAG);
          response.setHeader(name, value);
        });
    Answer answer = head();
    assertEquals(200, answer.status());
    assertNoFields(answer);
    assertEquals(Optional.of(value), answer.field(name));
    eventually(() -> counted().equals(Map.of("stream/signed", 1, "stream/unsigned", 1)));
  }

  @Test
  void aHead_teachesNothing() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("ETag", TAG);
          response.getOutputStream().write(BODY);
        });
    assertNoFields(head());
    application("/app/x", (request, response) -> part(response, 0, 9));
    assertPart(Optional.empty(), 0, 9);
  }

  @ParameterizedTest
  @ValueSource(ints = {204, 304, 404})
  void aHeadOfAnotherStatus_isUnsigned(int status) throws Exception {
    know();
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("ETag", TAG);
          response.setStatus(status);
        });
    Answer answer = head();
    assertEquals(status, answer.status());
    assertNoFields(answer);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "length", "short", "long", "writer", "redirect", "flush"})
  void aHead_isThatOfTheContainer(String how) throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          switch (how) {
            case "length" -> response.setContentLength(LONG);
            case "short" -> response.getOutputStream().print("short");
            case "long" -> writeInParts(response, BODY);
            case "writer" -> response.getWriter().print("written");
            case "redirect" -> response.sendRedirect("/elsewhere");
            case "flush" -> {
              response.getOutputStream().print("flushed");
              response.flushBuffer();
            }
            default -> response.setHeader("X-Own", "1");
          }
        });
    Answer with = head();
    settings("dive.rule.10.mode = off");
    assertSameButForOurFields(head(), with);
    assertArrayEquals(new byte[0], with.body());
    assertNoFields(with);
  }
}
