// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** An ssh-agent of the machine, with a socket of its own. */
public final class RunningSshAgent implements AutoCloseable {
  private final Path socket;
  private final Process process;

  private RunningSshAgent(Path socket, Process process) {
    this.socket = socket;
    this.process = process;
  }

  /** Skips the test where a program is missing. */
  public static void assumeInstalled() {
    for (String program : List.of("ssh-agent", "ssh-add", "ssh-keygen")) {
      boolean found =
          Stream.of(System.getenv("PATH").split(":", -1))
              .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
      assumeTrue(found, program + " is not installed");
    }
  }

  /** Starts one; it listens when this returns. */
  public static RunningSshAgent start(Path socket) throws IOException {
    Files.deleteIfExists(socket); // one that was killed leaves it behind
    Process process =
        new ProcessBuilder("ssh-agent", "-D", "-a", socket.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
    String line = output.readLine(); // printed when it listens
    assertTrue(line != null && line.contains("SSH_AUTH_SOCK"), "ssh-agent printed " + line);
    return new RunningSshAgent(socket, process);
  }

  public Path socket() {
    return socket;
  }

  /** Makes a key pair in two files, the public one ending in {@code .pub}. */
  public static Path keygen(Path file) throws Exception {
    run(Map.of(), "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "a comment", "-f", file);
    return file;
  }

  /** Runs {@code ssh-add} with this agent. */
  public String add(Object... arguments) throws Exception {
    List<Object> command = new ArrayList<>(List.of("ssh-add"));
    command.addAll(List.of(arguments));
    return run(Map.of("SSH_AUTH_SOCK", socket.toString()), command.toArray());
  }

  /**
   * Locks or unlocks.
   *
   * @param option {@code -x} or {@code -X}
   */
  void lock(String option) throws Exception {
    Path askpass = socket.resolveSibling("askpass");
    Files.writeString(askpass, "#!/bin/sh\necho open-sesame\n");
    assertTrue(askpass.toFile().setExecutable(true));
    run(
        Map.of(
            "SSH_AUTH_SOCK",
            socket.toString(),
            "SSH_ASKPASS",
            askpass.toString(),
            "SSH_ASKPASS_REQUIRE",
            "force"),
        "ssh-add",
        option);
  }

  static String run(Map<String, String> environment, Object... command) throws Exception {
    List<String> words = Stream.of(command).map(Object::toString).toList();
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), () -> words + " hangs");
    assertEquals(0, process.exitValue(), () -> words + ": " + printed);
    return printed;
  }

  /** Ends it without giving it time to remove its socket. */
  public void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** Ends it; it removes its socket. */
  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
