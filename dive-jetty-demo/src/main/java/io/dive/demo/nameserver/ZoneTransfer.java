// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Sends the whole zone (AXFR, RFC 5936) as a sequence of messages. */
final class ZoneTransfer {

  /** Beyond this much answer data, counted uncompressed, a new message begins. */
  private static final int MESSAGE_OCTETS = 16_384;

  private ZoneTransfer() {}

  /** The messages to send, in order: the SOA record first and last, all others once between. */
  static List<Message> messages(SignedZone zone, Message query) {
    if (!query.getQuestion().getName().equals(zone.apex())) {
      return List.of(Responder.response(query, Rcode.NOTAUTH)); // RFC 5936 §2.2.1
    }
    Record soa = zone.soa().first();
    List<Record> sequence =
        Stream.of(Stream.of(soa), zone.recordsWithoutSoa(), Stream.of(soa))
            .flatMap(records -> records)
            .toList();
    List<Message> messages = new ArrayList<>();
    Message current = begin(query);
    int octets = 0;
    for (Record record : sequence) {
      int size = record.toWire(Section.ANSWER).length;
      if (octets > 0 && octets + size > MESSAGE_OCTETS) {
        messages.add(current);
        current = begin(query);
        octets = 0;
      }
      current.addRecord(record, Section.ANSWER);
      octets += size;
    }
    messages.add(current);
    return messages;
  }

  private static Message begin(Message query) {
    Message message = Responder.response(query, Rcode.NOERROR);
    message.getHeader().setFlag(Flags.AA);
    return message;
  }
}
