// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import io.dive.dns.TsigKey;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
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
 * From the octets of a query to those of its responses: parsing, transaction signatures, size
 * limits, and who may transfer or update the zone. Any octets are accepted. Safe for use by several
 * threads.
 */
final class PacketHandler {

  private static final Logger LOG = LoggerFactory.getLogger(PacketHandler.class);
  private static final int MAX_UDP_PAYLOAD_WITHOUT_EDNS = 512;
  private static final int MAX_TCP_MESSAGE = 65_535;
  private static final int UPDATES_REMEMBERED = 4_096;

  /**
   * How the zone is changed.
   *
   * @param key what updates have to be signed with
   * @param zone carries an update out, and tells the response code
   */
  record Updates(TsigKey key, ToIntFunction<Message> zone) {}

  private final Supplier<SignedZone> zone;
  private final Optional<Updates> updates;
  private final Clock clock;
  private final SeenUpdates seen;

  /**
   * Answers every packet from the zone that is current when the packet comes in.
   *
   * @param updates empty for a zone that takes none
   * @param clock for the time in transaction signatures
   */
  PacketHandler(Supplier<SignedZone> zone, Optional<Updates> updates, Clock clock) {
    this.zone = zone;
    this.updates = updates;
    this.clock = clock;
    this.seen = new SeenUpdates(UPDATES_REMEMBERED, clock);
  }

  /** The response to a datagram; empty if it deserves none. */
  Optional<byte[]> overUdp(byte[] packet, InetAddress client) {
    return handle(packet, client, false).stream().findFirst();
  }

  /** The responses to a message from a stream; none means that the client should be cut off. */
  List<byte[]> overTcp(byte[] packet, InetAddress client) {
    return handle(packet, client, true);
  }

  private List<byte[]> handle(byte[] packet, InetAddress client, boolean stream) {
    Header header;
    try {
      header = new Header(packet);
    } catch (IOException e) {
      return List.of(); // too short to tell whom to answer
    }
    if (header.getFlag(Flags.QR)) {
      return List.of(); // answering responses would let two servers talk for ever
    }
    boolean known = header.getOpcode() == Opcode.QUERY || isUpdate(header);
    if (!known) {
      return List.of(Responder.header(header, Rcode.NOTIMP).toWire());
    }
    Message query;
    try {
      query = new Message(packet);
    } catch (IOException | RuntimeException e) { // dnsjava throws both for malformed records
      LOG.debug("malformed query of {} octets", packet.length, e);
      return List.of(Responder.header(header, Rcode.FORMERR).toWire());
    }
    TransactionSignature signature =
        TransactionSignature.of(query, packet, updates.map(Updates::key), clock);
    List<Message> responses = responses(query, signature, client, stream);
    return stream
        ? responses.stream()
            .map(message -> TransactionSignature.toWire(message, MAX_TCP_MESSAGE))
            .toList()
        : List.of(fitted(responses.get(0), query));
  }

  private boolean isUpdate(Header header) {
    return header.getOpcode() == Opcode.UPDATE && updates.isPresent();
  }

  private List<Message> responses(
      Message query, TransactionSignature signature, InetAddress client, boolean stream) {
    if (signature.isWrong()) {
      LOG.info("the transaction signature of a query from {} does not hold", client);
      return List.of(signature.refusal(query));
    }
    if (isUpdate(query.getHeader())) {
      return List.of(update(updates.orElseThrow(), query, signature, client));
    }
    SignedZone current = zone.get();
    Message response = Responder.answer(current, query);
    if (stream && client.isLoopbackAddress() && isTransferRequest(query, response)) {
      return signature.signed(ZoneTransfer.messages(current, query));
    }
    return List.of(signature.signed(response));
  }

  private Message update(
      Updates to, Message update, TransactionSignature signature, InetAddress client) {
    if (!client.isLoopbackAddress() || !signature.isVerified()) {
      LOG.info(
          "an update from {} is refused: {}",
          client,
          signature.isVerified() ? "not loopback" : "not signed");
      return signature.signed(Responder.response(update, Rcode.REFUSED));
    }
    TransactionSignature once = signature.takenOnce(seen);
    if (once.isWrong()) {
      LOG.info("an update from {} is refused: its signature is not new", client);
      return once.refusal(update);
    }
    return once.signed(Responder.response(update, to.zone().applyAsInt(update)));
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
    byte[] wire = TransactionSignature.toWire(response, MAX_TCP_MESSAGE);
    if (wire.length <= limit) {
      return wire;
    }
    // Partial RRsets help nobody: the client has to come back over TCP anyway.
    response.removeAllRecords(Section.ANSWER);
    response.removeAllRecords(Section.AUTHORITY);
    response.getHeader().setFlag(Flags.TC);
    return TransactionSignature.toWire(response, limit);
  }
}
