// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Wire.Answer;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A Content-Length that the application declares, true or not. */
class LengthCases extends Conformance {
  private static final long HUGE = 3L << 30;

  /** Every way there is to declare it. */
  enum Setter {
    CONTENT_LENGTH {
      @Override
      void declare(HttpServletResponse response, long length) {
        response.setContentLength((int) length);
      }
    },
    CONTENT_LENGTH_LONG {
      @Override
      void declare(HttpServletResponse response, long length) {
        response.setContentLengthLong(length);
      }
    },
    SET_INT_HEADER {
      @Override
      void declare(HttpServletResponse response, long length) {
        response.setIntHeader("content-length", (int) length);
      }
    },
    ADD_INT_HEADER {
      @Override
      void declare(HttpServletResponse response, long length) {
        response.addIntHeader("Content-Length", (int) length);
      }
    },
    SET_HEADER {
      @Override
      void declare(HttpServletResponse response, long length) {
        response.setHeader("Content-Length", Long.toString(length));
      }
    },
    ADD_HEADER {
      @Override
      void declare(HttpServletResponse response, long length) {
        response.addHeader("CONTENT-LENGTH", Long.toString(length));
      }
    };

    abstract void declare(HttpServletResponse response, long length);
  }

  @ParameterizedTest
  @EnumSource
  void aBodyOfTheDeclaredLength_isSigned(Setter setter) throws Exception {
    byte[] body = bytes(MEMORY * 2);
    application(
        "/app/x",
        (request, response) -> {
          setter.declare(response, body.length);
          writeInParts(response, body);
        });
    assertSigned(get("/app/x"), body);
  }

  @ParameterizedTest
  @EnumSource
  void theDeclaredLength_canBeRead(Setter setter) throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          setter.declare(response, 4);
          assertTrue(response.containsHeader("Content-Length"));
          assertEquals("4", response.getHeader("content-length"));
          assertEquals(List.of("4"), List.copyOf(response.getHeaders("Content-Length")));
          assertTrue(response.getHeaderNames().contains("Content-Length"));
          response.getOutputStream().print("four");
        });
    assertSigned(get("/app/x"), ascii("four"));
  }

  @ParameterizedTest
  @EnumSource
  void aBodyShorterThanDeclared_isUnsignedAndIncomplete(Setter setter) throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          setter.declare(response, 100);
          response.getOutputStream().write(bytes(60));
        });
    Answer answer = get("/app/x");
    assertNoFields(answer);
    assertFalse(answer.status() == 200 && answer.complete());
    eventually(() -> counted().equals(Map.of("stream/unsigned", 1)));
  }

  @ParameterizedTest
  @EnumSource
  void aLongBodyShorterThanDeclared_isUnsignedAndIncomplete(Setter setter) throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          setter.declare(response, LIMIT);
          writeInParts(response, bytes(LIMIT - 1));
        });
    Answer answer = get("/app/x");
    assertNoFields(answer);
    assertFalse(answer.status() == 200 && answer.complete());
    eventually(() -> counted().equals(Map.of("stream/unsigned", 1)));
  }

  @ParameterizedTest
  @EnumSource
  void aBodyLongerThanDeclared_isUnsigned(Setter setter) throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          setter.declare(response, 50);
          response.getOutputStream().write(bytes(40));
          response.getOutputStream().write(bytes(60));
        });
    assertNoFields(get("/app/x"));
    eventually(() -> counted().equals(Map.of("stream/unsigned", 1)));
  }

  @Test
  void aLengthDeclaredAfterTheBody_isBelievedOnlyIfTrue() throws Exception {
    byte[] body = bytes(MEMORY * 2);
    application(
        "/app/x",
        (request, response) -> {
          writeInParts(response, body);
          response.setContentLength(body.length);
        });
    assertSigned(get("/app/x"), body);
    application(
        "/app/x",
        (request, response) -> {
          writeInParts(response, body);
          response.setContentLength(body.length + 1);
        });
    assertNoFields(get("/app/x"));
  }

  @Test
  void aLengthTakenBack_isForgotten() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.setContentLengthLong(77);
          response.setContentLengthLong(-1);
          assertFalse(response.containsHeader("Content-Length"));
          response.getOutputStream().print("x");
        });
    assertSigned(get("/app/x"), ascii("x"));
  }

  @Test
  void aLengthDeclaredAnew_replacesTheFirst() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.setContentLength(77);
          response.setHeader("Content-Length", "1");
          response.getOutputStream().print("x");
        });
    assertSigned(get("/app/x"), ascii("x"));
  }

  @Test
  void aLengthForgottenByReset_isNotDeclared() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.setContentLength(77);
          response.reset();
          response.getOutputStream().print("x");
        });
    assertSigned(get("/app/x"), ascii("x"));
  }

  @ParameterizedTest
  @EnumSource(names = {"CONTENT_LENGTH_LONG", "SET_HEADER", "ADD_HEADER"})
  @DisplayName("a length over 2 GiB is passed through at once")
  void aLengthOfGigabytes_isPassedThroughAtOnce(Setter setter) throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          setter.declare(response, HUGE);
          response.getOutputStream().write(bytes(100));
          response.flushBuffer();
        });
    Answer answer = get("/app/x");
    assertEquals(200, answer.status());
    assertEquals(Optional.of(Long.toString(HUGE)), answer.field("Content-Length"));
    assertArrayEquals(bytes(100), answer.body());
    assertFalse(answer.complete());
    assertNoFields(answer);
    eventually(() -> counted().equals(Map.of("stream/overflow", 1)));
  }

  @ParameterizedTest
  @EnumSource(names = {"CONTENT_LENGTH", "SET_INT_HEADER", "ADD_INT_HEADER"})
  void aLengthThatTheApplicationCutsToAnInt_isNotDeclared(Setter setter) throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          setter.declare(response, HUGE);
          response.getOutputStream().write(bytes(100));
        });
    assertSigned(get("/app/x"), bytes(100));
  }

  @ParameterizedTest
  @EnumSource(names = {"CONTENT_LENGTH_LONG", "SET_HEADER", "ADD_HEADER"})
  @DisplayName("a length over 2 GiB is refused where overflow fails")
  void aLengthOfGigabytes_isRefusedWhereOverflowFails(Setter setter) throws Exception {
    settings("dive.stream.overflow = fail");
    application(
        "/app/x",
        (request, response) -> {
          setter.declare(response, HUGE);
          response.getOutputStream().write(bytes(100));
        });
    assertUnsigned(get("/app/x"), 500, ascii("The response could not be signed.\n"));
  }

  @Test
  void aLengthThatIsNoNumber_isUnsigned() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          try {
            response.setHeader("Content-Length", "many");
          } catch (NumberFormatException asSomeContainersDo) {
            response.setHeader("X-Refused", "1");
          }
          response.getOutputStream().print("x");
        });
    try (Wire wire = new Wire(port())) {
      wire.send("GET /app/x HTTP/1.1", "Connection: close\r\n");
      assertFalse(wire.rest().contains("Digest"));
    }
  }
}
