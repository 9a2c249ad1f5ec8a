// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.CharacterStrings;
import io.dive.protocol.DnsUpdateException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import org.xbill.DNS.Update;

/**
 * Changes TXT records at a zone's primary server by dynamic update (RFC 2136), authenticated by
 * TSIG where there is a key. An update names as its prerequisite all TXT records that the name is
 * known to have, so that nothing foreign is lost. Safe for use by many threads.
 */
public final class DynamicUpdate {
  private static final int ATTEMPTS = 3;

  private final UpdateServer server;
  private final Duration limit;

  /**
   * Updates towards one server.
   *
   * @param server the primary, or one that forwards updates to it
   * @param key what the server knows this client by; empty where it goes by addresses
   * @param limit longest time for one change with all its questions
   * @param clock for the time in signatures
   */
  public DynamicUpdate(
      InetSocketAddress server, Optional<TsigKey> key, Duration limit, Clock clock) {
    this.server = new UpdateServer(server, key, clock);
    this.limit = requireNonNull(limit, "limit");
  }

  /** The records of a name as the server has them now. */
  private record Current(List<TXTRecord> records) {
    Set<String> values() {
      return records.stream().map(DynamicUpdate::value).collect(Collectors.toUnmodifiableSet());
    }

    long ttl(RecordChange change) {
      return records.isEmpty() ? change.ttl().toSeconds() : records.get(0).getTTL();
    }
  }

  /**
   * Makes a change, unless it is made already. When this returns, the server has it; its
   * secondaries may not. Records that were there keep their TTL and give it to those beside them.
   *
   * @return whether anything had to be changed
   * @throws DnsUpdateException with {@code UPDATE_CONFLICT} if the name has neither the records
   *     before nor those after, {@code DNS_TIMEOUT}, after which the change may or may not have
   *     been made, so that it is to be tried again, {@code UPDATE_*} or {@code TSIG_*}
   */
  public boolean apply(RecordChange change) throws DnsUpdateException {
    Deadline deadline = Deadline.in(limit);
    Name owner = name(change.owner());
    Name zone = zone(owner, deadline);
    boolean sent = false;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Current current = current(owner, deadline);
      if (current.values().equals(change.after())) {
        return sent;
      }
      if (!current.values().equals(change.before())) {
        throw conflict(change, current);
      }
      Message response = server.send(update(zone, owner, change, current), deadline);
      int rcode = response.getRcode();
      if (rcode == Rcode.NOERROR) {
        return true;
      }
      if (rcode != Rcode.NXRRSET && rcode != Rcode.YXRRSET && rcode != Rcode.NXDOMAIN) {
        throw server.failure(rcode, zone);
      }
      // Somebody changed the name since it was read, or a repeated datagram did.
      sent = true;
    }
    throw new DnsUpdateException(
        ErrorCode.UPDATE_CONFLICT,
        "%s keeps changing at %s; find out who else updates it, and try again"
            .formatted(change.owner(), server));
  }

  /**
   * Sees whether the server takes changes of a name's TXT records from this client, by deleting one
   * that is not there, which changes nothing (RFC 2136 §3.4.2.4).
   *
   * @param owner a domain name without its final dot
   * @throws DnsUpdateException as {@link #apply}
   */
  public void requirePermission(String owner) throws DnsUpdateException {
    Deadline deadline = Deadline.in(limit);
    Name name = name(owner);
    Name zone = zone(name, deadline);
    Update update = new Update(zone);
    update.delete(new TXTRecord(name, DClass.IN, 0, "dive asks whether it may change this name"));
    Message response = server.send(update, deadline);
    if (response.getRcode() != Rcode.NOERROR) {
      throw server.failure(response.getRcode(), zone);
    }
  }

  private static Name name(String text) {
    try {
      return Name.fromString(text, Name.root);
    } catch (TextParseException e) {
      throw new IllegalArgumentException("not a domain name: " + Excerpt.of(text), e);
    }
  }

  /** The zone that the server says the name is in. */
  private Name zone(Name owner, Deadline deadline) throws DnsUpdateException {
    Message response = ask(owner, Type.SOA, deadline);
    for (int section : new int[] {Section.ANSWER, Section.AUTHORITY}) {
      for (Record record : response.getSection(section)) {
        if (record instanceof SOARecord && owner.subdomain(record.getName())) {
          return record.getName();
        }
      }
    }
    throw new DnsUpdateException(
        ErrorCode.UPDATE_NOT_AUTHORITATIVE,
        "%s has no zone for %s; name the primary server of its zone"
            .formatted(server, owner.toString(true)));
  }

  private Current current(Name owner, Deadline deadline) throws DnsUpdateException {
    List<Record> answers = ask(owner, Type.TXT, deadline).getSection(Section.ANSWER);
    if (answers.stream().anyMatch(record -> record.getType() == Type.CNAME)) {
      throw new DnsUpdateException(
          ErrorCode.UPDATE_CONFLICT,
          "%s is an alias (CNAME) at %s; change the name it leads to by hand"
              .formatted(owner.toString(true), server));
    }
    return new Current(
        answers.stream()
            .filter(record -> record.getName().equals(owner))
            .filter(TXTRecord.class::isInstance)
            .map(TXTRecord.class::cast)
            .toList());
  }

  private Message ask(Name name, int type, Deadline deadline) throws DnsUpdateException {
    Message query = Message.newQuery(Record.newRecord(name, type, DClass.IN));
    query.getHeader().unsetFlag(Flags.RD);
    Message response = server.send(query, deadline);
    int rcode = response.getRcode();
    boolean answered = rcode == Rcode.NOERROR || rcode == Rcode.NXDOMAIN;
    if (!answered || !response.getHeader().getFlag(Flags.AA)) {
      throw new DnsUpdateException(
          answered || rcode == Rcode.REFUSED
              ? ErrorCode.UPDATE_NOT_AUTHORITATIVE
              : ErrorCode.UPDATE_FAILED,
          "%s is not authoritative for %s (%s); name the primary server of its zone"
              .formatted(server, name.toString(true), Rcode.string(rcode)));
    }
    return response;
  }

  private static Update update(Name zone, Name owner, RecordChange change, Current current) {
    Update update = new Update(zone);
    if (current.records().isEmpty()) {
      update.absent(owner, Type.TXT);
    }
    for (TXTRecord record : current.records()) {
      // RFC 2136 §2.4.2 wants no TTL in a prerequisite; the library leaves it in.
      update.present(
          Record.newRecord(owner, Type.TXT, DClass.IN, 0, record.rdataToWireCanonical()));
    }
    current.records().stream()
        .filter(record -> !change.after().contains(value(record)))
        .forEach(update::delete);
    for (String value : change.added()) {
      update.add(
          new TXTRecord(
              owner,
              DClass.IN,
              current.ttl(change),
              CharacterStrings.split(value).stream()
                  .map(piece -> escaped(new String(piece.toByteArray(), StandardCharsets.US_ASCII)))
                  .toList()));
    }
    return update;
  }

  /** As the library's constructor wants it. */
  private static String escaped(String piece) {
    return piece.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  private static String value(TXTRecord record) {
    StringBuilder value = new StringBuilder();
    for (byte[] string : record.getStringsAsByteArrays()) {
      value.append(new String(string, StandardCharsets.ISO_8859_1));
    }
    return value.toString();
  }

  private DnsUpdateException conflict(RecordChange change, Current current) {
    return new DnsUpdateException(
        ErrorCode.UPDATE_CONFLICT,
        "%s has %s at %s, not %s; nothing was changed: see whose records these are, and put them"
                .formatted(change.owner(), words(current.values()), server, words(change.before()))
            + " right by hand");
  }

  private static String words(Set<String> values) {
    return values.isEmpty()
        ? "no TXT record"
        : "the TXT "
            + (values.size() == 1 ? "record " : "records ")
            + Excerpt.of(values.stream().sorted().collect(Collectors.joining(" and ")));
  }

  /** The server and the key's name. */
  @Override
  public String toString() {
    return "dynamic update at " + server;
  }
}
