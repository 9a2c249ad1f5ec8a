// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.servlet.CaptureContainer.Kind;
import io.dive.servlet.CaptureWire.Answer;
import io.dive.servlet.StreamLimits.OverflowAction;
import io.dive.servlet.StreamLimits.SigningFailureAction;
import io.dive.servlet.StreamMode.UnsignedReason;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Asynchronous applications, blocking and not, judged by the bytes on the socket. */
class StreamModeAsyncTest extends CaptureSuite {
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stopThreads() {
    threads.shutdownNow();
  }

  private interface Work {
    void run() throws IOException;
  }

  private void elsewhere(Work work) {
    threads.execute(
        () -> {
          try {
            work.run();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  static Stream<Arguments> lengths() {
    return Stream.of(Kind.values())
        .flatMap(
            kind ->
                Stream.of(0, 10, MEMORY * 3, (int) LIMIT)
                    .map(length -> Arguments.of(kind, length)));
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void completeFromAnotherThread_isSigned(Kind kind, int length) throws Exception {
    byte[] body = bytes(length);
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              AsyncContext context = request.startAsync();
              assertSame(response, context.getResponse());
              assertSame(context, request.getAsyncContext());
              assertTrue(context.hasOriginalRequestAndResponse());
              elsewhere(
                  () -> {
                    response.getOutputStream().write(body);
                    response.flushBuffer();
                    context.complete();
                    assertThrows(IllegalStateException.class, context::complete);
                  });
            });
    assertSigned(get(kind), body);
  }

  @ParameterizedTest
  @EnumSource
  void completeWithinTheDispatch_isSigned(Kind kind) throws Exception {
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              AsyncContext context = request.startAsync();
              response.getWriter().print("h\u00e9llo");
              context.complete();
            });
    assertSigned(get(kind), "h\u00e9llo".getBytes(StandardCharsets.ISO_8859_1));
  }

  @ParameterizedTest
  @EnumSource
  void startWithOwnWrapper_isSigned(Kind kind) throws Exception {
    container(kind)
        .application(
            "/app",
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
    assertSigned(get(kind), ascii("wrapped"));
  }

  @ParameterizedTest
  @EnumSource
  void otherStatus_isUnsigned(Kind kind) throws Exception {
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              AsyncContext context = request.startAsync();
              response.getWriter().print("body");
              response.setStatus(404);
              elsewhere(context::complete);
            });
    assertUnsigned(get(kind), 404, ascii("body"));
  }

  @ParameterizedTest
  @EnumSource
  void timeoutThatNobodyHandles_sendsNothingOfTheBody(Kind kind) throws Exception {
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              AsyncContext context = request.startAsync();
              context.setTimeout(100);
              response.getOutputStream().print("secret-".repeat(9_000));
              response.flushBuffer();
            });
    Answer answer = get(kind);
    assertEquals(500, answer.status());
    assertFalse(answer.text().contains("secret-"));
    assertNoFields(answer);
    eventually(() -> heard.unsigned.equals(List.of(UnsignedReason.ASYNC_TIMEOUT)));
  }

  /** Acts on a time-out with what the event names. */
  private record OnTimeout(java.util.function.Consumer<AsyncContext> action)
      implements AsyncListener {
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

  @ParameterizedTest
  @EnumSource
  void timeoutWithAFallback_isUnsigned(Kind kind) throws Exception {
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              AsyncContext context = request.startAsync();
              context.setTimeout(100);
              context.addListener(
                  new OnTimeout(
                      late -> {
                        try {
                          late.getResponse().getOutputStream().print("fallback");
                        } catch (IOException e) {
                          throw new UncheckedIOException(e);
                        }
                        late.complete();
                      }));
            });
    assertUnsigned(get(kind), 200, ascii("fallback"));
    assertEquals(List.of(UnsignedReason.ASYNC_TIMEOUT), heard.unsigned);
  }

  @ParameterizedTest
  @EnumSource
  void chainThatThrowsAfterStartAsync_sendsNothingOfItsBody(Kind kind) throws Exception {
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              request.startAsync();
              response.getOutputStream().print("secret-".repeat(9_000));
              throw new IOException("planned");
            });
    if (kind == Kind.TOMCAT) {
      // As without us: Tomcat closes the connection, whatever the body was.
      assertThrows(java.io.EOFException.class, () -> get(kind));
      container(kind).forgetRequests();
    } else {
      Answer answer = get(kind);
      assertEquals(500, answer.status());
      assertFalse(answer.text().contains("secret-"));
      assertNoFields(answer);
    }
  }

  @ParameterizedTest
  @EnumSource
  void startAsyncPastOurRequest_isUnsignedAndWhole(Kind kind) throws Exception {
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              response.getOutputStream().print("first ");
              jakarta.servlet.ServletRequest inner =
                  ((jakarta.servlet.ServletRequestWrapper) request).getRequest();
              AsyncContext context = inner.startAsync(inner, response);
              CountDownLatch go = new CountDownLatch(1);
              request.setAttribute("go", go);
              elsewhere(
                  () -> {
                    StreamModeTest.await(go);
                    response.getOutputStream().print("second");
                    context.complete();
                  });
              // Whichever thread comes first, the filter passes "first " on when this returns.
              go.countDown();
            });
    Answer answer = get(kind);
    assertEquals("first second", answer.text());
    assertTrue(answer.complete());
    assertNoFields(answer);
  }

  // Dispatch.

  @ParameterizedTest
  @EnumSource
  void dispatchThroughOurFilter_isSigned(Kind kind) throws Exception {
    byte[] body = bytes(MEMORY * 2);
    container(kind)
        .application("/app", (request, response) -> dispatchElsewhere(request.startAsync()));
    container(kind)
        .application(
            "/other",
            (request, response) -> {
              assertEquals(DispatcherType.ASYNC, request.getDispatcherType());
              response.getOutputStream().write(body);
            });
    assertSigned(get(kind), body);
  }

  private void dispatchElsewhere(AsyncContext context) {
    elsewhere(() -> context.dispatch("/other"));
  }

  @ParameterizedTest
  @EnumSource
  void dispatchThatStartsAnotherCycle_isSigned(Kind kind) throws Exception {
    container(kind)
        .application("/app", (request, response) -> dispatchElsewhere(request.startAsync()));
    container(kind)
        .application(
            "/other",
            (request, response) -> {
              AsyncContext context = request.startAsync();
              elsewhere(
                  () -> {
                    response.getWriter().print("again");
                    context.complete();
                  });
            });
    assertSigned(get(kind), ascii("again"));
  }

  @ParameterizedTest
  @EnumSource
  void dispatchPastOurFilter_isUnsignedAndWhole(Kind kind) throws Exception {
    container(kind).withoutAsyncDispatches();
    container(kind)
        .application("/app", (request, response) -> dispatchElsewhere(request.startAsync()));
    container(kind)
        .application("/other", (request, response) -> response.getWriter().print("dispatched"));
    assertUnsigned(get(kind), 200, ascii("dispatched"));
    assertEquals(List.of(UnsignedReason.ASYNC_DISPATCH), heard.unsigned);
  }

  @ParameterizedTest
  @EnumSource
  void dispatchAfterWriting_isUnsignedAndWhole(Kind kind) throws Exception {
    for (boolean filtered : new boolean[] {true, false}) {
      if (!filtered) {
        container(kind).withoutAsyncDispatches();
      }
      container(kind)
          .application(
              "/app",
              (request, response) -> {
                AsyncContext context = request.startAsync();
                response.getWriter().print("before ");
                dispatchElsewhere(context);
              });
      container(kind)
          .application("/other", (request, response) -> response.getWriter().print("after"));
      assertUnsigned(get(kind), 200, ascii("before after"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void dispatchThatThrows_sendsNothingOfItsBody(Kind kind) throws Exception {
    container(kind)
        .application("/app", (request, response) -> dispatchElsewhere(request.startAsync()));
    container(kind)
        .application(
            "/other",
            (request, response) -> {
              response.getWriter().print("secret-");
              throw new IOException("planned");
            });
    Answer answer = get(kind);
    assertEquals(500, answer.status());
    assertFalse(answer.text().contains("secret-"));
    assertNoFields(answer);
  }

  // Without blocking.

  /** Writes a body in parts of one size, then completes. */
  private static final class Parts implements WriteListener {
    private final AsyncContext context;
    private final ServletOutputStream out;
    private final byte[] body;
    private final int part;
    private int from;
    private boolean completed;

    Parts(AsyncContext context, byte[] body, int part) throws IOException {
      this.context = context;
      this.out = context.getResponse().getOutputStream();
      this.body = body;
      this.part = part;
    }

    @Override
    public void onWritePossible() throws IOException {
      while (!completed && out.isReady()) {
        if (from == body.length) {
          completed = true;
          context.complete();
          return;
        }
        byte[] reused = Arrays.copyOfRange(body, from, Math.min(body.length, from + part));
        out.write(reused);
        from += reused.length;
      }
    }

    @Override
    public void onError(Throwable cause) {
      if (!completed) {
        completed = true;
        context.complete();
      }
    }
  }

  private void nonBlocking(Kind kind, byte[] body, int part, boolean fromAnotherThread) {
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              AsyncContext context = request.startAsync();
              ServletOutputStream out = response.getOutputStream();
              WriteListener listener = new Parts(context, body, part);
              if (fromAnotherThread) {
                elsewhere(() -> out.setWriteListener(listener));
              } else {
                out.setWriteListener(listener);
                assertThrows(IllegalStateException.class, () -> out.setWriteListener(listener));
              }
            });
  }

  static Stream<Arguments> nonBlockingLengths() {
    return lengths()
        .flatMap(
            row ->
                Stream.of(true, false)
                    .map(other -> Arguments.of(row.get()[0], row.get()[1], other)));
  }

  @ParameterizedTest
  @MethodSource("nonBlockingLengths")
  void nonBlocking_isSigned(Kind kind, int length, boolean fromAnotherThread) throws Exception {
    byte[] body = bytes(length);
    nonBlocking(kind, body, 7_001, fromAnotherThread);
    assertSigned(get(kind), body);
  }

  @ParameterizedTest
  @EnumSource
  void nonBlocking_slowClient_isSigned(Kind kind) throws Exception {
    byte[] body = bytes(24 << 20);
    container(kind)
        .mode(
            mode(
                new StreamLimits(
                    MEMORY,
                    body.length,
                    OverflowAction.UNSIGNED,
                    tempDir,
                    body.length,
                    SigningFailureAction.UNSIGNED,
                    true)));
    CountDownLatch completed = new CountDownLatch(1);
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              AsyncContext context = request.startAsync();
              Parts parts = new Parts(context, body, 1 << 20);
              response
                  .getOutputStream()
                  .setWriteListener(
                      new WriteListener() {
                        @Override
                        public void onWritePossible() throws IOException {
                          parts.onWritePossible();
                          // complete() has returned although nobody reads.
                          completed.countDown();
                        }

                        @Override
                        public void onError(Throwable cause) {
                          parts.onError(cause);
                        }
                      });
            });
    try (CaptureWire wire = new CaptureWire(container(kind).port())) {
      wire.send("GET /app HTTP/1.1", "Connection: close\r\n");
      StreamModeTest.await(completed);
      assertSigned(wire.receive(false), body);
    }
  }

  static Stream<Arguments> overflows() {
    return Stream.of(Kind.values())
        .flatMap(
            kind ->
                Stream.of(7_001, 400_000, 4 << 20)
                    .flatMap(
                        part ->
                            Stream.of(true, false).map(other -> Arguments.of(kind, part, other))));
  }

  @ParameterizedTest
  @MethodSource("overflows")
  void nonBlocking_overflow_passesTheWholeBody(Kind kind, int part, boolean fromAnotherThread)
      throws Exception {
    byte[] body = bytes(4 << 20);
    nonBlocking(kind, body, part, fromAnotherThread);
    assertUnsigned(get(kind), 200, body);
    assertEquals(List.of(UnsignedReason.OVERFLOW), heard.unsigned);
  }

  @ParameterizedTest
  @MethodSource("overflows")
  void nonBlocking_overflow_trailer_signsInTrailers(Kind kind, int part, boolean fromAnotherThread)
      throws Exception {
    container(kind).mode(mode(limits(OverflowAction.TRAILER)));
    byte[] body = bytes(4 << 20);
    nonBlocking(kind, body, part, fromAnotherThread);
    Answer answer = get(kind);
    assertEquals(200, answer.status());
    assertArrayEquals(body, answer.body());
    assertFieldsOf(answer::trailer, body);
  }

  @ParameterizedTest
  @EnumSource
  void nonBlocking_overflow_fail_is500(Kind kind) throws Exception {
    container(kind).mode(mode(limits(OverflowAction.FAIL)));
    nonBlocking(kind, bytes(4 << 20), 7_001, false);
    assertUnsigned(get(kind), 500, ascii("The response could not be signed.\n"));
  }

  @ParameterizedTest
  @EnumSource
  void nonBlocking_otherStatus_isUnsigned(Kind kind) throws Exception {
    byte[] body = bytes(1 << 20);
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              response.setStatus(404);
              AsyncContext context = request.startAsync();
              response.getOutputStream().setWriteListener(new Parts(context, body, 7_001));
            });
    assertUnsigned(get(kind), 404, body);
  }

  @ParameterizedTest
  @EnumSource
  void nonBlocking_http10AndKeptConnection(Kind kind) throws Exception {
    byte[] body = bytes(MEMORY * 3);
    nonBlocking(kind, body, 7_001, false);
    assertSigned(CaptureWire.once(container(kind).port(), "GET /app HTTP/1.0", ""), body);
    try (CaptureWire wire = new CaptureWire(container(kind).port())) {
      for (int i = 0; i < 3; i++) {
        wire.send("GET /app HTTP/1.1", "");
        assertSigned(wire.receive(false), body);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void clientThatGoesAway_leavesNothing(Kind kind) throws Exception {
    byte[] body = bytes(24 << 20);
    for (long limit : new long[] {LIMIT, body.length}) {
      System.out.println("DBG limit " + limit + kind);
      container(kind)
          .mode(
              mode(
                  new StreamLimits(
                      MEMORY,
                      limit,
                      OverflowAction.UNSIGNED,
                      tempDir,
                      body.length,
                      SigningFailureAction.UNSIGNED,
                      true)));
      nonBlocking(kind, body, 1 << 20, false);
      goAway(kind);
      container(kind)
          .application(
              "/app",
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
      goAway(kind);
    }
  }

  private void goAway(Kind kind) throws Exception {
    try (CaptureWire wire = new CaptureWire(container(kind).port())) {
      wire.send("GET /app HTTP/1.1", "");
      wire.readSome(1_000);
      wire.abort();
    }
    eventually(() -> openFiles(tempDir).isEmpty());
    // Jetty does not tell the listeners when a declared length was not reached, with or without us.
    container(kind).forgetRequests();
  }
}
