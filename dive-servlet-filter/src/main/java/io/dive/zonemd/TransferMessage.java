// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import org.xbill.DNS.UNKRecord;

/**
 * A message of a transfer. dnsjava refuses a message for a ZONEMD digest that a verifier ignores,
 * so ZONEMD answers pass its parser as records of a type for private use.
 *
 * @param message as parsed, for header and signature
 * @param answers the true answers
 */
record TransferMessage(Message message, List<Record> answers) {
  private static final int PRIVATE_USE = 65_280; // RFC 6895 §3.1
  private static final int HEADER_OCTETS = 12;
  private static final int MAX_LABEL_OCTETS = 63;

  TransferMessage {
    answers = List.copyOf(answers);
  }

  /**
   * Reads a message.
   *
   * @throws IOException if it is none
   */
  static TransferMessage parse(byte[] octets) throws IOException {
    byte[] masked = octets.clone();
    BitSet zonemds = new BitSet();
    int position = HEADER_OCTETS;
    for (int question = shortAt(octets, 4); question > 0; question--) {
      position = afterName(octets, position) + 4;
    }
    int answers = shortAt(octets, 6);
    for (int answer = 0; answer < answers; answer++) {
      position = afterName(octets, position);
      if (shortAt(octets, position) == Type.ZONEMD) {
        zonemds.set(answer);
        masked[position] = (byte) (PRIVATE_USE >> 8);
        masked[position + 1] = (byte) PRIVATE_USE;
      }
      position += 10 + shortAt(octets, position + 8);
    }
    Message message = new Message(masked);
    return new TransferMessage(message, unmasked(message.getSection(Section.ANSWER), zonemds));
  }

  private static List<Record> unmasked(List<Record> answers, BitSet zonemds) throws IOException {
    if (zonemds.isEmpty()) {
      return answers;
    }
    List<Record> records = new ArrayList<>(answers);
    for (int i = zonemds.nextSetBit(0); i >= 0; i = zonemds.nextSetBit(i + 1)) {
      if (i >= answers.size() || !(answers.get(i) instanceof UNKRecord masked)) {
        throw new IOException("its answers cannot be told apart");
      }
      records.set(i, new RawZonemd(masked.getName(), masked.getTTL(), masked.getData()));
    }
    return records;
  }

  private static int afterName(byte[] octets, int start) {
    int position = start;
    while (position < octets.length && octets[position] != 0) {
      int length = octets[position] & 0xFF;
      if (length > MAX_LABEL_OCTETS) {
        return position + 2; // a pointer, which ends the name
      }
      position += length + 1;
    }
    return position + 1;
  }

  private static int shortAt(byte[] octets, int position) throws IOException {
    if (position + 1 >= octets.length) {
      throw new IOException("it is cut");
    }
    return (octets[position] & 0xFF) << 8 | (octets[position + 1] & 0xFF);
  }
}
