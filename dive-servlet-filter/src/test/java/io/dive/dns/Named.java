// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A BIND name server of the machine, on a loopback port of its own. */
public final class Named implements AutoCloseable {
  private final ServerProcess process;
  private final InetSocketAddress address;

  private Named(ServerProcess process, InetSocketAddress address) {
    this.process = process;
    this.address = address;
  }

  /** The path of an installed program, found as a shell would and in the sbin directories. */
  public static Optional<Path> program(String name) {
    String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/usr/local/sbin";
    return Stream.of(path.split(":", -1))
        .filter(directory -> !directory.isEmpty())
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Whether all programs are there. */
  public static boolean isInstalled() {
    return Stream.of("named", "dnssec-keygen", "dnssec-signzone", "dnssec-dsfromkey")
        .allMatch(name -> program(name).isPresent());
  }

  /** Runs a program of the BIND package to its end and gives what it printed. */
  public static String run(Path directory, String name, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(program(name).orElseThrow().toString()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectError(ProcessBuilder.Redirect.to(directory.resolve(name + ".log").toFile()))
            .start();
    String output;
    try (InputStream stdout = process.getInputStream()) {
      output = new String(stdout.readAllBytes(), StandardCharsets.UTF_8);
    }
    if (process.waitFor() != 0) {
      throw new IOException(name + ": " + Files.readString(directory.resolve(name + ".log")));
    }
    return output;
  }

  /**
   * Starts a server.
   *
   * @param options statements for the {@code options} block
   * @param zones their statements
   */
  public static Named start(Path directory, String options, String zones)
      throws IOException, InterruptedException {
    return ServerProcess.onFreePorts(
        () -> start(directory, options, zones, ServerProcess.freePort()));
  }

  private static Named start(Path directory, String options, String zones, int port)
      throws IOException, InterruptedException {
    Path configuration = directory.resolve("named-" + port + ".conf");
    Files.writeString(
        configuration,
        """
        options {
          directory "%s";
          listen-on port %d { 127.0.0.1; };
          listen-on-v6 { none; };
          pid-file none;
          lock-file none;
          session-keyfile none;
          dnssec-validation no;
          allow-query { any; };
          notify no;
          %s
        };
        controls { };
        %s
        """
            .formatted(directory, port, options, zones));
    List<String> command =
        List.of(
            program("named").orElseThrow().toString(),
            "-g",
            "-4",
            "-n",
            "1",
            "-c",
            configuration.toString());
    return new Named(
        ServerProcess.start(command, line -> line.endsWith(" running")),
        new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  /** Where it listens, UDP and TCP. */
  public InetSocketAddress address() {
    return address;
  }

  @Override
  public void close() {
    process.close();
  }

  /**
   * Where nothing ever listens: a port that is free now may be another process's a moment later.
   */
  public static InetSocketAddress nobody() {
    return new InetSocketAddress("127.99.7.3", 5);
  }
}
