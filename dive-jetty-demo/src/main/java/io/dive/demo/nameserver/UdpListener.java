// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.util.Arrays;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers datagrams one after the other, on the thread that runs it, until the socket closes. */
final class UdpListener implements Runnable {

  private static final Logger LOG = LoggerFactory.getLogger(UdpListener.class);
  private static final int MAX_DATAGRAM = 65_535;

  private final DatagramSocket socket;
  private final PacketHandler handler;

  UdpListener(DatagramSocket socket, PacketHandler handler) {
    this.socket = socket;
    this.handler = handler;
  }

  @Override
  public void run() {
    DatagramPacket packet = new DatagramPacket(new byte[MAX_DATAGRAM], MAX_DATAGRAM);
    while (!socket.isClosed()) {
      try {
        packet.setLength(MAX_DATAGRAM);
        socket.receive(packet);
        answer(packet);
      } catch (IOException e) {
        LOG.debug("a datagram stays unanswered", e); // forged sources can make sending fail
      } catch (RuntimeException e) { // thread boundary: one packet must not end it
        LOG.warn("a datagram stays unanswered", e);
      }
    }
  }

  private void answer(DatagramPacket packet) throws IOException {
    if (packet.getPort() == 0) {
      return; // forged: nobody can be answered there
    }
    Optional<byte[]> response =
        handler.overUdp(Arrays.copyOf(packet.getData(), packet.getLength()), packet.getAddress());
    if (response.isPresent()) {
      byte[] octets = response.get();
      socket.send(new DatagramPacket(octets, octets.length, packet.getSocketAddress()));
    }
  }
}
