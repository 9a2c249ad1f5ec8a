// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A connection to an ssh-agent. After an exception it must be closed. For one thread at a time.
 *
 * @see "draft-miller-ssh-agent-04"
 */
final class AgentConnection implements AutoCloseable {
  /** What OpenSSH's agent reads and writes at most. */
  static final int MAX_MESSAGE_BYTES = 256 * 1024;

  private final SocketChannel channel;
  private final Selector selector;

  private AgentConnection(SocketChannel channel, Selector selector) {
    this.channel = channel;
    this.selector = selector;
  }

  /**
   * Connects.
   *
   * @param deadline in the terms of {@link System#nanoTime}
   * @throws SocketTimeoutException if that passes
   */
  static AgentConnection open(Path socket, long deadline) throws IOException {
    AgentConnection connection = open();
    boolean opened = false;
    try {
      connection.connect(UnixDomainSocketAddress.of(socket), deadline);
      opened = true;
      return connection;
    } finally {
      if (!opened) {
        connection.close();
      }
    }
  }

  private static AgentConnection open() throws IOException {
    Selector selector = Selector.open();
    boolean opened = false;
    try {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      opened = true;
      return new AgentConnection(channel, selector);
    } finally {
      if (!opened) {
        selector.close();
      }
    }
  }

  private void connect(UnixDomainSocketAddress address, long deadline) throws IOException {
    channel.configureBlocking(false);
    channel.register(selector, 0);
    boolean connected = channel.connect(address);
    while (!connected) {
      await(SelectionKey.OP_CONNECT, deadline);
      connected = channel.finishConnect();
    }
  }

  /**
   * Sends a message and gives the answer, both without their length.
   *
   * @throws SocketTimeoutException if the deadline passes
   * @throws ProtocolException if the answer is empty or too long
   * @throws EOFException if the agent ends the connection
   */
  byte[] exchange(byte[] message, long deadline) throws IOException {
    ByteBuffer request =
        ByteBuffer.allocate(Integer.BYTES + message.length)
            .putInt(message.length)
            .put(message)
            .flip();
    while (request.hasRemaining()) {
      if (channel.write(request) == 0) {
        await(SelectionKey.OP_WRITE, deadline);
      }
    }
    int length = read(Integer.BYTES, deadline).getInt();
    if (length < 1 || length > MAX_MESSAGE_BYTES) {
      throw new ProtocolException(
          "a message of %s bytes".formatted(Integer.toUnsignedString(length)));
    }
    return read(length, deadline).array();
  }

  private ByteBuffer read(int count, long deadline) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    while (buffer.hasRemaining()) {
      int read = channel.read(buffer);
      if (read < 0) {
        throw new EOFException("it ended the connection");
      }
      if (read == 0) {
        await(SelectionKey.OP_READ, deadline);
      }
    }
    return buffer.flip();
  }

  private void await(int operation, long deadline) throws IOException {
    long millis = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
    if (millis <= 0) {
      throw new SocketTimeoutException();
    }
    channel.keyFor(selector).interestOps(operation);
    selector.select(millis);
    selector.selectedKeys().clear();
    if (Thread.currentThread().isInterrupted()) {
      throw new ClosedByInterruptException();
    }
  }

  @Override
  public void close() throws IOException {
    try (selector) {
      channel.close();
    }
  }
}
