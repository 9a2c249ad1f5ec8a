// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A BIND name server of the machine, on a loopback port of its own. */
public final class Named implements AutoCloseable {
  private final Process process;
  private final InetSocketAddress address;

  private Named(Process process, InetSocketAddress address) {
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
    // The server cannot report a port it chose itself; another process may be faster, so try again.
    IOException last = new IOException("named did not start");
    for (int attempt = 0; attempt < 5; attempt++) {
      try {
        return start(directory, options, zones, freePort());
      } catch (IOException e) {
        last = e;
      }
    }
    throw last;
  }

  static int freePort() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket tcp = new ServerSocket(0, 1, loopback);
        DatagramSocket udp = new DatagramSocket(tcp.getLocalPort(), loopback)) {
      return udp.getLocalPort();
    }
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
    Process process =
        new ProcessBuilder(
                program("named").orElseThrow().toString(),
                "-g",
                "-4",
                "-n",
                "1",
                "-c",
                configuration.toString())
            .redirectErrorStream(true)
            .start();
    BufferedReader log =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    StringBuilder seen = new StringBuilder();
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      seen.append(line).append('\n');
      if (line.endsWith(" running")) {
        Thread drain = new Thread(() -> drain(log), "named log");
        drain.setDaemon(true);
        drain.start();
        return new Named(process, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      }
    }
    process.waitFor();
    throw new IOException("named ended:\n" + seen);
  }

  static void drain(BufferedReader log) {
    try {
      while (log.readLine() != null) {
        // A full pipe would stop the server.
      }
    } catch (IOException e) {
      // The server is gone.
    }
  }

  /** Where it listens, UDP and TCP. */
  public InetSocketAddress address() {
    return address;
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
