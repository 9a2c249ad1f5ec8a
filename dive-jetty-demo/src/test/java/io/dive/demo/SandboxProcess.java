// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A Java program in a process of its own, as a user runs it. */
record SandboxProcess(Process process, Path standardError) implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  /** Runs a main class of this class path. */
  static SandboxProcess start(Path directory, Class<?> program, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    command.addAll(arguments);
    Path standardError = Files.createTempFile(directory, "stderr", ".txt");
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectError(standardError.toFile())
            .start();
    return new SandboxProcess(process, standardError);
  }

  /** The next line on standard output; it waits for one. */
  String line() throws IOException {

    String line = process.inputReader(StandardCharsets.UTF_8).readLine();
    assertTrue(line != null, () -> "the program has ended: " + errors());
    return line;
  }

  /** What is left on standard output when the program has ended. */
  List<String> rest() throws InterruptedException {
    List<String> lines = process.inputReader(StandardCharsets.UTF_8).lines().toList();
    assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "the program does not end");
    return lines;
  }

  List<String> errors() {
    try {
      return Files.readAllLines(standardError, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return List.of(e.toString());
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
