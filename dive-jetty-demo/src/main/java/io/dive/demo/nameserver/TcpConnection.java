// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One client connection (RFC 7766): framed queries, answered in the order they come. */
final class TcpConnection {

  private static final int LENGTH_OCTETS = 2;

  private final Socket socket;
  private final PacketHandler handler;
  private final Duration idleTimeout;
  private volatile long lastActiveNanos = System.nanoTime();

  TcpConnection(Socket socket, PacketHandler handler, Duration idleTimeout) {
    this.socket = socket;
    this.handler = handler;
    this.idleTimeout = idleTimeout;
  }

  /**
   * Serves until the client closes, stays idle too long or sends what deserves no answer, then
   * closes the socket.
   */
  void serve() throws IOException {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = socket.getInputStream();
      DataOutputStream out =
          new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
      List<byte[]> responses;
      do {
        responses = handler.overTcp(query(in), socket.getInetAddress());
        for (byte[] response : responses) {
          out.writeShort(response.length);
          out.write(response);
        }
        out.flush();
      } while (!responses.isEmpty());
    } catch (EOFException | SocketTimeoutException expected) {
      // The client is done, or has nothing to say.
    }
  }

  private byte[] query(InputStream in) throws IOException {
    // For the query as a whole, so that sending it octet by octet does not hold the connection.
    long deadline = System.nanoTime() + idleTimeout.toNanos();
    byte[] length = read(in, LENGTH_OCTETS, deadline);
    int octets = Byte.toUnsignedInt(length[0]) << 8 | Byte.toUnsignedInt(length[1]);
    byte[] query = read(in, octets, deadline);
    lastActiveNanos = System.nanoTime();
    return query;
  }

  private byte[] read(InputStream in, int octets, long deadline) throws IOException {
    byte[] read = new byte[octets];
    int filled = 0;
    while (filled < octets) {
      long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (leftMillis <= 0) {
        throw new SocketTimeoutException();
      }
      socket.setSoTimeout((int) leftMillis);
      int count = in.read(read, filled, octets - filled);
      if (count < 0) {
        throw new EOFException();
      }
      filled += count;
    }
    return read;
  }

  /** When the last query was complete, or else the connection made, as System.nanoTime tells. */
  long lastActiveNanos() {
    return lastActiveNanos;
  }

  /** Ends {@link #serve}, whatever it waits for. */
  void close() throws IOException {
    socket.close();
  }
}
