// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A main class of this class path in a JVM of its own, which answers each line on its standard
 * input by one on its standard output and ends with its standard input, so it never outlives us.
 */
final class JavaProcess implements AutoCloseable {
  private static final String CORRETTO = "AmazonCorrettoCryptoProvider";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Process process;
  private final Path log;
  private final BufferedWriter commands;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  private JavaProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
    this.commands = process.outputWriter(StandardCharsets.UTF_8);
    Thread reader = new Thread(this::read, "output-of-" + process.pid());
    reader.setDaemon(true);
    reader.start();
  }

  static JavaProcess start(
      Path log,
      SignatureMaker provider,
      List<String> options,
      String mainClass,
      List<String> arguments)
      throws IOException {
    List<String> command = command(provider, options, mainClass);
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    return new JavaProcess(process, log);
  }

  /** The command line that runs a main class of this class path. */
  static List<String> command(SignatureMaker provider, List<String> options, String mainClass) {
    List<String> command = new ArrayList<>();
    command.add(java());
    command.addAll(options);
    command.addAll(List.of("-cp", classPath(provider), mainClass));
    return command;
  }

  /** The program that runs Java. */
  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static String classPath(SignatureMaker provider) {
    String separator = System.getProperty("path.separator");
    return Stream.of(System.getProperty("java.class.path").split(separator, -1))
        .filter(
            entry ->
                provider == SignatureMaker.CORRETTO
                    || !Path.of(entry).getFileName().toString().startsWith(CORRETTO))
        .collect(Collectors.joining(separator));
  }

  private void read() {
    try (Stream<String> output = process.inputReader(StandardCharsets.UTF_8).lines()) {
      output.forEach(lines::add);
    } catch (UncheckedIOException e) {
      lines.add("cannot be read: " + e.getMessage());
    }
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  /**
   * The next line it prints.
   *
   * @throws IOException if there is none in time, or it has ended
   */
  String line() throws IOException, InterruptedException {
    long start = System.nanoTime();
    while (System.nanoTime() - start < PATIENCE.toNanos()) {
      String line = lines.poll(100, TimeUnit.MILLISECONDS);
      if (line != null) {
        return line;
      }
      if (!process.isAlive() && lines.isEmpty()) {
        throw new IOException("a process has ended: " + Files.readString(log));
      }
    }
    throw new IOException("a process is silent: " + Files.readString(log));
  }

  /** Its answer to a command. */
  String ask(String command) throws IOException, InterruptedException {
    commands.write(command);
    commands.newLine();
    commands.flush();
    return line();
  }

  /** Its answer to a command, as a number. */
  double number(String command) throws IOException, InterruptedException {
    String answer = ask(command);
    try {
      return Double.parseDouble(answer);
    } catch (NumberFormatException e) {
      throw new IOException("to \"" + command + "\" a process says " + answer, e);
    }
  }

  @Override
  public void close() {
    end(process);
  }

  /** Ends a process that we started, in a friendly way first. */
  static void end(@Nullable Process process) {
    if (process == null) {
      return;
    }
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
