// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Wire.Answer;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Server-sent events in mode stream: each is sent when it happens, unsigned. */
class EventStreamCases extends Conformance {
  private static final String FIRST = "data: first\n\n";
  private static final String SECOND = "data: second\n\n";

  private final CountDownLatch received = new CountDownLatch(1);

  /** The application goes on only when the client has the first event. */
  private void assertFirstComesAtOnce() throws Exception {
    try (Wire wire = new Wire(port())) {
      wire.send("GET /app/x HTTP/1.1", "Accept: text/event-stream\r\nConnection: close\r\n");
      wire.peekUntil(FIRST);
      received.countDown();
      Answer answer = wire.receive(false);
      assertEquals(200, answer.status());
      assertTrue(answer.complete());
      assertEquals(FIRST + SECOND, answer.text());
      assertNoFields(answer);
    }
    eventually(() -> counted().equals(Map.of("stream/event-stream", 1)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"text/event-stream", "text/event-stream;charset=utf-8", "Text/Event-Stream"})
  void anEvent_isSentBeforeTheNextOneHappens(String type) throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.setContentType(type);
          ServletOutputStream out = response.getOutputStream();
          out.print(FIRST);
          out.flush();
          await(received);
          out.print(SECOND);
        });
    assertFirstComesAtOnce();
  }

  @Test
  void anEventByAWriter_isSentBeforeTheNextOneHappens() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.setContentType("text/event-stream");
          response.setCharacterEncoding("UTF-8");
          response.getWriter().print(FIRST);
          response.flushBuffer();
          await(received);
          response.getWriter().print(SECOND);
        });
    assertFirstComesAtOnce();
  }

  @Test
  void anEventAfterTheHeadAlone_isSentBeforeTheNextOneHappens() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.setContentType("text/event-stream");
          response.flushBuffer();
          response.getOutputStream().print(FIRST);
          response.flushBuffer();
          await(received);
          response.getOutputStream().print(SECOND);
        });
    assertFirstComesAtOnce();
  }

  @Test
  void anEventFromAnotherThread_isSentBeforeTheNextOneHappens() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.setContentType("text/event-stream");
          AsyncContext context = request.startAsync();
          elsewhere(
              () -> {
                ServletOutputStream out = context.getResponse().getOutputStream();
                out.print(FIRST);
                out.flush();
                await(received);
                out.print(SECOND);
                context.complete();
              });
        });
    assertFirstComesAtOnce();
  }

  @Test
  void anEventWrittenWithoutBlocking_isSentBeforeTheNextOneHappens() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.setContentType("text/event-stream");
          AsyncContext context = request.startAsync();
          ServletOutputStream out = response.getOutputStream();
          out.setWriteListener(
              new WriteListener() {
                private int step;

                @Override
                public void onWritePossible() throws IOException {
                  while (step < 2 && out.isReady()) {
                    if (step++ == 0) {
                      out.print(FIRST);
                    } else {
                      out.flush();
                      elsewhere(this::goOn);
                    }
                  }
                }

                private void goOn() throws IOException {
                  await(received);
                  while (!out.isReady()) {
                    Thread.onSpinWait();
                  }
                  out.print(SECOND);
                  context.complete();
                }

                @Override
                public void onError(Throwable cause) {
                  context.complete();
                }
              });
        });
    assertFirstComesAtOnce();
  }

  @Test
  void aTypeThatOnlyLooksLikeEvents_isSigned() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.setContentType("text/event-streams");
          response.getOutputStream().print(FIRST);
          response.flushBuffer();
          response.getOutputStream().print(SECOND);
        });
    assertSigned(get("/app/x"), ascii(FIRST + SECOND));
  }
}
