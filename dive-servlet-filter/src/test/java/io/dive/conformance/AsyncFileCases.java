// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.dive.conformance.Wire.Answer;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Asynchronous applications that send files, which are signed in mode static. */
class AsyncFileCases extends Conformance {
  private static final int LENGTH = 200_000;
  private static final Instant MODIFIED = Instant.parse("2026-01-02T03:04:05Z");

  private static final byte[] BODY = bytes(LENGTH);

  @BeforeEach
  void signFiles() throws Exception {
    if (!Files.exists(files().resolve("x"))) {
      Files.write(files().resolve("x"), BODY);
      Files.setLastModifiedTime(files().resolve("x"), FileTime.from(MODIFIED));
    }
    settings("dive.rule.10.mode = static", "dive.rule.10.root = " + files());
  }

  /** As a file servlet does. */
  private static void send(ServletResponse response, byte[] body) throws IOException {
    HttpServletResponse http = (HttpServletResponse) response;
    http.setDateHeader("Last-Modified", MODIFIED.toEpochMilli());
    http.setContentLength(body.length);
    http.getOutputStream().write(body);
  }

  private interface Start {
    AsyncContext of(HttpServletRequest request, HttpServletResponse response);
  }

  private void assertSignedAfter(Start start) throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = start.of(request, response);
          elsewhere(
              () -> {
                send(context.getResponse(), BODY);
                context.complete();
              });
        });
    assertSigned(get("/app/x"), BODY);
    eventually(() -> counted().equals(Map.of("static/signed", 1)));
  }

  @Test
  void startAsyncWithoutArguments_isSigned() throws Exception {
    assertSignedAfter((request, response) -> request.startAsync());
  }

  @Test
  void startAsyncWithArguments_isSigned() throws Exception {
    assertSignedAfter((request, response) -> request.startAsync(request, response));
  }

  @Test
  void aDispatchToItself_isSigned() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          if (request.getAttribute("started") == null) {
            request.setAttribute("started", true);
            elsewhere(request.startAsync()::dispatch);
          } else {
            send(response, BODY);
          }
        });
    assertSigned(get("/app/x"), BODY);
    eventually(() -> counted().equals(Map.of("static/signed", 1)));
  }

  /** Of the same length and time, so that nothing but the dispatch tells them apart. */
  @Test
  void aDispatchToAnotherFile_isUnsigned() throws Exception {
    byte[] other = BODY.clone();
    other[7]++;
    application("/app/y", (request, response) -> send(response, other));
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync(request, response);
          elsewhere(() -> context.dispatch("/app/y"));
        });
    assertUnsigned(get("/app/x"), 200, other);
  }

  @Test
  void anErrorSentFromAnotherThread_isUnsigned() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          elsewhere(
              () -> {
                ((HttpServletResponse) context.getResponse()).sendError(409);
                context.complete();
              });
        });
    Answer answer = get("/app/x");
    assertEquals(409, answer.status());
    assertNoFields(answer);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aDispatchThatThrows_isUnsigned(boolean withAnErrorPage) throws Exception {
    application("/app/error", (request, response) -> response.getWriter().print("the page"));
    application(
        "/app/x",
        (request, response) -> {
          if (request.getDispatcherType() != DispatcherType.ASYNC) {
            elsewhere(request.startAsync()::dispatch);
            return;
          }
          response.setDateHeader("Last-Modified", MODIFIED.toEpochMilli());
          response.setContentLength(LENGTH);
          response.getOutputStream().write(BODY, 0, 10);
          if (withAnErrorPage) {
            throw new Deployment.PlannedException();
          }
          throw new IOException("planned");
        });
    Answer answer = get("/app/x");
    assertEquals(500, answer.status());
    assertNoFields(answer);
  }
}
