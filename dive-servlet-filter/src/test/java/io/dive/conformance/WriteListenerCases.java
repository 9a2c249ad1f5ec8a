// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Wire.Answer;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Applications with a {@link WriteListener} that do more than write with it and complete. */
class WriteListenerCases extends Conformance {
  /** More than any container keeps back by itself. */
  private static final int LONG = 200_000;

  // Dispatches.

  /** The listener writes a part, then another servlet answers. */
  private static void dispatchAfter(byte[] part, Application then) {
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          response
              .getOutputStream()
              .setWriteListener(
                  new WriteInParts(context, part, 7_001, () -> context.dispatch("/app/y")));
        });
    application("/app/y", then);
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10, MEMORY * 3, LIMIT})
  void aDispatchBeforeTheFirstByte_isSigned(int length) throws Exception {
    byte[] body = bytes(length);
    dispatchAfter(new byte[0], (request, response) -> writeInParts(response, body));
    assertSigned(getOnKeptConnection("/app/x"), body);
    eventually(() -> counted().equals(Map.of("stream/signed", 1)));
  }

  @ParameterizedTest
  @CsvSource({"7, 0", "7, 10", "100000, 100000", "7, 600000"})
  @Differs(
      in = {Kind.SPRING_BOOT_3, Kind.SPRING_BOOT_4},
      because = "The auto-configuration knows that all dispatches come by, so this is signed too")
  void aDispatchAfterAPart_isUnsignedAndWhole(int before, int length) throws Exception {
    byte[] body = concat(bytes(before), bytes(length));
    dispatchAfter(bytes(before), (request, response) -> writeInParts(response, bytes(length)));
    Answer answer = getOnKeptConnection("/app/x");
    if (differs(Kind.SPRING_BOOT_3, Kind.SPRING_BOOT_4) && body.length <= LIMIT) {
      assertSigned(answer, body);
    } else {
      assertUnsigned(answer, 200, body);
    }
  }

  @Test
  @Differs(
      in = {Kind.JETTY_EE10, Kind.JETTY_EE11},
      because =
          "Jetty refuses writes without isReady() after a dispatch, with or without DIVE, and ends"
              + " the connection")
  void aDispatchAfterAPartTooLong_isUnsignedAndWhole() throws Exception {
    byte[] part = bytes(LIMIT * 2);
    byte[] rest = bytes(LONG);
    dispatchAfter(part, (request, response) -> writeInParts(response, rest));
    if (differs(Kind.JETTY_EE10, Kind.JETTY_EE11)) {
      assertFalse(getOnKeptConnection("/app/x").complete());
      settings("dive.rule.10.mode = off");
      assertFalse(getOnKeptConnection("/app/x").complete());
    } else {
      assertUnsigned(getOnKeptConnection("/app/x"), 200, concat(part, rest));
    }
  }

  @Test
  void aDispatchToAnotherWriteListener_isSigned() throws Exception {
    byte[] body = bytes(MEMORY * 3);
    dispatchAfter(
        new byte[0],
        (request, response) -> {
          AsyncContext context = request.startAsync();
          response.getOutputStream().setWriteListener(new WriteInParts(context, body, 7_001));
        });
    assertSigned(getOnKeptConnection("/app/x"), body);
  }

  // Bodies known before.

  private static void serve(String etag, byte[] body) {
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("ETag", etag);
          response.getOutputStream().write(body);
        });
  }

  /** Writes a part, enough for a container to commit, and the rest without blocking. */
  private void writeWithoutBlockingAfter(int blocking, byte[] body, Runnable afterwards) {
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("ETag", "\"one\"");
          AsyncContext context = request.startAsync();
          ServletOutputStream out = response.getOutputStream();
          out.write(body, 0, blocking);
          out.flush();
          assertTrue(response.isCommitted());
          byte[] rest = Arrays.copyOfRange(body, blocking, body.length);
          out.setWriteListener(
              new WriteInParts(
                  context,
                  rest,
                  64 << 10,
                  () -> {
                    context.complete();
                    afterwards.run();
                  }));
        });
  }

  @ParameterizedTest
  @CsvSource({"100, 101", "100, 200000", "199999, 200000", "100, 24000000"})
  void theRestOfAKnownBody_isSigned(int blocking, int length) throws Exception {
    settings("dive.stream.limit = 32MiB");
    byte[] body = bytes(length);
    serve("\"one\"", body);
    assertSigned(get("/app/x"), body);
    writeWithoutBlockingAfter(blocking, body, () -> {});
    for (int i = 0; i < 3; i++) {
      assertSigned(getOnKeptConnection("/app/x"), body);
    }
    eventually(() -> counted().equals(Map.of("stream/signed", 4)));
  }

  /** Writes all that is left at once, and completes without asking whether that has left. */
  @Test
  void theRestOfAKnownBodyInOnePieceToASlowClient_isSigned() throws Exception {
    settings("dive.stream.limit = 32MiB");
    byte[] body = bytes(24 << 20);
    serve("\"one\"", body);
    assertSigned(get("/app/x"), body);
    CountDownLatch completed = new CountDownLatch(1);
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("ETag", "\"one\"");
          AsyncContext context = request.startAsync();
          ServletOutputStream out = response.getOutputStream();
          out.write(body, 0, 100);
          out.flush();
          out.setWriteListener(
              new WriteListener() {
                @Override
                public void onWritePossible() throws IOException {
                  if (out.isReady()) {
                    out.write(body, 100, body.length - 100);
                    context.complete();
                    completed.countDown();
                  }
                }

                @Override
                public void onError(Throwable cause) {
                  completed.countDown();
                }
              });
        });
    try (Wire wire = new Wire(port())) {
      wire.send("GET /app/x HTTP/1.1", "");
      await(completed);
      assertSigned(wire.receive(false), body);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"other", "shorter", "longer"})
  void anotherRestOfAKnownBody_isCutOff(String how) throws Exception {
    byte[] body = bytes(LONG);
    serve("\"one\"", body);
    assertSigned(get("/app/x"), body);
    byte[] other =
        Arrays.copyOf(body, LONG + (how.equals("longer") ? 1 : how.equals("shorter") ? -1 : 0));
    other[LONG / 2] += (byte) (how.equals("other") ? 1 : 0);
    writeWithoutBlockingAfter(100, other, () -> {});
    Answer answer = getOnKeptConnection("/app/x");
    assertFalse(answer.complete());
    assertTrue(answer.body().length < LONG);
    eventually(() -> counted().equals(Map.of("stream/signed", 1, "stream/etag-reused", 1)));
  }

  // The end.

  /** Completes in its first call, and counts what comes after that. */
  private static final class Once implements WriteListener {
    private final AsyncContext context;
    private final ServletOutputStream out;
    private final AtomicInteger late;
    private boolean completed;

    Once(AsyncContext context, AtomicInteger late) throws IOException {
      this.context = context;
      this.out = context.getResponse().getOutputStream();
      this.late = late;
    }

    @Override
    public void onWritePossible() throws IOException {
      if (completed) {
        late.incrementAndGet();
      } else if (out.isReady()) {
        out.print("once");
        completed = true;
        context.complete();
      }
    }

    @Override
    public void onError(Throwable cause) {
      late.incrementAndGet();
    }
  }

  @Test
  void aListenerThatHasCompleted_isNotCalledAgain() throws Exception {
    AtomicInteger late = new AtomicInteger();
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          response.getOutputStream().setWriteListener(new Once(context, late));
        });
    for (int i = 0; i < 200; i++) {
      assertSigned(getOnKeptConnection("/app/x"), ascii("once"));
    }
    eventually(() -> counted().equals(Map.of("stream/signed", 200)));
    assertEquals(0, late.get());
  }

  @Test
  void completeBeforeTheFirstCall_isTheEnd() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          ServletOutputStream out = response.getOutputStream();
          out.setWriteListener(
              new WriteListener() {
                @Override
                public void onWritePossible() {
                  calls.incrementAndGet();
                }

                @Override
                public void onError(Throwable cause) {
                  calls.incrementAndGet();
                }
              });
          if (out.isReady()) {
            out.print("at once");
          }
          context.complete();
        });
    assertSigned(getOnKeptConnection("/app/x"), ascii("at once"));
    eventually(() -> counted().equals(Map.of("stream/signed", 1)));
    assertEquals(0, calls.get());
  }
}
