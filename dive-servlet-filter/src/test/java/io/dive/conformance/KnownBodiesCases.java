// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Wire.Answer;
import jakarta.servlet.AsyncContext;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Dynamic bodies that were sent before under the same URL and strong ETag. */
class KnownBodiesCases extends Conformance {
  /** More than any container keeps back by itself. */
  private static final int LONG = 200_000;

  private static void serve(String etag, byte[] body) {
    serveAt("/app/x", etag, body);
  }

  private static void serveAt(String path, String etag, byte[] body) {
    application(
        path,
        (request, response) -> {
          response.setHeader("ETag", etag);
          response.getOutputStream().write(body);
        });
  }

  @Test
  void aKnownBody_isOnItsWayBeforeTheApplicationHasMadeItsEnd() throws Exception {
    byte[] body = bytes(LONG);
    serve("\"one\"", body);
    assertSigned(get("/app/x"), body);
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
    try (Wire wire = new Wire(port())) {
      wire.send("GET /app/x HTTP/1.1", "Connection: close\r\n");
      byte[] begun = wire.peek(LONG / 2);
      assertTrue(begun.length >= LONG / 2);
      received.countDown();
      assertSigned(wire.receive(false), body);
    }
    eventually(() -> counted().equals(Map.of("stream/signed", 2)));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5_000, LONG, LIMIT})
  void aKnownBody_isSignedAgain(int length) throws Exception {
    byte[] body = bytes(length);
    serve("\"one\"", body);
    for (int i = 0; i < 3; i++) {
      assertSigned(get("/app/x"), body);
    }
  }

  @Test
  void aKnownBodyWrittenFromAnotherThread_isSigned() throws Exception {
    byte[] body = bytes(LONG);
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          elsewhere(
              () -> {
                response.setHeader("ETag", "\"one\"");
                response.getOutputStream().write(body);
                response.flushBuffer();
                context.complete();
              });
        });
    assertSigned(get("/app/x"), body);
    assertSigned(get("/app/x"), body);
  }

  @Test
  void aBodyTooLongToBeHeld_isSignedOnceItIsKnown() throws Exception {
    byte[] body = bytes(LIMIT * 2);
    serve("\"one\"", body);
    assertUnsigned(get("/app/x"), 200, body);
    eventually(() -> counted().equals(Map.of("stream/overflow", 1)));
    assertSigned(get("/app/x"), body);
  }

  @ParameterizedTest
  @ValueSource(strings = {"other", "shorter", "longer", "by the last byte", "thrown"})
  void anotherBodyUnderTheSameETag_isCutOffBeforeItsLastByte(String how) throws Exception {
    byte[] body = bytes(LONG);
    serve("\"one\"", body);
    assertSigned(get("/app/x"), body);
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
            default -> response.getOutputStream().write(other);
          }
        });
    Answer answer = get("/app/x");
    assertFalse(answer.complete());
    assertTrue(answer.body().length < LONG);
    if (!how.equals("thrown")) {
      eventually(() -> counted().equals(Map.of("stream/signed", 1, "stream/etag-reused", 1)));
      // Its ETags are not believed any more.
      serve("\"one\"", other);
      assertSigned(get("/app/x"), other);
      serve("\"one\"", body);
      assertSigned(get("/app/x"), body);
    }
  }

  /** Nothing but the end of the connection tells the client. */
  @ParameterizedTest
  @ValueSource(strings = {"shorter", "kept to itself", "elsewhere"})
  void anotherBodyOnAKeptConnection_isCutOff(String how) throws Exception {
    byte[] body = bytes(LONG);
    serve("\"one\"", body);
    assertSigned(get("/app/x"), body);
    byte[] other = body.clone();
    other[LONG / 2]++;
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("ETag", "\"one\"");
          switch (how) {
            case "shorter" -> response.getOutputStream().write(body, 0, LONG - 1);
            case "kept to itself" -> {
              response.getOutputStream().write(other);
              assertThrows(IOException.class, () -> response.getOutputStream().write(1));
            }
            default -> {
              AsyncContext context = request.startAsync();
              elsewhere(
                  () -> {
                    response.getOutputStream().write(other);
                    context.complete();
                  });
            }
          }
        });
    Answer answer = getOnKeptConnection("/app/x");
    assertFalse(answer.complete());
    assertTrue(answer.body().length < LONG);
  }

  @Test
  void aShortBodyUnderTheSameETag_isSignedAnew() throws Exception {
    serve("\"one\"", ascii("one"));
    assertSigned(get("/app/x"), ascii("one"));
    serve("\"one\"", ascii("two"));
    assertSigned(get("/app/x"), ascii("two"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"response", "stream", "writer"})
  void anotherBodyThatIsFlushedWhole_isSignedAnew(String how) throws Exception {
    for (String body : new String[] {"first", "other", "first"}) {
      application(
          "/app/x",
          (request, response) -> {
            response.setHeader("ETag", "\"one\"");
            if (how.equals("writer")) {
              response.getWriter().print(body);
              response.getWriter().flush();
            } else {
              response.getOutputStream().print(body);
              if (how.equals("stream")) {
                response.getOutputStream().flush();
              } else {
                response.flushBuffer();
              }
            }
          });
      assertSigned(get("/app/x"), ascii(body));
    }
  }

  @Test
  void aKnownBodyThatGoesOn_isNotCutOff() throws Exception {
    serve("\"one\"", ascii("first"));
    assertSigned(get("/app/x"), ascii("first"));
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("ETag", "\"one\"");
          response.getOutputStream().print("first");
          response.flushBuffer();
          response.getOutputStream().print(" and more");
        });
    assertSigned(get("/app/x"), ascii("first and more"));
  }

  @Test
  void aKnownEmptyBody_isNotPromised() throws Exception {
    serve("\"one\"", new byte[0]);
    assertSigned(get("/app/x"), new byte[0]);
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("ETag", "\"one\"");
          response.flushBuffer();
          response.getOutputStream().print("not empty");
        });
    assertSigned(get("/app/x"), ascii("not empty"));
  }

  @Test
  void bodiesForwardedToOneResource_areKnownByTheUrlAskedFor() throws Exception {
    for (String path : new String[] {"/app/first", "/app/second"}) {
      application(
          path,
          (request, response) ->
              request.getRequestDispatcher("/app/view").forward(request, response));
      byte[] body = bytes(LONG + path.length());
      serveAt("/app/view", "\"one\"", body);
      assertSigned(get(path), body);
      assertSigned(get(path), body);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"two\"", "W/\"one\"", "one"})
  void anotherOrAWeakETag_tellsNothing(String etag) throws Exception {
    byte[] body = bytes(LONG);
    serve("\"one\"", body);
    assertSigned(get("/app/x"), body);
    byte[] other = Arrays.copyOf(body, LONG);
    other[7]++;
    serve(etag, other);
    assertSigned(get("/app/x"), other);
    serve(etag, body);
    assertEquals(etag.startsWith("\""), !get("/app/x").complete());
  }

  @Test
  void anotherQuery_isAnotherBody() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("ETag", "\"one\"");
          response.getOutputStream().write(bytes(LONG + request.getQueryString().length()));
        });
    for (String query : new String[] {"a", "bb", "a", "bb"}) {
      assertArrayEquals(bytes(LONG + query.length()), get("/app/x?" + query).body());
    }
  }

  @Test
  void anErrorAfterAKnownBodyWasPromised_isTheErrorAlone() throws Exception {
    byte[] body = bytes(LONG);
    serve("\"one\"", body);
    assertSigned(get("/app/x"), body);
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("ETag", "\"one\"");
          response.getOutputStream().write(body, 0, 100);
          response.sendError(409);
        });
    Answer answer = get("/app/x");
    assertEquals(409, answer.status());
    assertNoFields(answer);
  }

  @Test
  void withoutMemory_nothingIsKnown() throws Exception {
    settings("dive.stream.known-entries = 0");
    byte[] body = bytes(LIMIT * 2);
    serve("\"one\"", body);
    assertUnsigned(get("/app/x"), 200, body);
    assertUnsigned(get("/app/x"), 200, body);
  }
}
