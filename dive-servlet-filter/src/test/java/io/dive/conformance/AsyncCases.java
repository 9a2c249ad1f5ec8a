// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Wire.Answer;
import io.dive.protocol.FieldNames;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Applications that answer after their servlet has returned. */
class AsyncCases extends Conformance {
  /** More than any container keeps back by itself. */
  private static final String SECRET = "secret-".repeat(30_000);

  private static void assertSecretKept(Answer answer) {
    assertEquals(500, answer.status());
    assertFalse(answer.text().contains("secret-"));
    assertNoFields(answer);
  }

  // Completion.

  @ParameterizedTest
  @ValueSource(ints = {0, 10, MEMORY * 3, LIMIT})
  void completeFromAnotherThread_isSigned(int length) throws Exception {
    byte[] body = bytes(length);
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          elsewhere(
              () -> {
                response.getOutputStream().write(body);
                response.flushBuffer();
                context.complete();
              });
        });
    assertSigned(get("/app/x"), body);
    eventually(() -> counted().equals(Map.of("stream/signed", 1)));
  }

  @Test
  void completeTwice_isRefused() throws Exception {
    CountDownLatch refused = new CountDownLatch(1);
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          response.getOutputStream().print("once");
          context.complete();
          assertThrows(IllegalStateException.class, context::complete);
          assertThrows(IllegalStateException.class, () -> context.dispatch("/app/y"));
          refused.countDown();
        });
    assertSigned(get("/app/x"), ascii("once"));
    await(refused);
  }

  @Test
  void completeWithinTheDispatch_isSigned() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          response.getWriter().print("h\u00e9llo");
          context.complete();
        });
    assertSigned(get("/app/x"), "h\u00e9llo".getBytes(StandardCharsets.ISO_8859_1));
  }

  /** The containers hand out their own response here, unless the request is wrapped as well. */
  @Test
  void startAsyncWithoutArguments_handsOutTheResponseOfTheFilter() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          assertSame(response, context.getResponse());
          assertSame(context, request.getAsyncContext());
          assertTrue(context.hasOriginalRequestAndResponse());
          elsewhere(
              () -> {
                context.getResponse().getOutputStream().print("by the context");
                context.complete();
              });
        });
    assertSigned(get("/app/x"), ascii("by the context"));
  }

  @Test
  void startAsyncOfAWrappedRequest_isSigned() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          HttpServletRequest wrapped = new HttpServletRequestWrapper(request);
          AsyncContext context = wrapped.startAsync();
          elsewhere(
              () -> {
                context.getResponse().getOutputStream().print("wrapped");
                context.complete();
              });
        });
    assertSigned(get("/app/x"), ascii("wrapped"));
  }

  @Test
  void startAsyncWithAResponseOfItsOwn_isSigned() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          HttpServletResponse wrapped = new HttpServletResponseWrapper(response);
          AsyncContext context = request.startAsync(request, wrapped);
          assertSame(wrapped, context.getResponse());
          assertFalse(context.hasOriginalRequestAndResponse());
          context.start(
              () -> {
                try {
                  context.getResponse().getWriter().print("wrapped");
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
                context.complete();
              });
        });
    assertSigned(get("/app/x"), ascii("wrapped"));
  }

  @Test
  void anotherStatus_isUnsigned() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          response.getWriter().print("body");
          response.setStatus(404);
          elsewhere(context::complete);
        });
    assertUnsigned(get("/app/x"), 404, ascii("body"));
    eventually(() -> counted().equals(Map.of("stream/not-200", 1)));
  }

  @Test
  void anErrorSentFromAnotherThread_isTheErrorAlone() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          elsewhere(
              () -> {
                response.getOutputStream().print(SECRET);
                response.sendError(409);
                context.complete();
              });
        });
    Answer answer = get("/app/x");
    assertEquals(409, answer.status());
    assertFalse(answer.text().contains("secret-"));
    assertNoFields(answer);
  }

  @Test
  void startAsyncPastOurRequest_isUnsignedAndWhole() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.getOutputStream().print("first ");
          AsyncContext context = startPastOurs(request, response);
          // A time-out comes only when the dispatch has returned.
          context.setTimeout(100);
          context.addListener(
              new OnTimeout(
                  late -> {
                    try {
                      response.getOutputStream().print("second");
                    } catch (IOException e) {
                      throw new UncheckedIOException(e);
                    }
                    late.complete();
                  }));
        });
    Answer answer = get("/app/x");
    assertEquals("first second", answer.text());
    assertTrue(answer.complete());
    assertNoFields(answer);
  }

  @Test
  void startAsyncPastOurRequestThatMayEndBeforeUs_isWholeAndNeverSignedWrongly() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.getOutputStream().print("first ");
          AsyncContext context = startPastOurs(request, response);
          elsewhere(
              () -> {
                response.getOutputStream().print("second");
                context.complete();
              });
        });
    for (int round = 0; round < 50; round++) {
      assertNotSignedWrongly("first second", get("/app/x"));
    }
  }

  @Test
  void startAsyncAndDispatchPastOurRequest_isWhole() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.getOutputStream().print("first ");
          startPastOurs(request, response).dispatch("/app/y");
        });
    application("/app/y", (request, response) -> response.getOutputStream().print("second"));
    assertNotSignedWrongly("first second", get("/app/x"));
  }

  /** On the container's request, as one that casts or unwraps gets at it. */
  private static AsyncContext startPastOurs(ServletRequest request, ServletResponse response) {
    ServletRequest inner = ((ServletRequestWrapper) request).getRequest();
    return inner.startAsync(inner, response);
  }

  private static void assertNotSignedWrongly(String body, Answer answer) throws Exception {
    assertEquals(body, answer.text());
    assertTrue(answer.complete());
    if (answer.field(FieldNames.CONTENT_DIGEST).isPresent()) {
      assertSigned(answer, answer.body());
    } else {
      assertNoFields(answer);
    }
  }

  // Time-outs.

  @Test
  void aTimeoutThatNobodyHandles_sendsNothingOfTheBody() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          context.setTimeout(100);
          response.getOutputStream().print(SECRET);
        });
    assertSecretKept(get("/app/x"));
    eventually(() -> counted().size() == 1);
    assertFalse(counted().containsKey("stream/signed"));
  }

  @Test
  @Differs(
      in = Kind.UNDERTOW,
      because = "Undertow closes the connection of a response that was flushed before the time-out")
  void aTimeoutAfterAFlush_sendsNothingOfTheBody() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          context.setTimeout(100);
          response.getOutputStream().print(SECRET);
          response.flushBuffer();
        });
    if (differs(Kind.UNDERTOW)) {
      assertThrows(EOFException.class, () -> get("/app/x"));
      settings("dive.rule.10.mode = off");
      assertFalse(getOnKeptConnection("/app/x").complete());
    } else {
      assertSecretKept(get("/app/x"));
    }
  }

  /** Acts on a time-out with what the event names. */
  private record OnTimeout(Consumer<AsyncContext> action) implements AsyncListener {
    @Override
    public void onTimeout(AsyncEvent event) {
      action.accept(event.getAsyncContext());
    }

    @Override
    public void onComplete(AsyncEvent event) {}

    @Override
    public void onError(AsyncEvent event) {}

    @Override
    public void onStartAsync(AsyncEvent event) {}
  }

  private static void printAndComplete(AsyncContext late) {
    try {
      late.getResponse().getOutputStream().print("fallback");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    late.complete();
  }

  @Test
  void aTimeoutWithAFallback_isUnsigned() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          context.setTimeout(100);
          context.addListener(new OnTimeout(AsyncCases::printAndComplete));
        });
    assertUnsigned(get("/app/x"), 200, ascii("fallback"));
    eventually(() -> counted().equals(Map.of("stream/unsigned", 1)));
  }

  @Test
  void aTimeoutAnsweredByADispatch_isUnsignedAndWhole() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          context.setTimeout(100);
          context.addListener(new OnTimeout(late -> late.dispatch("/app/y")));
        });
    application("/app/y", (request, response) -> response.getWriter().print("instead"));
    assertUnsigned(get("/app/x"), 200, ascii("instead"));
  }

  @Test
  @Differs(
      in = {Kind.TOMCAT_10, Kind.TOMCAT_11},
      because =
          "Tomcat closes the connection when a servlet throws after startAsync(), with or without"
              + " DIVE")
  void anExceptionAfterStartAsync_sendsNothingOfItsBody() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          request.startAsync();
          response.getOutputStream().print(SECRET);
          throw new IOException("planned");
        });
    application(
        "/app/y",
        (request, response) -> {
          request.startAsync();
          throw new IOException("planned");
        });
    if (differs(Kind.TOMCAT_10, Kind.TOMCAT_11)) {
      assertThrows(EOFException.class, () -> get("/app/x"));
      settings("dive.rule.10.mode = off");
      assertThrows(EOFException.class, () -> get("/app/y"));
    } else {
      assertSecretKept(get("/app/x"));
    }
  }

  // Clients.

  @Test
  void anHttp10Client_getsASignedBody() throws Exception {
    byte[] body = bytes(MEMORY * 3);
    completeElsewhere(body);
    assertSigned(request("GET /app/x HTTP/1.0"), body);
  }

  @Test
  void aKeptConnection_getsSignedBodies() throws Exception {
    byte[] body = bytes(MEMORY * 3);
    completeElsewhere(body);
    try (Wire wire = new Wire(port())) {
      for (int i = 0; i < 3; i++) {
        wire.send("GET /app/x HTTP/1.1", "");
        assertSigned(wire.receive(false), body);
      }
    }
  }

  private void completeElsewhere(byte[] body) {
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          elsewhere(
              () -> {
                try {
                  response.getOutputStream().write(body);
                } finally {
                  context.complete();
                }
              });
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"300000B", "32MiB"})
  void aClientThatGoesAway_leavesNothing(String limit) throws Exception {
    settings("dive.stream.limit = " + limit);
    completeElsewhere(bytes(24 << 20));
    try (Wire wire = new Wire(port())) {
      wire.send("GET /app/x HTTP/1.1", "");
      wire.readSome(1_000);
      wire.abort();
    }
    eventually(() -> openFiles(tempDir).isEmpty());
    eventually(() -> counted().size() == 1);
  }
}
