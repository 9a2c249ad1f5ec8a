// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.dive.conformance.Wire.Answer;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Asynchronous applications that let another servlet answer. */
class AsyncDispatchCases extends Conformance {
  /** More than any container keeps back by itself. */
  private static final String SECRET = "secret-".repeat(30_000);

  private void dispatchElsewhere(AsyncContext context) {
    elsewhere(() -> context.dispatch("/app/y"));
  }

  @Test
  void aDispatch_isSigned() throws Exception {
    byte[] body = bytes(MEMORY * 2);
    application("/app/x", (request, response) -> dispatchElsewhere(request.startAsync()));
    application(
        "/app/y",
        (request, response) -> {
          assertEquals(DispatcherType.ASYNC, request.getDispatcherType());
          response.getOutputStream().write(body);
        });
    assertSigned(get("/app/x"), body);
    eventually(() -> counted().equals(Map.of("stream/signed", 1)));
  }

  @Test
  void aDispatchToItself_isSigned() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          if (request.getDispatcherType() == DispatcherType.ASYNC) {
            response.getWriter().print("second time");
          } else {
            elsewhere(request.startAsync()::dispatch);
          }
        });
    assertSigned(get("/app/x"), ascii("second time"));
  }

  @Test
  void aDispatchOfTheApplicationsOwnResponse_isSigned() throws Exception {
    application(
        "/app/x",
        (request, response) ->
            dispatchElsewhere(
                request.startAsync(request, new HttpServletResponseWrapper(response))));
    application("/app/y", (request, response) -> response.getWriter().print("wrapped"));
    assertSigned(get("/app/x"), ascii("wrapped"));
  }

  @Test
  void aDispatchThatStartsAnotherCycle_isSigned() throws Exception {
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
    assertSigned(get("/app/x"), ascii("again"));
  }

  @Test
  @Differs(
      in = {Kind.SPRING_BOOT_3, Kind.SPRING_BOOT_4},
      because = "The auto-configuration knows that all dispatches come by, so this is signed too")
  void aDispatchAfterWriting_isUnsignedAndWhole() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          response.getWriter().print("before ");
          dispatchElsewhere(context);
        });
    application("/app/y", (request, response) -> response.getWriter().print("after"));
    if (differs(Kind.SPRING_BOOT_3, Kind.SPRING_BOOT_4)) {
      assertSigned(get("/app/x"), ascii("before after"));
    } else {
      assertUnsigned(get("/app/x"), 200, ascii("before after"));
    }
  }

  @Test
  void aDispatchThatThrows_sendsNothingOfItsBody() throws Exception {
    application("/app/x", (request, response) -> dispatchElsewhere(request.startAsync()));
    application(
        "/app/y",
        (request, response) -> {
          response.getWriter().print(SECRET);
          throw new IOException("planned");
        });
    Answer answer = get("/app/x");
    assertEquals(500, answer.status());
    assertFalse(answer.text().contains("secret-"));
    assertNoFields(answer);
    eventually(() -> counted().equals(Map.of("stream/unsigned", 1)));
  }

  @Test
  void anErrorSentInADispatch_isTheErrorAlone() throws Exception {
    application("/app/x", (request, response) -> dispatchElsewhere(request.startAsync()));
    application(
        "/app/y",
        (request, response) -> {
          response.getWriter().print(SECRET);
          response.sendError(409);
        });
    Answer answer = get("/app/x");
    assertEquals(409, answer.status());
    assertFalse(answer.text().contains("secret-"));
    assertNoFields(answer);
  }

  @Test
  void aForwardWithinADispatch_isSigned() throws Exception {
    application("/app/x", (request, response) -> dispatchElsewhere(request.startAsync()));
    application(
        "/app/y",
        (request, response) -> {
          response.getWriter().print("dropped");
          request.getRequestDispatcher("/app/z").forward(request, response);
        });
    application("/app/z", (request, response) -> response.getWriter().print("forwarded"));
    assertSigned(get("/app/x"), ascii("forwarded"));
  }
}
