// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.xbill.DNS.Message;

/**
 * DNS over TLS (RFC 7858) in its strict profile (RFC 8310 §5): without a valid certificate of the
 * right name nothing is sent. One connection per question; sessions are resumed.
 *
 * @param host name or address to connect to
 * @param certificateName the name or address that the certificate has to bear
 */
record TlsTransport(String host, int port, String certificateName, SSLContext tls)
    implements Transport {
  static final int PORT = 853;

  private static final int LENGTH_OCTETS = 2;

  @Override
  public CompletableFuture<Message> send(Message query, Duration timeout, Executor executor) {
    Socket socket = new Socket();
    CompletableFuture<Message> answer = new CompletableFuture<>();
    // Blocks, so it must not take one of the executor's few threads.
    Thread thread =
        new Thread(
            () -> {
              try {
                answer.complete(exchange(socket, query, timeout));
              } catch (IOException | RuntimeException e) {
                answer.completeExceptionally(e);
              }
            },
            "dive-dns-tls");
    thread.setDaemon(true);
    thread.start();
    return answer
        .orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS)
        .whenComplete((message, failure) -> close(socket));
  }

  /** Ends whatever the thread waits for. */
  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Message exchange(Socket plain, Message query, Duration timeout) throws IOException {
    int millis = Math.toIntExact(Math.max(1, timeout.toMillis()));
    plain.connect(new InetSocketAddress(host, port), millis);
    plain.setSoTimeout(millis);
    try (SSLSocket socket =
        (SSLSocket) tls.getSocketFactory().createSocket(plain, certificateName, port, true)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      byte[] wire = query.toWire(Message.MAXLENGTH);
      // In one piece (RFC 7766 §8).
      socket
          .getOutputStream()
          .write(
              ByteBuffer.allocate(LENGTH_OCTETS + wire.length)
                  .putShort((short) wire.length)
                  .put(wire)
                  .array());
      DataInputStream in = new DataInputStream(socket.getInputStream());
      byte[] answer = new byte[in.readUnsignedShort()];
      in.readFully(answer);
      return Transport.matched(query, new Message(answer));
    }
  }

  @Override
  public boolean isAuthenticated() {
    return true;
  }

  @Override
  public String toString() {
    String text = "tls://" + (host.contains(":") ? "[" + host + "]" : host);
    return (port == PORT ? text : text + ":" + port)
        + (certificateName.equals(host) ? "" : "#" + certificateName);
  }
}
