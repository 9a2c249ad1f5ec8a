// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.dive.conformance.Wire.Answer;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The filter is not mapped for asynchronous dispatches, which go past it. */
@MappedFor({DispatcherType.REQUEST, DispatcherType.FORWARD})
class UnmappedDispatchCases extends Conformance {
  private void dispatchElsewhere(AsyncContext context) {
    elsewhere(() -> context.dispatch("/app/y"));
  }

  @Test
  @Differs(
      in = {Kind.SPRING_BOOT_3, Kind.SPRING_BOOT_4},
      because = "Not looked at: the log of Spring Boot goes to a stream of its own")
  void aDispatch_isWholeAndUnsignedAndWarnedOf() throws Throwable {
    application("/app/x", (request, response) -> dispatchElsewhere(request.startAsync()));
    application("/app/y", (request, response) -> response.getWriter().print("dispatched"));
    String log =
        logOf(
            () -> {
              assertUnsigned(get("/app/x"), 200, ascii("dispatched"));
              eventually(() -> counted().equals(Map.of("stream/unsigned", 1)));
            });
    assertWarned(log, "ASYNC");
  }

  @Test
  void aDispatchOfALongBody_isWholeAndUnsigned() throws Exception {
    byte[] body = bytes(LIMIT * 2);
    application("/app/x", (request, response) -> dispatchElsewhere(request.startAsync()));
    application("/app/y", (request, response) -> response.getOutputStream().write(body));
    assertUnsigned(get("/app/x"), 200, body);
  }

  @Test
  void aDispatchAfterWriting_isWholeAndUnsigned() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          response.getWriter().print("before ");
          dispatchElsewhere(context);
        });
    application("/app/y", (request, response) -> response.getWriter().print("after"));
    assertUnsigned(get("/app/x"), 200, ascii("before after"));
  }

  @Test
  void aDispatchWithoutABody_isWholeAndUnsigned() throws Exception {
    application("/app/x", (request, response) -> dispatchElsewhere(request.startAsync()));
    application("/app/y", (request, response) -> response.setHeader("X-Own", "1"));
    Answer answer = get("/app/x");
    assertUnsigned(answer, 200, new byte[0]);
    assertEquals("1", answer.field("X-Own").orElseThrow());
    eventually(() -> counted().equals(Map.of("stream/unsigned", 1)));
  }

  @Test
  void aDispatchThatStartsAnotherCycle_isWholeAndUnsigned() throws Exception {
    application("/app/x", (request, response) -> dispatchElsewhere(request.startAsync()));
    application(
        "/app/y",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          elsewhere(
              () -> {
                response.getWriter().print("again");
                context.complete();
              });
        });
    assertUnsigned(get("/app/x"), 200, ascii("again"));
  }

  @Test
  void aDispatchThatSendsAnError_isTheErrorAlone() throws Exception {
    application("/app/x", (request, response) -> dispatchElsewhere(request.startAsync()));
    application("/app/y", (request, response) -> response.sendError(409));
    Answer answer = get("/app/x");
    assertEquals(409, answer.status());
    assertNoFields(answer);
  }

  @Test
  void aDispatchThatThrows_isAnError() throws Exception {
    application("/app/x", (request, response) -> dispatchElsewhere(request.startAsync()));
    application(
        "/app/y",
        (request, response) -> {
          throw new IOException("planned");
        });
    Answer answer = get("/app/x");
    assertEquals(500, answer.status());
    assertNoFields(answer);
  }

  @Test
  void aCycleWithoutADispatch_isSignedAndNotWarnedOf() throws Throwable {
    byte[] body = bytes(MEMORY * 2);
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
    String log = logOf(() -> assertSigned(get("/app/x"), body));
    assertFalse(log.contains("WARN"), log);
  }
}
