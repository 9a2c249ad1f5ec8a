// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Wire.Answer;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an application may still change, and when a container would say that it is too late. */
class CommitCases extends Conformance {
  /** The ways to flush. */
  enum Flush {
    BUFFER {
      @Override
      void of(HttpServletResponse response) throws IOException {
        response.flushBuffer();
      }
    },
    WRITER {
      @Override
      void of(HttpServletResponse response) throws IOException {
        response.getWriter().flush();
      }
    },
    CHECK_ERROR {
      @Override
      void of(HttpServletResponse response) throws IOException {
        assertFalse(response.getWriter().checkError());
      }
    };

    abstract void of(HttpServletResponse response) throws IOException;
  }

  private static final class NoWriting implements WriteListener {
    @Override
    public void onWritePossible() {}

    @Override
    public void onError(Throwable cause) {}
  }

  @Test
  void resetBuffer_takesTheBodyBack() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          writeInParts(response, bytes(MEMORY * 3));
          assertFalse(response.isCommitted());
          response.resetBuffer();
          response.setHeader("X-Late", "1");
          response.getOutputStream().print("second");
        });
    Answer answer = get("/app/x");
    assertSigned(answer, ascii("second"));
    assertEquals(Optional.of("1"), answer.field("X-Late"));
  }

  @Test
  void reset_takesEverythingBack() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          writeInParts(response, bytes(MEMORY * 3));
          response.setStatus(404);
          response.setHeader("X-Late", "1");
          response.reset();
          response.setHeader("X-Later", "1");
          response.getWriter().print("third");
        });
    Answer answer = get("/app/x");
    assertSigned(answer, ascii("third"));
    assertEquals(Optional.empty(), answer.field("X-Late"));
    assertEquals(Optional.of("1"), answer.field("X-Later"));
  }

  @Test
  void headersSetAfterTheContainersBufferWouldBeFull_areSent() throws Exception {
    byte[] body = bytes(LIMIT);
    application(
        "/app/x",
        (request, response) -> {
          writeInParts(response, body);
          response.setHeader("X-Late", "1");
          response.setContentType("image/png");
        });
    Answer answer = get("/app/x");
    assertSigned(answer, body);
    assertEquals(Optional.of("1"), answer.field("X-Late"));
    assertEquals(Optional.of("image/png"), answer.field("Content-Type"));
  }

  @Test
  void headersSetAfterTheContainerHasCommittedByItself_areNotSent() throws Exception {
    byte[] body = bytes(LIMIT * 3);
    application(
        "/app/x",
        (request, response) -> {
          writeInParts(response, body);
          assertTrue(response.isCommitted());
          response.setStatus(404);
          changeLate(response);
          assertRefusals(response);
        });
    Answer answer = get("/app/x");
    assertUnsigned(answer, 200, body);
    assertEquals(Optional.empty(), answer.field("Set-Cookie"));
    assertEquals(Optional.empty(), answer.field("X-Late"));
  }

  @ParameterizedTest
  @EnumSource
  void afterAFlush_theResponseLooksCommittedAndIsSigned(Flush flush) throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.getWriter().print("first ");
          flush.of(response);
          assertTrue(response.isCommitted());
          response.setStatus(404);
          changeLate(response);
          assertEquals(200, response.getStatus());
          assertRefusals(response);
          response.getWriter().print("second");
        });
    Answer answer = get("/app/x");
    assertSigned(answer, ascii("first second"));
    assertEquals(Optional.empty(), answer.field("X-Late"));
    assertEquals(Optional.empty(), answer.field("Set-Cookie"));
    assertEquals(Optional.empty(), answer.field("Content-Language"));
    eventually(() -> counted().equals(Map.of("stream/signed", 1)));
  }

  private static void changeLate(HttpServletResponse response) {
    response.setHeader("X-Late", "1");
    response.addHeader("X-Late", "1");
    response.setIntHeader("X-Late", 1);
    response.addIntHeader("X-Late", 1);
    response.setDateHeader("X-Late", 1);
    response.addDateHeader("X-Late", 1);
    response.addCookie(new Cookie("late", "1"));
    response.setContentType("image/png");
    response.setCharacterEncoding("utf-16");
    response.setLocale(java.util.Locale.FRENCH);
    response.setContentLength(3);
  }

  private static void assertRefusals(HttpServletResponse response) {
    assertThrows(IllegalStateException.class, response::reset);
    assertThrows(IllegalStateException.class, response::resetBuffer);
    assertThrows(IllegalStateException.class, () -> response.sendError(500));
    assertThrows(IllegalStateException.class, () -> response.sendError(500, "late"));
    assertThrows(IllegalStateException.class, () -> response.sendRedirect("/app/other"));
    assertThrows(IllegalStateException.class, () -> response.setBufferSize(1));
    assertThrows(IllegalStateException.class, () -> response.setTrailerFields(() -> null));
  }

  @Test
  @Differs(
      in = {Kind.JETTY_EE10, Kind.TOMCAT_10, Kind.UNDERTOW},
      because = "Servlet 6.0 has no redirect with a status of its own; the method is not there.")
  void afterAFlush_aRedirectWithAStatusOfItsOwnIsRefused() throws Exception {
    Optional<NewerMethod> redirect = NewerMethod.of("sendRedirect", String.class, int.class);
    assertEquals(differs(Kind.JETTY_EE10, Kind.TOMCAT_10, Kind.UNDERTOW), redirect.isEmpty());
    application(
        "/app/x",
        (request, response) -> {
          response.getWriter().print("first ");
          response.flushBuffer();
          if (redirect.isPresent()) {
            assertThrows(
                IllegalStateException.class,
                () -> redirect.orElseThrow().on(response, "/app/other", 303));
          }
          response.getWriter().print("second");
        });
    assertSigned(get("/app/x"), ascii("first second"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, MEMORY * 3})
  void aFlushBeforeAndBetweenParts_changesNothing(int length) throws Exception {
    byte[] body = bytes(length);
    application(
        "/app/x",
        (request, response) -> {
          response.flushBuffer();
          writeInParts(response, body);
          response.flushBuffer();
          response.getOutputStream().flush();
          response.flushBuffer();
        });
    assertSigned(get("/app/x"), body);
  }

  @Test
  void afterClose_nothingMoreIsWritten() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          ServletOutputStream out = response.getOutputStream();
          out.print("whole");
          out.close();
          assertTrue(response.isCommitted());
          assertThrows(IOException.class, () -> out.print("more"));
        });
    assertSigned(get("/app/x"), ascii("whole"));
  }

  @Test
  void afterCloseOfTheWriter_nothingMoreIsWritten() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.getWriter().print("whole");
          response.getWriter().close();
          assertTrue(response.isCommitted());
          response.getWriter().print("more");
          assertTrue(response.getWriter().checkError());
        });
    assertSigned(get("/app/x"), ascii("whole"));
  }

  @Test
  void streamAndWriter_excludeEachOther() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          ServletOutputStream out = response.getOutputStream();
          assertTrue(out.isReady());
          assertThrows(IllegalStateException.class, response::getWriter);
          response.reset();
          PrintWriter writer = response.getWriter();
          assertEquals(writer, response.getWriter());
          assertThrows(IllegalStateException.class, response::getOutputStream);
          writer.print("x");
        });
    assertSigned(get("/app/x"), ascii("x"));
  }

  @Test
  void theBufferSize_canBeSetBeforeTheBody() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.setBufferSize(50_000);
          assertTrue(response.getBufferSize() >= 50_000);
          response.getOutputStream().print("x");
          assertThrows(IllegalStateException.class, () -> response.setBufferSize(60_000));
        });
    assertSigned(get("/app/x"), ascii("x"));
  }

  @Test
  void aWriteListenerOfABlockingRequest_isRefused() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          ServletOutputStream out = response.getOutputStream();
          assertThrows(IllegalStateException.class, () -> out.setWriteListener(new NoWriting()));
          out.print("x");
        });
    assertSigned(get("/app/x"), ascii("x"));
  }
}
