// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/** One request over HTTP/1.1 on a connection of its own, for what has to be looked at closely. */
final class RawClient {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final int BUFFER_BYTES = 1024 * 1024;
  private static final int LONGEST_HEAD = 64 * 1024;

  private RawClient() {}

  /**
   * An answer.
   *
   * @param head status line and fields, in small letters
   * @param bodyBytes received until the server closed the connection
   * @param time from before the connection to the last byte
   */
  record Answer(String head, long bodyBytes, Duration time) {
    boolean isSigned() {
      return head.contains("\ndive-sig:") || head.contains("\nsignature:");
    }

    boolean isOk() {
      return head.startsWith("http/1.1 200");
    }
  }

  static Answer get(Server server, String path) throws IOException {
    long start = System.nanoTime();
    try (Socket socket = new Socket()) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()), 10_000);
      String request =
          "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n".formatted(path, server.host());
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      InputStream in = new BufferedInputStream(socket.getInputStream(), LONGEST_HEAD);
      String head = head(in);
      byte[] buffer = new byte[BUFFER_BYTES];
      long bytes = 0;
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        bytes += count;
      }
      return new Answer(head, bytes, Duration.ofNanos(System.nanoTime() - start));
    }
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int octet = in.read();
      if (octet < 0 || head.length() > LONGEST_HEAD) {
        throw new IOException("no HTTP response: " + head);
      }
      head.append((char) octet);
    }
    return head.toString().toLowerCase(Locale.ROOT);
  }

  /**
   * Asks until the answer is signed, as it should be, or at once if it should not.
   *
   * @throws IOException if the server does not do what is measured
   */
  static void expect(Server server, String path, boolean signed)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    Answer answer = get(server, path);
    while (answer.isSigned() != signed && System.nanoTime() - start < PATIENCE.toNanos() / 5) {
      Thread.sleep(100);
      answer = get(server, path);
    }
    if (!answer.isOk() || answer.isSigned() != signed) {
      throw new IOException(
          "%s%s should be %s: %s"
              .formatted(server.base(), path, signed ? "signed" : "unsigned", answer.head()));
    }
  }
}
