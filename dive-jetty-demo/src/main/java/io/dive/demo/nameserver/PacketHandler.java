// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * From the octets of a query to those of its responses: parsing, size limits, and who may transfer
 * the zone. Any octets are accepted. Safe for use by several threads.
 */
final class PacketHandler {

  private static final Logger LOG = LoggerFactory.getLogger(PacketHandler.class);
  private static final int MAX_UDP_PAYLOAD_WITHOUT_EDNS = 512;
  private static final int MAX_TCP_MESSAGE = 65_535;

  private final Supplier<SignedZone> zone;

  /** Answers every packet from the zone that is current when the packet comes in. */
  PacketHandler(Supplier<SignedZone> zone) {
    this.zone = zone;
  }

  /** The response to a datagram; empty if it deserves none. */
  Optional<byte[]> overUdp(byte[] packet) {
    return handle(packet, query -> List.of(fitted(Responder.answer(zone.get(), query), query)))
        .stream()
        .findFirst();
  }

  /** The responses to a message from a stream; none means that the client should be cut off. */
  List<byte[]> overTcp(byte[] packet, InetAddress client) {
    return handle(packet, query -> answersOverTcp(query, client));
  }

  private interface Answers {
    List<byte[]> to(Message query);
  }

  private List<byte[]> handle(byte[] packet, Answers answers) {
    Header header;
    try {
      header = new Header(packet);
    } catch (IOException e) {
      return List.of(); // too short to tell whom to answer
    }
    if (header.getFlag(Flags.QR)) {
      return List.of(); // answering responses would let two servers talk for ever
    }
    if (header.getOpcode() != Opcode.QUERY) {
      return List.of(Responder.header(header, Rcode.NOTIMP).toWire());
    }
    Message query;
    try {
      query = new Message(packet);
    } catch (IOException | RuntimeException e) { // dnsjava throws both for malformed records
      LOG.debug("malformed query of {} octets", packet.length, e);
      return List.of(Responder.header(header, Rcode.FORMERR).toWire());
    }
    return answers.to(query);
  }

  private List<byte[]> answersOverTcp(Message query, InetAddress client) {
    SignedZone current = zone.get();
    boolean mayTransfer = client.isLoopbackAddress();
    Message response = Responder.answer(current, query);
    if (mayTransfer && isTransferRequest(query, response)) {
      return ZoneTransfer.messages(current, query).stream()
          .map(message -> message.toWire(MAX_TCP_MESSAGE))
          .toList();
    }
    return List.of(response.toWire(MAX_TCP_MESSAGE));
  }

  /** Whether the query is an AXFR that the responder refused for being one, not for its form. */
  private static boolean isTransferRequest(Message query, Message response) {
    Record question = query.getQuestion();
    return response.getRcode() == Rcode.REFUSED
        && question.getType() == Type.AXFR
        && question.getDClass() == DClass.IN;
  }

  private static byte[] fitted(Message response, Message query) {
    OPTRecord opt = query.getOPT();
    int offered = opt == null ? 0 : Math.min(opt.getPayloadSize(), Responder.MAX_UDP_PAYLOAD);
    int limit = Math.max(offered, MAX_UDP_PAYLOAD_WITHOUT_EDNS);
    byte[] wire = response.toWire(MAX_TCP_MESSAGE);
    if (wire.length <= limit) {
      return wire;
    }
    // Partial RRsets help nobody: the client has to come back over TCP anyway.
    response.removeAllRecords(Section.ANSWER);
    response.removeAllRecords(Section.AUTHORITY);
    response.getHeader().setFlag(Flags.TC);
    return response.toWire(limit);
  }
}
