// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.dive.conformance.Wire.Answer;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Applications that read and write only when the container says that they may. */
class NonBlockingCases extends Conformance {
  private static final int LONG = 4 << 20;

  private void write(byte[] body, int part, boolean fromAnotherThread) {
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          ServletOutputStream out = response.getOutputStream();
          WriteListener listener = new WriteInParts(context, body, part);
          if (fromAnotherThread) {
            elsewhere(() -> out.setWriteListener(listener));
          } else {
            out.setWriteListener(listener);
            assertThrows(IllegalStateException.class, () -> out.setWriteListener(listener));
          }
        });
  }

  static Stream<Arguments> lengths() {
    return Stream.of(0, 10, MEMORY * 3, LIMIT)
        .flatMap(length -> Stream.of(true, false).map(other -> Arguments.of(length, other)));
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void aBodyUpToTheLimit_isSigned(int length, boolean fromAnotherThread) throws Exception {
    byte[] body = bytes(length);
    write(body, 7_001, fromAnotherThread);
    assertSigned(get("/app/x"), body);
    eventually(() -> counted().equals(Map.of("stream/signed", 1)));
  }

  @Test
  void aListenerOutsideAnAsynchronousRequest_isRefused() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          ServletOutputStream out = response.getOutputStream();
          WriteListener listener =
              new WriteListener() {
                @Override
                public void onWritePossible() {}

                @Override
                public void onError(Throwable cause) {}
              };
          assertThrows(IllegalStateException.class, () -> out.setWriteListener(listener));
          out.print("blocking");
        });
    assertSigned(get("/app/x"), ascii("blocking"));
  }

  /** complete() returns although nobody reads; the container takes the body as the client does. */
  @Test
  void aSlowClient_getsASignedBodyAndBlocksNobody() throws Exception {
    settings("dive.stream.limit = 32MiB");
    byte[] body = bytes(24 << 20);
    CountDownLatch completed = new CountDownLatch(1);
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          WriteListener listener =
              new WriteInParts(
                  context,
                  body,
                  1 << 20,
                  () -> {
                    context.complete();
                    completed.countDown();
                  });
          response.getOutputStream().setWriteListener(listener);
        });
    try (Wire wire = new Wire(port())) {
      wire.send("GET /app/x HTTP/1.1", "Connection: close\r\n");
      await(completed);
      assertSigned(wire.receive(false), body);
    }
  }

  /** Once the body is longer than what is held, the client's pace is the application's. */
  @Test
  void aSlowClientOfABodyTooLong_holdsTheApplicationBack() throws Exception {
    byte[] body = bytes(24 << 20);
    CountDownLatch waiting = new CountDownLatch(1);
    CountDownLatch completed = new CountDownLatch(1);
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          ServletOutputStream out = response.getOutputStream();
          WriteInParts parts =
              new WriteInParts(
                  context,
                  body,
                  64 << 10,
                  () -> {
                    context.complete();
                    completed.countDown();
                  });
          out.setWriteListener(
              new WriteListener() {
                @Override
                public void onWritePossible() throws IOException {
                  parts.onWritePossible();
                  waiting.countDown();
                }

                @Override
                public void onError(Throwable cause) {
                  parts.onError(cause);
                }
              });
        });
    try (Wire wire = new Wire(port())) {
      wire.send("GET /app/x HTTP/1.1", "Connection: close\r\n");
      await(waiting);
      assertEquals(1, completed.getCount());
      assertUnsigned(wire.receive(false), 200, body);
      await(completed);
    }
  }

  static Stream<Arguments> parts() {
    return Stream.of(7_001, 400_000, LONG)
        .flatMap(part -> Stream.of(true, false).map(other -> Arguments.of(part, other)));
  }

  @ParameterizedTest
  @MethodSource("parts")
  void aBodyTooLong_isWholeAndUnsigned(int part, boolean fromAnotherThread) throws Exception {
    byte[] body = bytes(LONG);
    write(body, part, fromAnotherThread);
    assertUnsigned(get("/app/x"), 200, body);
    eventually(() -> counted().equals(Map.of("stream/overflow", 1)));
  }

  @ParameterizedTest
  @MethodSource("parts")
  void aBodyTooLong_isSignedInTrailersWhereConfigured(int part, boolean fromAnotherThread)
      throws Exception {
    settings("dive.stream.overflow = trailer");
    byte[] body = bytes(LONG);
    write(body, part, fromAnotherThread);
    Answer answer = getOnKeptConnection("/app/x");
    assertEquals(200, answer.status());
    assertArrayEquals(body, answer.body());
    assertFieldsOf(answer::trailer, body);
  }

  @Test
  void aBodyTooLong_isRefusedWhereConfigured() throws Exception {
    settings("dive.stream.overflow = fail");
    write(bytes(LONG), 7_001, false);
    assertUnsigned(get("/app/x"), 500, ascii("The response could not be signed.\n"));
  }

  /** The last byte of a body known before would have to wait for us, who may not write. */
  @Test
  void aBodySentBeforeUnderTheSameETag_isSignedAgain() throws Exception {
    byte[] body = bytes(MEMORY * 3);
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("ETag", "\"one\"");
          AsyncContext context = request.startAsync();
          WriteListener listener = new WriteInParts(context, body, 7_001);
          response.getOutputStream().setWriteListener(listener);
        });
    assertSigned(get("/app/x"), body);
    assertSigned(get("/app/x"), body);
  }

  @Test
  void anotherStatus_isUnsigned() throws Exception {
    byte[] body = bytes(1 << 20);
    application(
        "/app/x",
        (request, response) -> {
          response.setStatus(404);
          AsyncContext context = request.startAsync();
          WriteListener listener = new WriteInParts(context, body, 7_001);
          response.getOutputStream().setWriteListener(listener);
        });
    assertUnsigned(get("/app/x"), 404, body);
    eventually(() -> counted().equals(Map.of("stream/not-200", 1)));
  }

  @Test
  void aListenerThatThrows_sendsNothingOfItsBody() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          ServletOutputStream out = response.getOutputStream();
          out.setWriteListener(
              new WriteListener() {
                @Override
                public void onWritePossible() throws IOException {
                  out.print("secret");
                  throw new IOException("planned");
                }

                @Override
                public void onError(Throwable cause) {
                  response.reset();
                  response.setStatus(503);
                  context.complete();
                }
              });
        });
    assertUnsigned(get("/app/x"), 503, new byte[0]);
  }

  @Test
  void anHttp10Client_getsASignedBody() throws Exception {
    byte[] body = bytes(MEMORY * 3);
    write(body, 7_001, false);
    assertSigned(request("GET /app/x HTTP/1.0"), body);
  }

  @Test
  void aKeptConnection_getsSignedBodies() throws Exception {
    byte[] body = bytes(MEMORY * 3);
    write(body, 7_001, false);
    try (Wire wire = new Wire(port())) {
      for (int i = 0; i < 3; i++) {
        wire.send("GET /app/x HTTP/1.1", "");
        assertSigned(wire.receive(false), body);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"300000B", "32MiB"})
  void aClientThatGoesAway_leavesNothing(String limit) throws Exception {
    settings("dive.stream.limit = " + limit);
    write(bytes(24 << 20), 1 << 20, false);
    try (Wire wire = new Wire(port())) {
      wire.send("GET /app/x HTTP/1.1", "");
      wire.readSome(1_000);
      wire.abort();
    }
    eventually(() -> openFiles(tempDir).isEmpty());
    eventually(() -> counted().size() == 1);
  }

  // Reading.

  /** Reads the whole body, then writes it back. */
  private static final class Echo implements ReadListener {
    private final AsyncContext context;
    private final ServletInputStream in;
    private final ByteArrayOutputStream read = new ByteArrayOutputStream();

    Echo(HttpServletRequest request, AsyncContext context) throws IOException {
      this.context = context;
      this.in = request.getInputStream();
    }

    @Override
    public void onDataAvailable() throws IOException {
      byte[] buffer = new byte[4_096];
      while (in.isReady() && !in.isFinished()) {
        int count = in.read(buffer);
        if (count > 0) {
          read.write(buffer, 0, count);
        }
      }
    }

    @Override
    public void onAllDataRead() throws IOException {
      WriteListener listener = new WriteInParts(context, read.toByteArray(), 7_001);
      context.getResponse().getOutputStream().setWriteListener(listener);
    }

    @Override
    public void onError(Throwable cause) {
      context.complete();
    }
  }

  private static void echo() {
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          request.getInputStream().setReadListener(new Echo(request, context));
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10, MEMORY * 3, LIMIT})
  void anEcho_isSigned(int length) throws Exception {
    echo();
    byte[] body = bytes(length);
    try (Wire wire = new Wire(port())) {
      for (int i = 0; i < 2; i++) {
        wire.send("POST /app/x HTTP/1.1", "Content-Length: " + length + "\r\n");
        wire.sendBody(Arrays.copyOf(body, length / 2));
        wire.sendBody(Arrays.copyOfRange(body, length / 2, length));
        assertSigned(wire.receive(false), body);
      }
    }
  }

  @Test
  void anEchoTooLong_isWholeAndUnsigned() throws Exception {
    echo();
    byte[] body = bytes(LIMIT * 2);
    try (Wire wire = new Wire(port())) {
      wire.send("POST /app/x HTTP/1.1", "Content-Length: " + body.length + "\r\n");
      wire.sendBody(body);
      assertUnsigned(wire.receive(false), 200, body);
    }
  }
}
