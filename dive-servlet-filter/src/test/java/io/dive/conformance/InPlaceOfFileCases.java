// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.dive.conformance.Wire.Answer;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Mode static where an application answers, and not the container's file servlet. */
class InPlaceOfFileCases extends ServedFiles {
  /** What an application does in place of the file servlet. */
  private interface Way {
    void answer(HttpServletResponse response) throws IOException, ServletException;
  }

  private static final byte[] FILE = ascii("small\n");

  /** The file that the rule says {@code /app/x} is. */
  @BeforeEach
  void mapTheApplicationsToFiles() throws Exception {
    file("x", FILE);
    staticApplications();
  }

  private void staticApplications(String... lines) throws Exception {
    String[] all = Arrays.copyOf(lines, lines.length + 2);
    all[lines.length] = "dive.rule.10.mode = static";
    all[lines.length + 1] = "dive.rule.10.root = " + directory;
    settings(all);
  }

  private Answer answer(Way way) throws IOException {
    application(
        "/app/x",
        (request, response) -> {
          setLastModified(response, "x");
          way.answer(response);
        });
    return get("/app/x");
  }

  private static void print(HttpServletResponse response, String text) throws IOException {
    response.getOutputStream().print(text);
  }

  @Test
  void theFilesBytesWithLengthAndDate_areSigned() throws Exception {
    Answer answer =
        answer(
            response -> {
              response.setContentLength(FILE.length);
              print(response, "small\n");
            });
    assertSigned(answer, FILE);
  }

  @Test
  void theFilesBytesFromAWriter_areSigned() throws Exception {
    Answer answer =
        answer(
            response -> {
              response.setContentLength(FILE.length);
              response.getWriter().write("small\n");
            });
    assertSigned(answer, FILE);
  }

  @Test
  void theFilesBytesAfterAReset_areUnsignedWithoutTheDate() throws Exception {
    Answer answer =
        answer(
            response -> {
              print(response, "other");
              response.reset();
              response.setContentLength(FILE.length);
              print(response, "small\n");
            });
    assertUnsigned(answer, 200, FILE);
  }

  @Test
  void withoutALength_nothingIsSigned() throws Exception {
    assertUnsigned(answer(response -> print(response, "small\n")), 200, FILE);
  }

  @Test
  void withAnotherLength_nothingIsSigned() throws Exception {
    Answer answer =
        answer(
            response -> {
              response.setContentLength(7);
              print(response, "smaller");
            });
    assertUnsigned(answer, 200, ascii("smaller"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aLengthChangedAfterTheFirstBytes_takesTheFieldsBack(boolean byHeader) throws Exception {
    Answer answer =
        answer(
            response -> {
              response.setContentLength(FILE.length);
              print(response, "sm");
              if (byHeader) {
                response.setHeader("Content-Length", "2");
              } else {
                response.setContentLength(2);
              }
            });
    assertUnsigned(answer, 200, ascii("sm"));
  }

  @Test
  void withAnotherDate_nothingIsSigned() throws Exception {
    Answer answer =
        answer(
            response -> {
              response.setDateHeader("Last-Modified", 0);
              response.setContentLength(FILE.length);
              print(response, "older\n");
            });
    assertUnsigned(answer, 200, ascii("older\n"));
  }

  @ParameterizedTest
  @CsvSource({"201, false", "203, false", "404, false", "201, true", "404, true", "500, true"})
  void anotherStatus_isUnsigned(int status, boolean late) throws Exception {
    Answer answer =
        answer(
            response -> {
              response.setContentLength(FILE.length);
              if (!late) {
                response.setStatus(status);
              }
              print(response, "small\n");
              if (late) {
                response.setStatus(status);
              }
            });
    assertUnsigned(answer, status, FILE);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anError_isUnsigned(boolean late) throws Exception {
    Answer answer =
        answer(
            response -> {
              response.setHeader("X-Kept", "kept");
              if (late) {
                response.setContentLength(FILE.length);
                print(response, "part");
              }
              response.sendError(403, "no");
            });
    assertEquals(403, answer.status());
    assertEquals(Optional.of("kept"), answer.field("X-Kept"));
    assertNoFields(answer);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRedirect_isUnsigned(boolean late) throws Exception {
    Answer answer =
        answer(
            response -> {
              if (late) {
                response.setContentLength(FILE.length);
                print(response, "part");
                response.setContentLengthLong(-1);
              }
              response.sendRedirect("/elsewhere");
            });
    assertEquals(302, answer.status());
    assertNoFields(answer);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anException_isUnsigned(boolean late) throws Exception {
    Answer answer =
        answer(
            response -> {
              if (late) {
                response.setContentLength(FILE.length);
                print(response, "part");
              }
              throw new ServletException("planned");
            });
    assertEquals(500, answer.status());
    assertNoFields(answer);
  }

  @ParameterizedTest
  @ValueSource(strings = {"stream", "writer", "close"})
  void aBodyThatBreaksOff_isUnsigned(String how) throws Exception {
    Answer answer =
        answer(
            response -> {
              response.setContentLength(FILE.length);
              if (how.equals("writer")) {
                response.getWriter().write("sma");
              } else {
                print(response, "sma");
              }
              if (how.equals("close")) {
                response.getOutputStream().close();
              }
            });
    assertFalse(Arrays.equals(FILE, answer.body()));
    assertNoFields(answer);
  }

  @Test
  void aBodyThatBreaksOffAfterAFlush_isCutOff() throws Exception {
    Answer answer =
        answer(
            response -> {
              response.setContentLength(FILE.length);
              print(response, "sma");
              response.flushBuffer();
            });
    assertFalse(answer.complete());
  }

  @Test
  void cacheControlOfTheApplication_staysBesideOurs() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          setLastModified(response, "x");
          response.setHeader("Cache-Control", "max-age=5");
          response.setContentLength(FILE.length);
          print(response, "small\n");
        });
    List<String> lines =
        get("/app/x").fields().stream()
            .filter(field -> field.getKey().equalsIgnoreCase("Cache-Control"))
            .map(Map.Entry::getValue)
            .toList();
    assertEquals(List.of("max-age=5", "no-transform"), lines);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anAsynchronousAnswer_isSigned(boolean withArguments) throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context =
              withArguments ? request.startAsync(request, response) : request.startAsync();
          HttpServletResponse later = (HttpServletResponse) context.getResponse();
          elsewhere(
              () -> {
                setLastModified(later, "x");
                later.setContentLength(FILE.length);
                print(later, "small\n");
                context.complete();
              });
        });
    assertSigned(get("/app/x"), FILE);
  }

  @Test
  void anAsynchronousAnswerThatIsNotFinishedInTime_isUnsigned() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync(request, response);
          context.setTimeout(100);
          setLastModified(response, "x");
          response.setContentLength(FILE.length);
          print(response, "sma");
        });
    Answer answer = get("/app/x");
    assertEquals(500, answer.status());
    assertNoFields(answer);
  }

  @Test
  void anAsynchronousAnswerWithoutABody_isSigned() throws Exception {
    file("y", new byte[0]);
    application(
        "/app/y",
        (request, response) -> {
          AsyncContext context = request.startAsync(request, response);
          elsewhere(
              () -> {
                setLastModified(response, "y");
                response.setContentLength(0);
                context.complete();
              });
        });
    assertSigned(get("/app/y"), new byte[0]);
  }

  @Test
  void anAsynchronousAnswerOfAnotherStatus_isUnsigned() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync(request, response);
          elsewhere(
              () -> {
                response.setStatus(404);
                context.complete();
              });
        });
    Answer answer = get("/app/x");
    assertEquals(404, answer.status());
    assertNoFields(answer);
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void aForwardToAnotherFile_takesTheFieldsBack(int length) throws Exception {
    String other = file("other.bin", bytes(length));
    application(
        "/app/x",
        (request, response) -> request.getRequestDispatcher(other).forward(request, response));
    assertUnsigned(get("/app/x"), 200, bytes(length));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aForwardToAFileOfTheSameLengthAndDate_takesTheFieldsBack(boolean ofRequest)
      throws Exception {
    String other = file("other.txt", ascii("other\n"));
    Files.setLastModifiedTime(
        directory.resolve("other.txt"), Files.getLastModifiedTime(directory.resolve("x")));
    application(
        "/app/x",
        (request, response) ->
            (ofRequest
                    ? request.getRequestDispatcher(other)
                    : request.getServletContext().getRequestDispatcher(other))
                .forward(request, response));
    assertUnsigned(get("/app/x"), 200, ascii("other\n"));
  }

  @Test
  void anIncludedFileOfTheSameLengthAndDate_isNotTakenForTheFile() throws Exception {
    String other = file("other.txt", ascii("other\n"));
    Files.setLastModifiedTime(
        directory.resolve("other.txt"), Files.getLastModifiedTime(directory.resolve("x")));
    application(
        "/app/x",
        (request, response) -> request.getRequestDispatcher(other).include(request, response));
    Answer answer = get("/app/x");
    assertArrayEquals(ascii("other\n"), answer.body());
    assertTrueOrUnsigned(answer);
  }
}
