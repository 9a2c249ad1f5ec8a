// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.HashAlgorithm;
import io.dive.sign.BodyDigester;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kills a signing process: whenever it dies, every sidecar is the old one or the new one. */
class TreeSignerCrashTest {
  private static final int FILES = 120;

  private Path tree;

  @BeforeEach
  void createTree(@TempDir Path directory) {
    tree = directory;
  }

  @ParameterizedTest(name = "killed after {0} lines, signed before: {1}")
  @CsvSource({"1,false", "40,false", "1,true", "40,true", "119,true", "150,true"})
  void kill_leavesOnlyWholeSidecars_andTheNextRunCleansUp(int lines, boolean signedBefore)
      throws Exception {
    for (int i = 0; i < FILES; i++) {
      Path directory = Files.createDirectories(tree.resolve("d" + i % 7));
      Files.write(directory.resolve("f" + i), new byte[i * 1000]);
    }
    if (signedBefore) {
      assertEquals(FILES, run().signed());
    }
    killAfter(lines);

    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path file : paths.filter(TreeSignerCrashTest::isContent).toList()) {
        requireOldOrNew(file, signedBefore);
      }
    }
    SigningSummary repaired = run();
    assertEquals(List.of(), repaired.failures());
    assertEquals(FILES, repaired.signed() + repaired.unchanged());
    try (Stream<Path> paths = Files.walk(tree)) {
      List<Path> files = paths.filter(Files::isRegularFile).toList();
      assertEquals(2 * FILES, files.size(), "each file and its sidecar, no temporary files");
      for (Path file : files.stream().filter(TreeSignerCrashTest::isContent).toList()) {
        assertEquals(Set.of(SampleKeys.ED25519.key()), sidecar(file).publicKeys().keySet());
      }
    }
  }

  @Test
  void twoProcessesThatSignTheSameTree_failNeither() throws Exception {
    for (int i = 0; i < FILES; i++) {
      Files.writeString(tree.resolve("f" + i), "content " + i);
    }
    Process child = start();
    try (BufferedReader out = child.inputReader(StandardCharsets.US_ASCII)) {
      for (int i = 0; i < 30; i++) {
        assertTrue(out.readLine() != null, "the child died by itself");
        assertEquals(List.of(), run().failures());
        while (out.ready()) {
          out.readLine(); // or it would have to wait
        }
      }
    } finally {
      end(child);
    }
    run();
    try (Stream<Path> paths = Files.list(tree)) {
      assertEquals(2 * FILES, paths.count());
    }
  }

  private SigningSummary run() throws InterruptedException {
    return new TreeSigner(
            List.of(SampleKeys.ED25519), HashAlgorithm.SHA_256, TreeSigner.Options.DEFAULT)
        .sign(List.of(tree), SigningProgress.NONE);
  }

  private void killAfter(int lines) throws Exception {
    Process child = start();
    try (BufferedReader out = child.inputReader(StandardCharsets.US_ASCII)) {
      for (int i = 0; i < lines; i++) {
        assertTrue(out.readLine() != null, "the child died by itself");
      }
    } finally {
      end(child);
    }
  }

  private Process start() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            SigningChild.class.getName(),
            tree.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static void end(Process child) throws InterruptedException {
    child.destroyForcibly();
    assertTrue(child.waitFor(1, TimeUnit.MINUTES));
  }

  private static boolean isContent(Path path) {
    return Files.isRegularFile(path)
        && path.getFileName().toString().startsWith("f")
        && !path.toString().endsWith(Sidecar.SUFFIX);
  }

  private static void requireOldOrNew(Path file, boolean signedBefore) throws Exception {
    if (!signedBefore && Files.notExists(Sidecar.pathFor(file))) {
      return;
    }
    Sidecar sidecar = sidecar(file);
    assertEquals(Files.size(file), sidecar.fileSize());
    assertEquals(
        BodyDigester.digest(sidecar.body().digest().algorithm(), Files.readAllBytes(file)),
        sidecar.body().digest());
    boolean isNew = sidecar.publicKeys().containsKey(SampleKeys.ED448.key());
    assertTrue(isNew || signedBefore);
    assertEquals(
        isNew ? HashAlgorithm.SHA3_512 : HashAlgorithm.SHA_256,
        sidecar.body().digest().algorithm());
  }

  private static Sidecar sidecar(Path file) throws Exception {
    return assertInstanceOf(
        Sidecar.class, Sidecar.parse(Files.readAllBytes(Sidecar.pathFor(file))), file.toString());
  }
}
