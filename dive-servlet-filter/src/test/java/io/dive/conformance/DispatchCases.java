// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.dive.conformance.Wire.Answer;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Resources that include others or forward to them, and a filter that comes by twice. */
class DispatchCases extends Conformance {
  @Test
  void anIncludedResource_isPartOfTheBody() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.getWriter().print("before ");
          request.getRequestDispatcher("/app/other").include(request, response);
          response.getWriter().print(" after");
        });
    application(
        "/app/other",
        (request, response) -> {
          response.setHeader("X-Included", "1");
          response.setStatus(404);
          response.getWriter().print("within");
        });
    Answer answer = get("/app/x");
    assertSigned(answer, ascii("before within after"));
    assertEquals(Optional.empty(), answer.field("X-Included"));
    eventually(() -> counted().equals(Map.of("stream/signed", 1)));
  }

  @Test
  void anIncludedResourceThatCloses_doesNotEndTheBody() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.getWriter().print("before ");
          request.getRequestDispatcher("/app/other").include(request, response);
          response.getWriter().print(" after");
        });
    application(
        "/app/other",
        (request, response) -> {
          response.getWriter().print("within");
          response.getWriter().close();
        });
    assertSigned(get("/app/x"), ascii("before within after"));
  }

  @Test
  void aResourceIncludedByTheContext_isPartOfTheBody() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.getWriter().print("before ");
          request.getServletContext().getRequestDispatcher("/app/other").include(request, response);
          response.getWriter().print(" after");
        });
    application("/app/other", (request, response) -> response.getWriter().print("within"));
    assertSigned(get("/app/x"), ascii("before within after"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, MEMORY * 3})
  void aForward_replacesTheBody(int length) throws Exception {
    byte[] body = bytes(length);
    application(
        "/app/x",
        (request, response) -> {
          response.getOutputStream().print("before");
          request.getRequestDispatcher("/app/other").forward(request, response);
        });
    application("/app/other", (request, response) -> writeInParts(response, body));
    assertSigned(get("/app/x"), body);
    eventually(() -> counted().equals(Map.of("stream/signed", 1)));
  }

  @Test
  void aForwardByTheContext_replacesTheBody() throws Exception {
    byte[] body = bytes(MEMORY * 2);
    application(
        "/app/x",
        (request, response) -> {
          response.getOutputStream().print("before");
          request.getServletContext().getRequestDispatcher("/app/other").forward(request, response);
        });
    application("/app/other", (request, response) -> writeInParts(response, body));
    assertSigned(get("/app/x"), body);
  }

  @Test
  void aForwardFromAStreamToAWriter_isSigned() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.getOutputStream().print("before");
          request.getRequestDispatcher("/app/other").forward(request, response);
        });
    application("/app/other", (request, response) -> response.getWriter().print("after"));
    settings("dive.rule.10.mode = off");
    Answer alone = get("/app/x");
    settings();
    if (alone.status() == 200) {
      assertSigned(get("/app/x"), alone.body());
    } else {
      assertSigned(get("/app/x"), ascii("after"));
    }
  }

  @Test
  void aForwardThatEndsInAnError_isTheErrorAlone() throws Exception {
    application(
        "/app/x",
        (request, response) ->
            request.getRequestDispatcher("/app/other").forward(request, response));
    application(
        "/app/other",
        (request, response) -> {
          writeInParts(response, bytes(MEMORY * 2));
          response.sendError(404);
        });
    Answer answer = get("/app/x");
    assertEquals(404, answer.status());
    assertNoFields(answer);
  }

  @Test
  void aForwardAfterAFlush_isRefused() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.flushBuffer();
          assertThrows(
              IllegalStateException.class,
              () -> request.getRequestDispatcher("/app/other").forward(request, response));
          response.getOutputStream().print("x");
        });
    assertSigned(get("/app/x"), ascii("x"));
  }

  @Test
  void aForwardToAFileOfTheContainersOwnServlet_isSigned() throws Exception {
    byte[] body = bytes(MEMORY * 2);
    java.nio.file.Files.write(files().resolve("forwarded.bin"), body);
    application(
        "/app/x",
        (request, response) ->
            request.getRequestDispatcher("/files/forwarded.bin").forward(request, response));
    assertSigned(get("/app/x"), body);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, MEMORY * 3, LIMIT})
  void aFilterThatIsMappedTwiceAndRegisteredTwice_signsOnce(int length) throws Exception {
    byte[] body = bytes(length);
    application("/app/twice/x", (request, response) -> writeInParts(response, body));
    assertSigned(get("/app/twice/x"), body);
    eventually(() -> counted().equals(Map.of("stream/signed", 1)));
  }

  @Test
  void aFilterThatIsMappedTwice_signsForwardsAndIncludesOnce() throws Exception {
    application(
        "/app/twice/x",
        (request, response) -> {
          response.getWriter().print("dropped");
          request.getRequestDispatcher("/app/twice/y").forward(request, response);
        });
    application(
        "/app/twice/y",
        (request, response) -> {
          response.getWriter().print("before ");
          request.getRequestDispatcher("/app/twice/z").include(request, response);
          response.getWriter().print(" after");
        });
    application("/app/twice/z", (request, response) -> response.getWriter().print("within"));
    assertSigned(get("/app/twice/x"), ascii("before within after"));
    eventually(() -> counted().equals(Map.of("stream/signed", 1)));
  }

  @Test
  void aFilterThatIsMappedTwice_signsAnAsynchronousDispatchOnce() throws Exception {
    application(
        "/app/twice/x", (request, response) -> request.startAsync().dispatch("/app/twice/y"));
    application("/app/twice/y", (request, response) -> response.getWriter().print("dispatched"));
    assertSigned(get("/app/twice/x"), ascii("dispatched"));
    eventually(() -> counted().equals(Map.of("stream/signed", 1)));
  }

  @Test
  void aFilterThatIsMappedTwice_leavesErrorsUnsigned() throws Exception {
    application(
        "/app/twice/x",
        (request, response) -> {
          response.getWriter().print("dropped");
          response.sendError(404);
        });
    Answer answer = get("/app/twice/x");
    assertEquals(404, answer.status());
    assertNoFields(answer);
  }
}
