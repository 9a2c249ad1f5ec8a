// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Wire.Answer;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An exception, an error or a redirect when part of the body is written. */
class FailureCases extends Conformance {
  private static final int[] LENGTHS = {70, MEMORY * 3};

  private static Optional<NewerMethod> redirect(Class<?>... more) {
    return NewerMethod.of(
        "sendRedirect",
        Stream.concat(Stream.of(String.class), Stream.of(more)).toArray(Class<?>[]::new));
  }

  private static byte[] secret(int length) {
    return ascii("secret-".repeat(length / 7));
  }

  /** The end of a part of the body. */
  private static Application afterWriting(int length, Application end) {
    return (request, response) -> {
      writeInParts(response, secret(length));
      end.service(request, response);
    };
  }

  /** Nothing of the application's body, and nothing that says it were signed. */
  private static Answer assertInstead(int status) throws IOException {
    Answer answer = get("/app/x");
    assertEquals(status, answer.status());
    assertTrue(answer.complete(), "the body is not complete");
    assertFalse(answer.text().contains("secret-"), "a part of the body");
    assertNoFields(answer);
    return answer;
  }

  private static void fail(String how) throws IOException, ServletException {
    switch (how) {
      case "IOException" -> throw new IOException("planned");
      case "ServletException" -> throw new ServletException("planned");
      case "IllegalArgumentException" -> throw new IllegalArgumentException("planned");
      default -> throw new LinkageError("planned");
    }
  }

  static Stream<Arguments> failures() {
    return Stream.of("IOException", "ServletException", "IllegalArgumentException", "LinkageError")
        .flatMap(
            how ->
                Stream.of(LENGTHS[0], LENGTHS[1])
                    .flatMap(
                        length -> Stream.of(false, true).map(f -> Arguments.of(how, length, f))));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void anExceptionAfterAPartOfTheBody_isTheContainersErrorAlone(
      String how, int length, boolean flush) throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.getOutputStream().write(secret(length));
          if (flush) {
            response.getOutputStream().flush();
          }
          fail(how);
        });
    assertInstead(500);
    eventually(() -> counted().equals(Map.of("stream/unsigned", 1)));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void anExceptionThatClosesTheStreamOnItsWay_isTheContainersErrorAlone(
      String how, int length, boolean flush) throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          try (ServletOutputStream out = response.getOutputStream()) {
            out.write(secret(length));
            if (flush) {
              out.flush();
            }
            fail(how);
          }
        });
    assertInstead(500);
    eventually(() -> counted().equals(Map.of("stream/unsigned", 1)));
  }

  @ParameterizedTest
  @ValueSource(ints = {70, MEMORY * 3})
  void anExceptionAfterCharactersWereWritten_isTheContainersErrorAlone(int length)
      throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.getWriter().print("secret-".repeat(length / 7));
          throw new IOException("planned");
        });
    assertInstead(500);
  }

  @ParameterizedTest
  @ValueSource(ints = {70, MEMORY * 3})
  void sendErrorAfterAPartOfTheBody_dropsIt(int length) throws Exception {
    application(
        "/app/x",
        afterWriting(
            length,
            (request, response) -> {
              response.sendError(409, "planned");
              assertTrue(response.isCommitted());
              assertThrows(IllegalStateException.class, () -> response.sendError(500));
            }));
    assertInstead(409);
    eventually(() -> counted().equals(Map.of("stream/not-200", 1)));
  }

  @Test
  void whatFollowsSendError_isDropped() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          ServletOutputStream out = response.getOutputStream();
          out.write(secret(70));
          response.sendError(409);
          try {
            out.write(secret(70));
          } catch (IOException asSomeContainersDo) {
            return;
          }
        });
    assertInstead(409);
  }

  @ParameterizedTest
  @ValueSource(ints = {70, MEMORY * 3})
  void aRedirectAfterAPartOfTheBody_dropsIt(int length) throws Exception {
    application(
        "/app/x", afterWriting(length, (request, response) -> response.sendRedirect("/app/other")));
    Answer answer = assertInstead(302);
    assertTrue(answer.field("Location").orElseThrow().endsWith("/app/other"));
    eventually(() -> counted().equals(Map.of("stream/not-200", 1)));
  }

  @ParameterizedTest
  @ValueSource(ints = {70, MEMORY * 3})
  @Differs(
      in = {Kind.JETTY_EE10, Kind.TOMCAT_10, Kind.UNDERTOW},
      because = "Servlet 6.0 has no redirect with a status of its own; the method is not there.")
  void aRedirectWithAStatusOfItsOwn_dropsTheBody(int length) throws Exception {
    if (differs(Kind.JETTY_EE10, Kind.TOMCAT_10, Kind.UNDERTOW)) {
      assertTrue(redirect(int.class).isEmpty());
      return;
    }
    NewerMethod withStatus = redirect(int.class).orElseThrow();
    NewerMethod withBoth = redirect(int.class, boolean.class).orElseThrow();
    NewerMethod clearing = redirect(boolean.class).orElseThrow();
    application(
        "/app/x",
        afterWriting(length, (request, response) -> withStatus.on(response, "/app/other", 303)));
    assertEquals(Optional.of("/app/other"), location(assertInstead(303)));
    application(
        "/app/x",
        afterWriting(
            length, (request, response) -> withBoth.on(response, "/app/other", 307, true)));
    assertEquals(Optional.of("/app/other"), location(assertInstead(307)));
    application(
        "/app/x",
        afterWriting(length, (request, response) -> clearing.on(response, "/app/other", true)));
    assertEquals(Optional.of("/app/other"), location(assertInstead(302)));
    eventually(() -> counted().equals(Map.of("stream/not-200", 3)));
  }

  @ParameterizedTest
  @ValueSource(ints = {70, 7_000})
  @Differs(
      in = {Kind.JETTY_EE10, Kind.TOMCAT_10, Kind.UNDERTOW},
      because = "Servlet 6.0 has no redirect that keeps the body; the method is not there.")
  void aRedirectThatKeepsTheBody_isUnsigned(int length) throws Exception {
    if (differs(Kind.JETTY_EE10, Kind.TOMCAT_10, Kind.UNDERTOW)) {
      assertTrue(redirect(boolean.class).isEmpty());
      return;
    }
    NewerMethod keeping = redirect(int.class, boolean.class).orElseThrow();
    application(
        "/app/x",
        afterWriting(
            length, (request, response) -> keeping.on(response, "/app/other", 303, false)));
    settings("dive.rule.10.mode = off");
    Answer bare = get("/app/x");
    settings();
    Answer answer = get("/app/x");
    assertEquals(location(bare), location(answer));
    assertUnsigned(answer, 303, bare.body());
  }

  /** A file that an application sends itself, with the fields the filter knows for it. */
  private void serveKnownFile(String name, Application end) throws Exception {
    Path file = Files.write(files().resolve(name), bytes(70));
    String path = "/app/file/" + name;
    settings(
        "dive.rule.5.path = /app/file/**",
        "dive.rule.5.mode = static",
        "dive.rule.5.root = " + files());
    FileTime modified = FileTime.from(Instant.parse("2026-01-02T03:04:05Z"));
    Files.setLastModifiedTime(file, modified);
    application(
        path,
        (request, response) -> {
          response.setDateHeader("Last-Modified", modified.toMillis());
          response.setContentLength(70);
          response.getOutputStream().write(bytes(70), 0, 30);
          end.service(request, response);
        });
  }

  @Test
  void aRedirectAfterAPartOfAKnownFile_isUnsigned() throws Exception {
    serveKnownFile(
        "whole.bin", (request, response) -> response.getOutputStream().write(bytes(70), 30, 40));
    assertFieldsOf(get("/app/file/whole.bin")::field, bytes(70));
    serveKnownFile("moved.bin", (request, response) -> response.sendRedirect("/app/other"));
    Answer answer = get("/app/file/moved.bin");
    assertNoFields(answer);
    settings("dive.rule.10.mode = off");
    // Jetty says 500, since the length declared is not the redirect's.
    assertEquals(get("/app/file/moved.bin").status(), answer.status());
  }

  @Test
  @Differs(
      in = {Kind.JETTY_EE10, Kind.TOMCAT_10, Kind.UNDERTOW},
      because = "Servlet 6.0 has no redirect with a status of its own; the method is not there.")
  void aRedirectWithAStatusOfItsOwnAfterAPartOfAKnownFile_isUnsigned() throws Exception {
    Optional<NewerMethod> redirect = redirect(int.class);
    assertEquals(differs(Kind.JETTY_EE10, Kind.TOMCAT_10, Kind.UNDERTOW), redirect.isEmpty());
    if (redirect.isPresent()) {
      serveKnownFile(
          "moved.bin",
          (request, response) -> redirect.orElseThrow().on(response, "/app/other", 303));
      Answer answer = get("/app/file/moved.bin");
      assertEquals(303, answer.status());
      assertNoFields(answer);
    }
  }

  private static Optional<String> location(Answer answer) {
    return answer.field("Location").map(uri -> uri.replaceFirst("^http://[^/]*", ""));
  }

  @Test
  void anErrorPage_isUnsigned() throws Exception {
    String page = "the page ".repeat(MEMORY);
    application("/app/error", (request, response) -> response.getWriter().print(page));
    application(
        "/app/x",
        afterWriting(MEMORY * 3, (request, response) -> response.sendError(Deployment.ERROR)));
    assertUnsigned(get("/app/x"), Deployment.ERROR, ascii(page));
    application(
        "/app/x",
        afterWriting(
            MEMORY * 3,
            (request, response) -> {
              throw new Deployment.PlannedException();
            }));
    assertUnsigned(get("/app/x"), 500, ascii(page));
  }

  @Test
  void anErrorPageThatSaysOk_isUnsigned() throws Exception {
    application(
        "/app/error",
        (request, response) -> {
          response.setStatus(200);
          response.getWriter().print("all is well");
        });
    application(
        "/app/x", afterWriting(70, (request, response) -> response.sendError(Deployment.ERROR)));
    assertUnsigned(get("/app/x"), 200, ascii("all is well"));
  }

  @Test
  void anExceptionThatTheApplicationHandles_changesNothing() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          try {
            response.getOutputStream().write(secret(70));
            fail("IOException");
          } catch (IOException handled) {
            response.reset();
            response.getWriter().print("handled");
          }
        });
    assertSigned(get("/app/x"), ascii("handled"));
  }
}
