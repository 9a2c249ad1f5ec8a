// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;

/** Answers every datagram by a function; an empty answer is silence. */
public final class UdpNameServer implements AutoCloseable {
  private final DatagramSocket socket;
  private final AtomicInteger questions = new AtomicInteger();

  private UdpNameServer(DatagramSocket socket) {
    this.socket = socket;
  }

  /** The function completes a response that already has the question and its ID. */
  public static UdpNameServer start(Function<Message, Optional<Message>> answer)
      throws IOException {
    DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    UdpNameServer server = new UdpNameServer(socket);
    Thread thread = new Thread(() -> server.serve(answer), "test name server");
    thread.setDaemon(true);
    thread.start();
    return server;
  }

  private void serve(Function<Message, Optional<Message>> answer) {
    DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
    while (!socket.isClosed()) {
      try {
        packet.setLength(4096);
        socket.receive(packet);
        questions.incrementAndGet();
        Message query =
            new Message(java.nio.ByteBuffer.wrap(packet.getData(), 0, packet.getLength()));
        Message response = new Message(query.getHeader().getID());
        response.getHeader().setFlag(Flags.QR);
        response.addRecord(query.getQuestion(), Section.QUESTION);
        Optional<Message> completed = answer.apply(response);
        if (completed.isPresent()) {
          byte[] wire = completed.orElseThrow().toWire();
          socket.send(new DatagramPacket(wire, wire.length, packet.getSocketAddress()));
        }
      } catch (IOException e) {
        if (!socket.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort());
  }

  /** How many datagrams came. */
  public int questions() {
    return questions.get();
  }

  @Override
  public void close() {
    socket.close();
  }
}
