// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Wire.Answer;
import jakarta.servlet.AsyncContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The temporary file of a body cannot be read again, as on a disk that fails. */
class LostBodyCases extends Conformance {
  @BeforeEach
  void requireProc() {
    Assumptions.assumeTrue(
        Files.isDirectory(Path.of("/proc/self/fd")), "/proc/self/fd is not there");
  }

  /** Shortens the temporary file of the one body that is held, though it has no name any more. */
  private void truncate(int length) throws IOException {
    List<Path> open = openFiles(tempDir);
    assertEquals(1, open.size());
    try (FileChannel file = FileChannel.open(open.get(0), StandardOpenOption.WRITE)) {
      assertTrue(file.size() > length);
      file.truncate(length);
    }
  }

  private void lose(String how, int length, int left) {
    application(
        "/app/x",
        (request, response) -> {
          if (how.equals("blocking")) {
            writeInParts(response, bytes(length));
            truncate(left);
            return;
          }
          AsyncContext context = request.startAsync();
          if (how.equals("asynchronous")) {
            elsewhere(
                () -> {
                  writeInParts(response, bytes(length));
                  truncate(left);
                  context.complete();
                });
          } else {
            response
                .getOutputStream()
                .setWriteListener(
                    new WriteInParts(
                        context,
                        bytes(length),
                        7_001,
                        () -> {
                          try {
                            truncate(left);
                          } catch (IOException e) {
                            throw new UncheckedIOException(e);
                          }
                          context.complete();
                        }));
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"blocking", "asynchronous", "without blocking"})
  void aBodyOfWhichNothingIsLeft_isAnError(String how) throws Exception {
    lose(how, LIMIT, 0);
    Answer answer = getOnKeptConnection("/app/x");
    assertEquals(500, answer.status());
    assertTrue(answer.complete());
    assertNoFields(answer);
  }

  @ParameterizedTest
  @ValueSource(strings = {"blocking", "asynchronous", "without blocking"})
  void aBodyOfWhichAPartIsLeft_isAnErrorOrCutOff(String how) throws Exception {
    lose(how, LIMIT, LIMIT / 2);
    Answer answer = getOnKeptConnection("/app/x");
    if (answer.status() == 500) {
      assertNoFields(answer);
    } else {
      assertFalse(answer.complete());
    }
  }

  /** With a writer, the application does not even hear of it. */
  @ParameterizedTest
  @ValueSource(strings = {"unsigned", "trailer"})
  void aBodyTooLongOfWhichNothingIsLeft_isAnError(String overflow) throws Exception {
    settings("dive.stream.overflow = " + overflow);
    application(
        "/app/x",
        (request, response) -> {
          response.getWriter().print("x".repeat(LIMIT));
          truncate(0);
          response.getWriter().print("x".repeat(LIMIT));
        });
    Answer answer = getOnKeptConnection("/app/x");
    assertEquals(500, answer.status());
    assertTrue(answer.complete());
    assertNoFields(answer);
    String outcome = overflow.equals("trailer") ? "failed" : "overflow";
    eventually(() -> counted().equals(Map.of("stream/" + outcome, 1)));
  }
}
