// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** The zone most tests ask, and questions to it. */
final class Zones {

  static final Name APEX = name("sandbox.dive.test.");
  static final long SERIAL = 2026110101L;
  static final ZoneKeys KEYS = ZoneKeys.generate(APEX);

  private Zones() {}

  /** Names in disorder and mixed case, empty non-terminals, aliases of every kind, long TXT. */
  static List<Record> records() {
    List<Record> records = new ArrayList<>();
    records.add(record("www", "A", "127.0.0.2"));
    records.add(record("@", "SOA", "ns hostmaster.sandbox.dive.test. 1 3600 600 604800 300"));
    records.add(record("@", "NS", "ns"));
    records.add(record("@", "A", "127.0.0.1"));
    records.add(record("@", "AAAA", "::1"));
    records.add(record("ns", "A", "127.0.0.1"));
    records.add(record("_dive", "TXT", "\"v=\\\"dive-draft-01\\\", scopes=(\\\"strict\\\")\""));
    records.add(record("key1._divekey", "TXT", "\"v=1\" \"" + "k".repeat(255) + "\" \"tail\""));
    records.add(record("Mixed.Case", "TXT", "\"upper and lower\""));
    records.add(record("a.b.c.deep", "TXT", "\"deep\""));
    records.add(record("alias", "CNAME", "www"));
    records.add(record("alias2", "CNAME", "alias"));
    records.add(record("dangling", "CNAME", "nowhere"));
    records.add(record("away", "CNAME", "example.org."));
    records.add(record("loop1", "CNAME", "loop2"));
    records.add(record("loop2", "CNAME", "loop1"));
    for (int i = 0; i < 12; i++) {
      records.add(record("big", "TXT", "\"" + i + "x".repeat(200) + "\""));
    }
    return records;
  }

  static SignedZone signed() {
    return SignedZone.sign(KEYS, SERIAL, records(), valid());
  }

  static NameServer serve(SignedZone zone) throws IOException {
    return serve(() -> zone);
  }

  /** A server that asks for the current version at each query. */
  static NameServer serve(Supplier<SignedZone> zone) throws IOException {
    return NameServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), zone);
  }

  static Instant now() {
    return Clock.systemUTC().instant();
  }

  static SignatureValidity valid() {
    return SignatureValidity.from(now(), Duration.ofDays(7));
  }

  static SignatureValidity expired() {
    return new SignatureValidity(now().minus(Duration.ofDays(9)), now().minus(Duration.ofDays(2)));
  }

  /** A record of the zone; its owner is relative to the apex. */
  static Record record(String owner, String type, String rdata) {
    try {
      return Record.fromString(under(owner), Type.value(type), DClass.IN, 600, rdata, APEX);
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  static Message query(Name name, int type) {
    return Message.newQuery(Record.newRecord(name, type, DClass.IN));
  }

  static Message dnssecQuery(Name name, int type) {
    Message query = query(name, type);
    query.addRecord(new OPTRecord(1232, 0, 0, ExtendedFlags.DO), Section.ADDITIONAL);
    query.getHeader().setFlag(Flags.RD);
    return query;
  }

  /** The name under the apex; "@" is the apex itself, and a name with a final dot stays. */
  static Name under(String relative) {
    try {
      return relative.equals("@") ? APEX : Name.fromString(relative, APEX);
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  static Name name(String absolute) {
    return Name.fromConstantString(absolute);
  }
}
