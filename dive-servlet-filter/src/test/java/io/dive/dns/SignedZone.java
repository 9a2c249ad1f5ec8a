// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import io.dive.protocol.CharacterStrings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Master;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * A zone of TXT records that is signed while it is served, over UDP on loopback. What it does not
 * hold is absent with a proof (RFC 4470). Needs no program of the machine.
 */
public final class SignedZone implements AutoCloseable {
  private static final Duration VALIDITY = Duration.ofDays(30);
  private static final long TTL = 300;

  private final Name apex;
  private final ZoneKey key;
  private final Map<Name, List<String>> texts = new ConcurrentHashMap<>();
  private final Map<Name, List<Record>> delegations = new ConcurrentHashMap<>();
  private final Set<Name> bogus = ConcurrentHashMap.newKeySet();
  private final UdpNameServer server;
  private final InetSocketAddress address;

  private SignedZone(Name apex, ZoneKey key) throws IOException {
    this.apex = apex;
    this.key = key;
    server = UdpNameServer.start(this::answer);
    address = server.address();
  }

  /** Serves an empty zone. */
  public static SignedZone serve(String name) throws IOException, GeneralSecurityException {
    Name apex = Name.fromString(name, Name.root);
    return new SignedZone(apex, ZoneKey.generate(apex));
  }

  /** Another server of the zone, which has what this one has now until it is told more. */
  public SignedZone secondary() throws IOException {
    SignedZone secondary = new SignedZone(apex, key);
    secondary.transferFrom(this);
    return secondary;
  }

  /** Takes all TXT records over from another server. */
  public void transferFrom(SignedZone primary) {
    texts.clear();
    texts.putAll(primary.texts);
  }

  /** Publishes TXT records at a name instead of those it has. */
  public SignedZone put(String owner, String... values) {
    texts.put(name(owner), List.of(values));
    return this;
  }

  /** Publishes a line of a zone file beside the records its name has. */
  public SignedZone add(String zoneFileLine) throws IOException {
    Record record =
        new Master(new ByteArrayInputStream(zoneFileLine.getBytes(StandardCharsets.US_ASCII)))
            .nextRecord();
    StringBuilder value = new StringBuilder();
    for (byte[] string : ((TXTRecord) record).getStringsAsByteArrays()) {
      value.append(new String(string, StandardCharsets.US_ASCII));
    }
    texts.merge(
        record.getName().canonicalize(),
        List.of(value.toString()),
        (old, added) -> Stream.of(old, added).flatMap(List::stream).toList());
    return this;
  }

  /** Delegates a zone, with the DS records it has: lines of a zone file. */
  public SignedZone delegate(String child, String... dsLines) throws IOException {
    List<Record> records = new ArrayList<>();
    for (String line : dsLines) {
      records.add(
          new Master(new ByteArrayInputStream(line.getBytes(StandardCharsets.US_ASCII)))
              .nextRecord());
    }
    delegations.put(name(child), records);
    return this;
  }

  /** Takes a name away. */
  public void remove(String owner) {
    texts.remove(name(owner));
  }

  /** What a name has. */
  public List<String> at(String owner) {
    return texts.getOrDefault(name(owner), List.of());
  }

  /** Spoils the signatures at a name. */
  public void spoil(String owner) {
    bogus.add(name(owner));
  }

  private static Name name(String text) {
    try {
      return Name.fromString(text.toLowerCase(Locale.ROOT), Name.root);
    } catch (TextParseException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** How many questions came. */
  public int questions() {
    return server.questions();
  }

  /** Where it is served. */
  public InetSocketAddress address() {
    return address;
  }

  /** Its address as settings and options write it. */
  public String addressText() {
    return "127.0.0.1:" + address().getPort();
  }

  /** Writes its key as a trust anchor. */
  public Path writeAnchor(Path file) throws IOException {
    return Files.writeString(file, key + "\n");
  }

  private Optional<Message> answer(Message response) {
    response.getHeader().setFlag(Flags.AA);
    Name asked = response.getQuestion().getName().canonicalize();
    int type = response.getQuestion().getType();
    try {
      if (type == Type.DNSKEY && asked.equals(apex)) {
        addSigned(response, Section.ANSWER, new RRset(key.dnskey()));
      } else if (type == Type.SOA && asked.equals(apex)) {
        addSigned(response, Section.ANSWER, new RRset(soa()));
      } else if (type == Type.TXT && texts.containsKey(asked)) {
        RRset set = new RRset();
        for (String value : texts.get(asked)) {
          set.addRR(new TXTRecord(asked, DClass.IN, TTL, pieces(value)));
        }
        addSigned(response, Section.ANSWER, set);
      } else if (type == Type.DS && !delegations.getOrDefault(asked, List.of()).isEmpty()) {
        addSigned(
            response,
            Section.ANSWER,
            new RRset(delegations.getOrDefault(asked, List.of()).toArray(Record[]::new)));
      } else {
        addAbsence(response, asked);
      }
    } catch (TextParseException e) {
      throw new IllegalStateException(e);
    }
    return Optional.of(response);
  }

  private static List<String> pieces(String value) {
    return CharacterStrings.split(value).stream()
        .map(piece -> new String(piece.toByteArray(), StandardCharsets.US_ASCII))
        .map(piece -> piece.replace("\\", "\\\\").replace("\"", "\\\""))
        .toList();
  }

  private SOARecord soa() {
    return new SOARecord(apex, DClass.IN, TTL, apex, apex, 1, 3600, 600, 86_400, 60);
  }

  /** The name has nothing but its proof of having nothing. */
  private void addAbsence(Message response, Name asked) throws TextParseException {
    addSigned(response, Section.AUTHORITY, new RRset(soa()));
    Name next = Name.fromString("\\000", asked);
    addSigned(
        response,
        Section.AUTHORITY,
        new RRset(new NSECRecord(asked, DClass.IN, TTL, next, types(asked))));
  }

  private int[] types(Name asked) {
    return delegations.containsKey(asked)
        ? new int[] {Type.NS, Type.RRSIG, Type.NSEC}
        : new int[] {Type.RRSIG, Type.NSEC};
  }

  private void addSigned(Message response, int section, RRset set) {
    Instant now = Clock.systemUTC().instant();
    Instant from = now.minus(VALIDITY);
    // An expired signature is a wrong one.
    Instant until = bogus.contains(set.getName()) ? from.plusSeconds(1) : now.plus(VALIDITY);
    for (Record record : set.rrs()) {
      response.addRecord(record, section);
    }
    response.addRecord(key.sign(set, from, until), section);
  }

  @Override
  public void close() {
    server.close();
  }
}
