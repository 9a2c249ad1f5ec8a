// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Mode {@code static} where an application answers, and not the container's file servlet. */
class ApplicationAnswersTest extends DiveFilterSuite {
  @ParameterizedTest
  @EnumSource
  void anApplicationInPlaceOfTheFileIsSignedForTheFilesBytesOnly(FilterContainer container)
      throws Exception {
    applications.put(
        "/small.txt",
        (request, response) -> {
          setLastModified(response, "small.txt");
          respond(request.getQueryString(), response);
        });
    int port = startStatic(container);
    RawAnswer same = get(port, "/small.txt?same");
    assertEquals("small\n", same.body());
    assertSigned(same, same.bytes());
    assertEquals("max-age=5", same.values("Cache-Control").get(0));
    assertEquals("no-transform", same.values("Cache-Control").get(1));
    RawAnswer writer = get(port, "/small.txt?writer");
    assertSigned(writer, writer.bytes());
    assertUnsigned(200, get(port, "/small.txt?longer"));
    assertUnsigned(200, get(port, "/small.txt?noLength"));
    assertUnsigned(200, get(port, "/small.txt?coded"));
    assertUnsigned(200, get(port, "/small.txt?older"));
    assertUnsigned(201, get(port, "/small.txt?created"));
    assertUnsigned(404, get(port, "/small.txt?error"));
    assertUnsigned(302, get(port, "/small.txt?redirect"));
    assertUnsigned(500, get(port, "/small.txt?exception"));
    RawAnswer late = get(port, "/small.txt?lateError");
    assertUnsigned(403, late);
    assertEquals("kept", late.value("X-Kept"));
    assertUnsigned(404, get(port, "/small.txt?lateStatus"));
    assertUnsigned(302, get(port, "/small.txt?lateRedirect"));
    assertUnsigned(500, get(port, "/small.txt?lateException"));
    assertUnsigned(200, get(port, "/small.txt?reset"));
    assertUnsigned(200, get(port, "/small.txt?shortened"));
  }

  /** As whoever sends a file does; without it nobody can tell a file from something made up. */
  private void setLastModified(HttpServletResponse response, String file) throws IOException {
    response.setDateHeader(
        "Last-Modified", Files.getLastModifiedTime(files.resolve(file)).toMillis());
  }

  private void respond(String how, HttpServletResponse response)
      throws IOException, ServletException {
    if (how.startsWith("late")) {
      response.setHeader("X-Kept", "kept");
      response.setContentLength(6);
      response.getOutputStream().print("part");
    }
    switch (how) {
      case "same" -> {
        response.setHeader("Cache-Control", "max-age=5");
        response.setContentLength(6);
        response.getOutputStream().print("small\n");
      }
      case "writer" -> {
        response.setContentLength(6);
        response.getWriter().write("small\n");
      }
      case "noLength" -> response.getOutputStream().print("small\n");
      case "longer" -> {
        response.setContentLength(7);
        response.getOutputStream().print("smaller");
      }
      case "coded" -> {
        response.setHeader("Content-Encoding", "gzip");
        response.getOutputStream().print("coded");
      }
      case "older" -> {
        response.setDateHeader("Last-Modified", 0);
        response.setContentLength(6);
        response.getOutputStream().print("older\n");
      }
      case "created" -> {
        response.setStatus(201);
        response.setContentLength(6);
        response.getOutputStream().print("small\n");
      }
      case "error" -> response.sendError(404);
      case "lateError" -> response.sendError(403, "no");
      case "lateStatus" -> {
        response.setStatus(404);
        response.getOutputStream().print("ly");
      }
      case "redirect", "lateRedirect" -> {
        response.setContentLengthLong(-1);
        response.sendRedirect("/elsewhere");
      }
      case "exception", "lateException" -> throw new ServletException("expected");
      case "shortened" -> {
        response.setContentLength(6);
        response.getOutputStream().print("sm");
        response.setContentLength(2);
      }
      case "reset" -> {
        response.getOutputStream().print("other");
        response.reset();
        response.setContentLength(6);
        response.getOutputStream().print("small\n");
      }
      default -> throw new AssertionError(how);
    }
  }

  @ParameterizedTest
  @EnumSource
  void asynchronousAnswersAreSignedToo(FilterContainer container) throws Exception {
    applications.put(
        "/small.txt",
        (request, response) -> {
          AsyncContext cycle = request.startAsync(request, response);
          cycle.start(() -> answerLater(cycle, request.getQueryString()));
        });
    applications.put("/empty.txt", applications.get("/small.txt"));
    int port = startStatic(container);
    RawAnswer written = get(port, "/small.txt?write");
    assertEquals("small\n", written.body());
    assertSigned(written, written.bytes());
    assertUnsigned(404, get(port, "/small.txt?missing"));
    assertSigned(get(port, "/empty.txt?nothing"), new byte[0]);
  }

  private void answerLater(AsyncContext cycle, String how) {
    try {
      setLastModified(
          (HttpServletResponse) cycle.getResponse(),
          how.equals("nothing") ? "empty.txt" : "small.txt");
      if (how.equals("write")) {
        cycle.getResponse().setContentLength(6);
        cycle.getResponse().getOutputStream().print("small\n");
      } else if (how.equals("missing")) {
        ((HttpServletResponse) cycle.getResponse()).setStatus(404);
      } else {
        cycle.getResponse().setContentLength(0);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    } finally {
      cycle.complete();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aForwardToAnotherResourceTakesTheFieldsBack(FilterContainer container) throws Exception {
    applications.put(
        "/small.txt",
        (request, response) -> request.getRequestDispatcher("/big.bin").forward(request, response));
    int port = startStatic(container);
    assertUnsigned(200, get(port, "/small.txt"));
  }

  @ParameterizedTest
  @EnumSource
  void includedAndErrorDispatchesAreLeftAlone(FilterContainer container) throws Exception {
    applications.put(
        "/page",
        (request, response) -> {
          response.getWriter().write("before ");
          request.getRequestDispatcher("/small.txt").include(request, response);
        });
    int port = startStatic(container);
    RawAnswer answer = get(port, "/page");
    assertUnsigned(200, answer);
    assertTrue(answer.body().startsWith("before small"), answer.body());
  }

  @ParameterizedTest
  @EnumSource
  void theApplicationSeesNoAcceptEncodingThatAllowsCoding(FilterContainer container)
      throws Exception {
    applications.put(
        "/small.txt",
        (request, response) ->
            response.setHeader(
                "X-Seen",
                request.getHeader("accept-encoding")
                    + Collections.list(request.getHeaders("Accept-Encoding"))
                    + Collections.list(request.getHeaderNames()).stream()
                        .anyMatch("accept-encoding"::equalsIgnoreCase)));
    int port = startStatic(container);
    for (String coding : List.of("gzip", "identity, br", "*", "gzip;q=0.5, identity;q=0")) {
      assertEquals(
          "null[]false", get(port, "/small.txt", "Accept-Encoding: " + coding).value("X-Seen"));
    }
    for (String coding : List.of("identity", "gzip;q=0", "*;q=0.0, identity")) {
      assertEquals(
          coding + "[" + coding + "]true",
          get(port, "/small.txt", "Accept-Encoding: " + coding).value("X-Seen"));
    }
  }
}
