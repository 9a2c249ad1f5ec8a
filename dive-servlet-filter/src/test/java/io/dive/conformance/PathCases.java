// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Wire.Answer;
import io.dive.protocol.FieldNames;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From request targets to files: never outside the root, never the signature of another file. */
class PathCases extends ServedFiles {
  private static final byte[] SECRET = ascii("secret");

  /** As in NFC and NFD. */
  private static final String COMPOSED = "caf\u00e9.txt";

  private static final String DECOMPOSED = "cafe\u0301.txt";

  /** Request targets below the directory of the case; {@code @} is its name. */
  private static final List<String> TARGETS =
      List.of(
          // Upwards.
          "/../secret.txt",
          "/sub/../../secret.txt",
          "/%2e%2e/secret.txt",
          "/.%2e/secret.txt",
          "/%2E./secret.txt",
          "/..%2fsecret.txt",
          "/..%2Fsecret.txt",
          "/%2e%2e%2fsecret.txt",
          "/%252e%252e/secret.txt",
          "/%252e%252e%252fsecret.txt",
          "/..%252fsecret.txt",
          "/..%5csecret.txt",
          "/..\\secret.txt",
          "/..%255csecret.txt",
          "/..;/secret.txt",
          "/..;x=1/secret.txt",
          "/%2e%2e;/secret.txt",
          "/..%00/secret.txt",
          "/..%c0%afsecret.txt",
          "/%c0%ae%c0%ae/secret.txt",
          "/..%u2215secret.txt",
          "/../../../../../../etc/hostname",
          "/..//secret.txt",
          "/...//secret.txt",
          // Other spellings.
          "/a.txt;x=1",
          "/a.txt;",
          "/;/a.txt",
          "/;x=1/a.txt",
          "/a.txt%3bx=1",
          "/a.txt%3B",
          "/a.txt?x=1",
          "/a.txt?../b.txt",
          "/a.txt#b",
          "/a.txt%23b",
          "/a.txt%3fb",
          "/a.txt%00",
          "/a.txt%00.zip",
          "/a.txt\u0000.zip",
          "/a.txt%0a",
          "/a.txt%0d%0aX:y",
          "/a.txt%7f",
          "/a.txt.",
          "/a.txt..",
          "/a.txt%2e",
          "/a.txt%20",
          "/a.txt+",
          "/%20a.txt",
          "/a.txt/",
          "/a.txt/.",
          "/a.txt/..",
          "/a.txt/../b.txt",
          "/a.txt/b.txt",
          "/a.txt%2f",
          "/a.txt%2f..%2fb.txt",
          "/a.txt::$DATA",
          "/A~1.TXT",
          "//a.txt",
          "///a.txt",
          "/./a.txt",
          "/././a.txt",
          "/sub/../a.txt",
          "/sub/./b.txt",
          "/sub//b.txt",
          "/sub/../../@/a.txt",
          "/sub%2fb.txt",
          "/sub%5cb.txt",
          "/sub\\b.txt",
          "/sub%252fb.txt",
          "/a%2etxt",
          "/%61.txt",
          "/%61%2Etxt",
          "/a%252etxt",
          "/a.tx%74",
          "/a%.txt",
          "/a%2.txt",
          "/a%zz.txt",
          "/%",
          // Look-alikes.
          "/A.TXT",
          "/A.txt",
          "/a.Txt",
          "/%41.txt",
          "/caf%c3%a9.txt",
          "/cafe%cc%81.txt",
          "/caf%e9.txt",
          "/caf\u00c3\u00a9.txt",
          "/cafe\u00cc\u0081.txt",
          "/caf\u00e9.txt",
          "/%ef%bd%81.txt",
          "/a%e2%80%a4txt",
          "/a.txt%e2%80%8b",
          // Links.
          "/out.txt",
          "/out.txt/",
          "/up/secret.txt",
          "/up/@/a.txt",
          "/inside.txt",
          "/loop/a.txt",
          "/dangling.txt",
          // No files.
          "",
          "/",
          "/.",
          "/..",
          "/sub",
          "/sub/",
          "/none.txt",
          "/a.txt.dive");

  @BeforeEach
  void writeFiles() throws Exception {
    file("a.txt", ascii("the file"));
    file("b.txt", ascii("another file"));
    Files.createDirectory(directory.resolve("sub"));
    file("sub/b.txt", ascii("a file below"));
    Files.write(outside().resolve("secret.txt"), SECRET);
    Files.write(served().resolve("secret.txt"), SECRET);
    Files.createSymbolicLink(directory.resolve("out.txt"), outside().resolve("secret.txt"));
    Files.createSymbolicLink(directory.resolve("up"), served());
    Files.createSymbolicLink(directory.resolve("inside.txt"), directory.resolve("a.txt"));
    Files.createSymbolicLink(directory.resolve("loop"), directory);
    Files.createSymbolicLink(directory.resolve("dangling.txt"), directory.resolve("gone"));
    writeLookAlikes();
  }

  /** Where the file system takes them for other files, and the platform can name them. */
  private void writeLookAlikes() throws IOException {
    for (String name : List.of("A.TXT", COMPOSED, DECOMPOSED)) {
      try {
        if (Files.notExists(directory.resolve(name))) {
          file(name, name.getBytes(StandardCharsets.UTF_8));
        }
      } catch (InvalidPathException e) {
        // Then no container can serve it either.
      }
    }
  }

  /** The answer, empty if the container hangs up without one. */
  private static Optional<Answer> ask(String line) throws IOException {
    try (Wire wire = new Wire(port())) {
      wire.send(line, "Connection: close\r\n");
      return Optional.of(wire.receive(false));
    } catch (EOFException | SocketException e) {
      return Optional.empty();
    }
  }

  private Map<String, Optional<Answer>> askAll(String before) throws IOException {
    Map<String, Optional<Answer>> answers = new LinkedHashMap<>();
    for (String target : TARGETS) {
      String path = url + target.replace("@", directory.getFileName().toString());
      answers.put(target, ask("GET " + before + path + " HTTP/1.1"));
    }
    return answers;
  }

  private static Optional<Answer> of(Map<String, Optional<Answer>> answers, String target) {
    return requireNonNull(answers.get(target));
  }

  private static boolean isSigned(Answer answer) {
    return FieldNames.SIGNED_RESPONSE.stream().anyMatch(name -> answer.field(name).isPresent());
  }

  private static void compare(Answer without, Answer with) throws Exception {
    assertEquals(without.status(), with.status());
    assertArrayEquals(without.body(), with.body());
    assertTrueOrUnsigned(with);
    assertFalse(isSigned(with) && Arrays.equals(SECRET, with.body()), "outside");
    assertEquals(Optional.empty(), with.field(FieldNames.REPR_DIGEST));
  }

  private static void compareAll(
      Map<String, Optional<Answer>> without, Map<String, Optional<Answer>> with) {
    with.forEach(
        (target, answer) -> {
          try {
            assertEquals(of(without, target).isPresent(), answer.isPresent());
            if (answer.isPresent()) {
              compare(of(without, target).orElseThrow(), answer.orElseThrow());
            }
          } catch (Exception | AssertionError e) {
            throw new AssertionError(target + ": " + e.getMessage(), e);
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "http://localhost", "http://localhost:80", "HTTP://LOCALHOST"})
  void anyTarget_isTheSameBodyAndTrulySignedOrUnsigned(String before) throws Exception {
    off();
    Map<String, Optional<Answer>> without = askAll(before);
    settings();
    Map<String, Optional<Answer>> with = askAll(before);
    compareAll(without, with);
    // The table has both; a container may refuse an absolute target with its own spelling.
    Answer plain = of(with, "/%61.txt").orElseThrow();
    assertEquals(plain.status() == 200, isSigned(plain));
    assertTrue(plain.status() == 200 || !before.isEmpty());
    assertFalse(of(with, "/a.txt/").map(PathCases::isSigned).orElse(false));
  }

  @Test
  void anyTarget_ofFilesWithSidecarsIsTrulySignedOrUnsigned() throws Exception {
    sign("a.txt", "b.txt", "sub/b.txt");
    off();
    Map<String, Optional<Answer>> without = askAll("");
    settings("dive.rule.20.mode = sidecar", "dive.sidecar.serve = true");
    Map<String, Optional<Answer>> with = askAll("");
    compareAll(without, with);
    assertTrue(of(with, "/%61.txt").map(PathCases::isSigned).orElseThrow());
  }

  @Test
  void anyTarget_inModeStreamIsTheSameBody() throws Exception {
    off();
    Map<String, Optional<Answer>> without = askAll("");
    settings("dive.rule.20.mode = stream", "dive.rule.20.root =");
    compareAllButTheRoot(without, askAll(""));
  }

  /** Mode stream signs whatever is sent, wherever it comes from. */
  private static void compareAllButTheRoot(
      Map<String, Optional<Answer>> without, Map<String, Optional<Answer>> with) throws Exception {
    for (Map.Entry<String, Optional<Answer>> entry : with.entrySet()) {
      Optional<Answer> expected = of(without, entry.getKey());
      assertEquals(expected.isPresent(), entry.getValue().isPresent(), entry.getKey());
      if (expected.isPresent()) {
        Answer answer = entry.getValue().orElseThrow();
        assertEquals(expected.orElseThrow().status(), answer.status(), entry.getKey());
        assertArrayEquals(expected.orElseThrow().body(), answer.body(), entry.getKey());
        assertTrueOrUnsigned(answer);
      }
    }
  }

  @Test
  void aSidecarOfAnotherFile_isNotTaken() throws Exception {
    sign("a.txt");
    Files.copy(directory.resolve("a.txt.dive"), directory.resolve("b.txt.dive"));
    settings("dive.rule.20.mode = sidecar", "dive.sidecar.verify = first");
    assertUnsigned(get(url + "/b.txt"), 200, ascii("another file"));
    assertSigned(get(url + "/a.txt"), ascii("the file"));
  }

  @Test
  void aFileReplacedByALinkOut_isUnsigned() throws Exception {
    assertSigned(get(url + "/a.txt"), ascii("the file"));
    Files.delete(directory.resolve("a.txt"));
    Files.createSymbolicLink(directory.resolve("a.txt"), outside().resolve("secret.txt"));
    Optional<Answer> answer = ask("GET " + url + "/a.txt HTTP/1.1");
    assertNoFields(answer.orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://other.example", "http://user@localhost", "http://localhost@other"})
  void anAbsoluteTargetOfAnotherHost_isTrulySignedOrUnsigned(String before) throws Exception {
    Optional<Answer> answer = ask("GET " + before + url + "/a.txt HTTP/1.1");
    if (answer.isPresent()) {
      assertTrueOrUnsigned(answer.orElseThrow());
      assertFalse(before.equals("http://other.example") && isSigned(answer.orElseThrow()));
    }
  }
}
