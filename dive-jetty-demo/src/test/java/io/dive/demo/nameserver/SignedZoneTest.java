// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.zonemd.ZoneDigest;
import io.dive.zonemd.ZoneHash;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.Master;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;
import org.xbill.DNS.ZoneMDRecord;

class SignedZoneTest {

  private final SignedZone zone = Zones.signed();

  /** The list in RFC 4034 §6.1, without its wildcard. */
  @Test
  void nsecChain_namesOfTheRfc_inItsOrder() {
    Name apex = Zones.name("example.");
    List<String> ordered =
        List.of(
            "example.",
            "a.example.",
            "yljkjljk.a.example.",
            "Z.a.example.",
            "zABC.a.EXAMPLE.",
            "z.example.",
            "\\001.z.example.",
            "\\200.z.example.");
    List<Record> records = new ArrayList<>();
    ordered.forEach(owner -> records.add(text(Zones.name(owner))));
    records.add(parse(apex, Type.SOA, "ns hostmaster 1 3600 600 604800 300"));
    records.add(parse(apex, Type.NS, "ns.other."));
    Collections.shuffle(records, new Random(1));

    SignedZone signed = SignedZone.sign(ZoneKeys.generate(apex), 1, records, Zones.valid());

    List<Name> chain = new ArrayList<>();
    Name name = apex;
    do {
      chain.add(name);
      name = ((NSECRecord) signed.rrset(name, Type.NSEC).orElseThrow().first()).getNext();
    } while (!name.equals(apex));
    assertEquals(ordered.stream().map(Zones::name).toList(), chain);
  }

  @Test
  void nsec_apex_allTypesOfTheNameAndNegativeTtl() {
    NSECRecord nsec = nsecAt("@");

    assertArrayEquals(
        new int[] {
          Type.A, Type.NS, Type.SOA, Type.AAAA, Type.RRSIG, Type.NSEC, Type.DNSKEY, Type.ZONEMD
        },
        nsec.getTypes());
    assertEquals(300, nsec.getTTL(), "the SOA minimum, below the SOA's own TTL of 600");
  }

  @Test
  void nsec_aliasAndOrdinaryName_typesOfThatNameOnly() {
    assertArrayEquals(new int[] {Type.CNAME, Type.RRSIG, Type.NSEC}, nsecAt("alias").getTypes());
    assertArrayEquals(new int[] {Type.TXT, Type.RRSIG, Type.NSEC}, nsecAt("_dive").getTypes());
  }

  @Test
  void nsec_emptyNonTerminals_noneOfTheirOwn() {
    for (String name : List.of("_divekey", "deep", "c.deep", "b.c.deep", "case")) {
      assertTrue(zone.exists(Zones.under(name)), name);
      assertTrue(zone.rrsets(Zones.under(name)).isEmpty(), name);
    }
    assertFalse(zone.exists(Zones.under("x.deep")));
    assertFalse(zone.exists(Zones.under("b.c.dee")));
  }

  @Test
  void records_everyRrset_verifiesAndIsCovered() throws Exception {
    int rrsets = 0;
    for (Record record : zone.records()) {
      if (record instanceof RRSIGRecord signature) {
        RRset covered = new RRset();
        zone.records().stream()
            .filter(r -> r.getName().equals(signature.getName()))
            .filter(r -> r.getType() == signature.getTypeCovered())
            .forEach(covered::addRR);
        DNSSEC.verify(covered, signature, Zones.KEYS.dnskey(), Zones.now());
        rrsets++;
      }
    }
    long distinct =
        zone.records().stream()
            .filter(r -> r.getType() != Type.RRSIG)
            .map(r -> r.getName().canonicalize() + " " + r.getType())
            .distinct()
            .count();
    assertEquals(distinct, rrsets);
  }

  @Test
  void records_anyInputOrder_canonicalAndUnmodifiable() {
    assertEquals(List.copyOf(new TreeSet<>(zone.records())), zone.records());
    assertThrows(UnsupportedOperationException.class, () -> zone.records().clear());
  }

  @Test
  void toZoneFile_readBack_sameRecordsSoaFirst() throws IOException {
    byte[] text = zone.toZoneFile().getBytes(StandardCharsets.US_ASCII);
    List<Record> read = new ArrayList<>();
    try (Master master = new Master(new ByteArrayInputStream(text))) {
      for (Record r = master.nextRecord(); r != null; r = master.nextRecord()) {
        read.add(r);
      }
    }

    assertEquals(Type.SOA, read.get(0).getType());
    Collections.sort(read);
    assertEquals(zone.records(), read);
  }

  @Test
  void sign_duplicateRecords_countOnce() {
    List<Record> twice = new ArrayList<>(Zones.records());
    twice.addAll(Zones.records());

    SignedZone signed = SignedZone.sign(Zones.KEYS, Zones.SERIAL, twice, Zones.valid());

    assertEquals(zone.records().size(), signed.records().size());
  }

  @Test
  void next_higherSerial_newRecordsAndValidity() {
    SignatureValidity later = SignatureValidity.from(Zones.now(), Duration.ofDays(14));
    List<Record> records = new ArrayList<>(Zones.records());
    records.add(Zones.record("new", "TXT", "here"));

    SignedZone next = zone.next(Zones.KEYS, Zones.SERIAL + 1, records, later);

    assertEquals(Zones.SERIAL + 1, next.serial());
    assertEquals(Zones.SERIAL + 1, ((SOARecord) next.soa().first()).getSerial());
    assertEquals(later.expiration(), next.expires());
    assertTrue(next.rrset(Zones.under("new"), Type.TXT).isPresent());
    assertFalse(zone.rrset(Zones.under("new"), Type.TXT).isPresent());
  }

  @Test
  void next_serialWrapsAround_accepted() {
    SignedZone last = SignedZone.sign(Zones.KEYS, 0xFFFFFFFFL, Zones.records(), Zones.valid());

    assertEquals(1, last.next(Zones.KEYS, 1, Zones.records(), Zones.valid()).serial());
  }

  @Test
  void next_sameSerialOrForeignKey_refused() {
    List<Record> records = Zones.records();
    ZoneKeys foreign = ZoneKeys.generate(Zones.name("other.test."));

    assertThrows(
        IllegalArgumentException.class,
        () -> zone.next(Zones.KEYS, Zones.SERIAL, records, Zones.valid()));
    assertThrows(
        IllegalArgumentException.class,
        () -> zone.next(foreign, Zones.SERIAL + 1, records, Zones.valid()));
  }

  static Stream<Arguments> unservable() {
    Name www = Zones.under("www");
    return Stream.of(
        Arguments.of("outside", text(Zones.name("www.example.org."))),
        Arguments.of("parent", text(Zones.name("dive.test."))),
        Arguments.of("wildcard", text(Zones.under("*"))),
        Arguments.of("inner wildcard", text(Zones.under("a.*.b"))),
        Arguments.of("delegation", parse(www, Type.NS, "ns.example.org.")),
        Arguments.of("DNAME", parse(www, Type.DNAME, "example.org.")),
        Arguments.of("own NSEC", parse(www, Type.NSEC, "www A")),
        Arguments.of("own DNSKEY", Zones.KEYS.dnskey()),
        Arguments.of("own ZONEMD", zonemd()),
        Arguments.of("second SOA", parse(Zones.APEX, Type.SOA, "x y 9 9 9 9 9")),
        Arguments.of("SOA below the apex", parse(www, Type.SOA, "x y 9 9 9 9 9")),
        Arguments.of("CNAME beside data", Zones.record("www", "CNAME", "ns")),
        Arguments.of("second CNAME", Zones.record("alias", "CNAME", "ns")),
        Arguments.of("other TTL", Record.newRecord(www, Type.A, DClass.IN, 5, new byte[4])),
        Arguments.of("other class", Record.newRecord(www, Type.A, DClass.CH, 600, new byte[4])),
        Arguments.of("meta type", Record.newRecord(www, Type.ANY, DClass.IN, 600)),
        Arguments.of("huge", Record.newRecord(www, 65280, DClass.IN, 600, new byte[20_000])));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("unservable")
  void sign_recordItCannotServe_refused(String name, Record record) {
    List<Record> records = new ArrayList<>(Zones.records());
    records.add(record);

    assertThrows(
        IllegalArgumentException.class,
        () -> SignedZone.sign(Zones.KEYS, Zones.SERIAL, records, Zones.valid()),
        name);
  }

  @Test
  void sign_withoutSoaOrNs_refused() {
    for (int type : new int[] {Type.SOA, Type.NS}) {
      List<Record> records = Zones.records().stream().filter(r -> r.getType() != type).toList();
      assertThrows(
          IllegalArgumentException.class,
          () -> SignedZone.sign(Zones.KEYS, Zones.SERIAL, records, Zones.valid()),
          Type.string(type));
    }
  }

  @Test
  void validity_emptyOrOver68Years_refused() {
    assertThrows(
        IllegalArgumentException.class, () -> new SignatureValidity(Instant.EPOCH, Instant.EPOCH));
    assertThrows(
        IllegalArgumentException.class,
        () -> SignatureValidity.from(Zones.now(), Duration.ofDays(70 * 365)));
  }

  @Test
  void zonemd_eachVersion_digestOfThatVersion() throws Exception {
    List<Record> changed = new ArrayList<>(Zones.records());
    changed.add(Zones.record("new", "TXT", "here"));
    SignedZone next = zone.next(Zones.KEYS, Zones.SERIAL + 1, changed, Zones.valid());

    for (SignedZone version : List.of(zone, next)) {
      ZoneMDRecord record =
          (ZoneMDRecord) version.rrset(Zones.APEX, Type.ZONEMD).orElseThrow().first();
      assertEquals(version.serial(), record.getSerial());
      assertEquals(ZoneDigest.of(version.records(), ZoneHash.SHA_384), record);
      List<Record> damaged = new ArrayList<>(version.records());
      damaged.remove(Zones.record("www", "A", "127.0.0.2"));
      assertEquals(version.records().size() - 1, damaged.size());
      assertNotEquals(ZoneDigest.of(damaged, ZoneHash.SHA_384), record);
    }
  }

  private static Record zonemd() {
    SOARecord soa = (SOARecord) Zones.signed().soa().first();
    return ZoneDigest.placeholder(soa, ZoneHash.SHA_384);
  }

  private NSECRecord nsecAt(String name) {
    return (NSECRecord) zone.rrset(Zones.under(name), Type.NSEC).orElseThrow().first();
  }

  private static Record text(Name owner) {
    return parse(owner, Type.TXT, "text");
  }

  private static Record parse(Name owner, int type, String rdata) {
    try {
      return Record.fromString(owner, type, DClass.IN, 600, rdata, Zones.APEX);
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
