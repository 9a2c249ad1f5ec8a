// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** An agent that misbehaves as a test wants it. It takes one connection after the other. */
final class ScriptedAgent implements AutoCloseable {
  private final ServerSocketChannel listening;
  private final List<SocketChannel> accepted = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Void> ended;

  final AtomicInteger connections = new AtomicInteger();
  final AtomicInteger requests = new AtomicInteger();

  /**
   * Listens.
   *
   * @param answers from a request without its length to the bytes to send; empty ends the
   *     connection, null says nothing
   */
  ScriptedAgent(Path socket, UnaryOperator<byte[]> answers) throws IOException {
    listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listening.bind(UnixDomainSocketAddress.of(socket));
    ended = CompletableFuture.runAsync(() -> serve(answers), task -> new Thread(task).start());
  }

  private void serve(UnaryOperator<byte[]> answers) {
    try {
      while (true) {
        SocketChannel connection = listening.accept();
        accepted.add(connection);
        connections.incrementAndGet();
        answer(connection, answers);
      }
    } catch (IOException closed) {
      // the end of the test
    }
  }

  private void answer(SocketChannel connection, UnaryOperator<byte[]> answers) {
    try (connection) {
      DataInputStream in = new DataInputStream(Channels.newInputStream(connection));
      while (true) {
        byte[] request = new byte[in.readInt()];
        in.readFully(request);
        requests.incrementAndGet();
        byte[] answer = answers.apply(request);
        if (answer != null && answer.length == 0) {
          return;
        }
        if (answer != null) {
          connection.write(ByteBuffer.wrap(answer));
        }
      }
    } catch (IOException gone) {
      // the client is
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (SocketChannel connection : accepted) {
      connection.close();
    }
    ended.join();
  }
}
