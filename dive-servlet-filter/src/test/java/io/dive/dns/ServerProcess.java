// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A server of the machine that runs until it is closed. */
final class ServerProcess implements AutoCloseable {
  private static final int ATTEMPTS = 5;

  private final Process process;

  private ServerProcess(Process process) {
    this.process = process;
  }

  /** A way to start a server on ports that were free a moment ago. */
  interface Attempt<S> {
    S start() throws IOException, InterruptedException;
  }

  /** A server cannot report a port it chose itself; another process may be faster than it. */
  static <S> S onFreePorts(Attempt<S> attempt) throws IOException, InterruptedException {
    IOException last = new IOException("not tried");
    for (int i = 0; i < ATTEMPTS; i++) {
      try {
        return attempt.start();
      } catch (IOException e) {
        last = e;
      }
    }
    throw last;
  }

  /** A port that neither UDP nor TCP uses on loopback. */
  static int freePort() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket tcp = new ServerSocket(0, 1, loopback);
        DatagramSocket udp = new DatagramSocket(tcp.getLocalPort(), loopback)) {
      return udp.getLocalPort();
    }
  }

  /**
   * Starts a program and waits for it to serve.
   *
   * @param ready tells the line it prints, on either stream, once it does
   * @throws IOException with all it has said if it ends before
   */
  static ServerProcess start(List<String> command, Predicate<String> ready)
      throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    BufferedReader log =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    StringBuilder seen = new StringBuilder();
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      seen.append(line).append('\n');
      if (ready.test(line)) {
        Thread drain = new Thread(() -> drain(log), command.get(0) + " log");
        drain.setDaemon(true);
        drain.start();
        return new ServerProcess(process);
      }
    }
    process.waitFor();
    throw new IOException(command.get(0) + " ended:\n" + seen);
  }

  private static void drain(BufferedReader log) {
    try {
      while (log.readLine() != null) {
        // A full pipe would stop the server.
      }
    } catch (IOException e) {
      // The server is gone.
    }
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
