// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import io.dive.dns.TsigKey;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TSIGRecord;
import org.xbill.DNS.Type;

/**
 * The transaction signature of one query, and those of its responses (RFC 8945 §5). Used once: it
 * remembers what the chain of signatures of a transfer needs.
 */
final class TransactionSignature {

  /** Where the number of additional records stands in a message (RFC 1035 §4.1.1). */
  private static final int ADDITIONAL_COUNT = 10;

  private final @Nullable TSIGRecord ofQuery;
  private final @Nullable TSIG key;
  private final int error;
  private final Clock clock;

  private TransactionSignature(
      @Nullable TSIGRecord ofQuery, @Nullable TSIG key, int error, Clock clock) {
    this.ofQuery = ofQuery;
    this.key = key;
    this.error = error;
    this.clock = clock;
  }

  /**
   * Verifies what a query is signed with.
   *
   * @param packet the octets of the query
   * @param shared the one key that the server knows; without any, every signature is by an unknown
   *     key
   */
  static TransactionSignature of(
      Message query, byte[] packet, Optional<TsigKey> shared, Clock clock) {
    TSIGRecord ofQuery = query.getTSIG();
    if (ofQuery == null) {
      return new TransactionSignature(null, null, Rcode.NOERROR, clock);
    }
    if (shared.isEmpty()) {
      return new TransactionSignature(ofQuery, null, Rcode.BADKEY, clock);
    }
    TSIG key = shared.get().tsig(clock);
    return new TransactionSignature(ofQuery, key, key.verify(query, packet, null), clock);
  }

  /** Whether the query was signed by somebody who has the key, just now. */
  boolean isVerified() {
    return ofQuery != null && error == Rcode.NOERROR;
  }

  /** Whether the query carries a signature that does not hold; then {@link #refusal} is due. */
  boolean isWrong() {
    return error != Rcode.NOERROR;
  }

  /** The same, of an update that may be a repetition of one taken before: it does not hold. */
  TransactionSignature takenOnce(SeenUpdates seen) {
    return ofQuery == null || seen.take(ofQuery)
        ? this
        : new TransactionSignature(ofQuery, key, Rcode.BADTIME, clock);
  }

  /** The response to a query whose signature does not hold (RFC 8945 §5.2). */
  Message refusal(Message query) {
    Message response = Responder.response(query, Rcode.NOTAUTH);
    if (key != null && error == Rcode.BADTIME) {
      response.setTSIG(key, error, ofQuery); // the one error that is signed, with the server's time
    } else if (ofQuery != null) {
      response.addRecord(unsigned(ofQuery), Section.ADDITIONAL);
    }
    return response;
  }

  /** RFC 8945 §5.3.2: name and algorithm of the client's, and no signature. */
  private TSIGRecord unsigned(TSIGRecord record) {
    return new TSIGRecord(
        record.getName(),
        DClass.ANY,
        0,
        record.getAlgorithm(),
        clock.instant(),
        record.getFudge(),
        new byte[0],
        record.getOriginalID(),
        error,
        new byte[0]);
  }

  /** Has the one response to a verified query signed when it goes to the wire. */
  Message signed(Message response) {
    if (key != null && isVerified()) {
      response.setTSIG(key, Rcode.NOERROR, ofQuery);
    }
    return response;
  }

  /** Signs the messages of a transfer in their order (RFC 8945 §5.3.1). */
  List<Message> signed(List<Message> messages) {
    if (key != null && isVerified()) {
      TSIG.StreamGenerator generator = new TSIG.StreamGenerator(key, ofQuery);
      messages.forEach(generator::generate);
    }
    return messages;
  }

  /**
   * The octets of a message. dnsjava writes the OPT record after all others, so that a signature
   * that stands among the records, as of a refusal or a transfer, would not be the last.
   *
   * @param limit as {@link Message#toWire(int)}
   */
  static byte[] toWire(Message message, int limit) {
    Optional<Record> last =
        message.getSection(Section.ADDITIONAL).stream()
            .filter(record -> record.getType() == Type.TSIG)
            .findFirst();
    if (last.isEmpty()) {
      return message.toWire(limit);
    }
    message.removeRecord(last.get(), Section.ADDITIONAL);
    byte[] record = last.get().toWire(Section.ADDITIONAL);
    byte[] rest = message.toWire(limit - record.length);
    message.addRecord(last.get(), Section.ADDITIONAL);
    byte[] octets = Arrays.copyOf(rest, rest.length + record.length);
    System.arraycopy(record, 0, octets, rest.length, record.length);
    int count = message.getHeader().getCount(Section.ADDITIONAL);
    octets[ADDITIONAL_COUNT] = (byte) (count >> 8);
    octets[ADDITIONAL_COUNT + 1] = (byte) count;
    return octets;
  }
}
