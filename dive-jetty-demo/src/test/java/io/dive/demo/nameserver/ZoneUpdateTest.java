// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import org.xbill.DNS.Update;

/** RFC 2136 §2.4, §2.5 and §3, rule by rule. */
class ZoneUpdateTest {

  private static final SignedZone ZONE = Zones.signed();
  private static final Name WWW = Zones.under("www");
  private static final Name NONE = Zones.under("none");
  private static final Name APEX = Zones.APEX;

  /** Fills an update. */
  private interface Part {
    void into(Update update);
  }

  private static Arguments when(String condition, int rcode, Part part) {
    return Arguments.of(condition, rcode, part);
  }

  static Stream<Arguments> prerequisites() {
    Name emptyNonTerminal = Zones.under("c.deep");
    Record www = withTtl(0, "www", "A", "127.0.0.2");
    Record other = withTtl(0, "www", "A", "127.0.0.3");
    return Stream.of(
        when("name in use: it is", Rcode.NOERROR, u -> u.present(WWW)),
        when("name in use: it is not", Rcode.NXDOMAIN, u -> u.present(NONE)),
        when("name in use: non-terminal", Rcode.NXDOMAIN, u -> u.present(emptyNonTerminal)),
        when("name not in use: it is not", Rcode.NOERROR, u -> u.absent(NONE)),
        when("name not in use: non-terminal", Rcode.NOERROR, u -> u.absent(emptyNonTerminal)),
        when("name not in use: it is", Rcode.YXDOMAIN, u -> u.absent(WWW)),
        when("RRset exists: it does", Rcode.NOERROR, u -> u.present(WWW, Type.A)),
        when("RRset exists: other type", Rcode.NXRRSET, u -> u.present(WWW, Type.TXT)),
        when("RRset exists: no name", Rcode.NXRRSET, u -> u.present(NONE, Type.A)),
        when("RRset exists: the server's own", Rcode.NOERROR, u -> u.present(APEX, Type.DNSKEY)),
        when("RRset does not exist: right", Rcode.NOERROR, u -> u.absent(WWW, Type.TXT)),
        when("RRset does not exist: it does", Rcode.YXRRSET, u -> u.absent(WWW, Type.A)),
        when("RRset with value: same", Rcode.NOERROR, u -> u.present(www)),
        when("RRset with value: another", Rcode.NXRRSET, u -> u.present(other)),
        when(
            "RRset with value: one too many",
            Rcode.NXRRSET,
            u -> {
              u.present(www);
              u.present(other);
            }),
        when(
            "RRset with value: one of twelve",
            Rcode.NXRRSET,
            u -> u.present(withTtl(0, "big", "TXT", "\"0" + "x".repeat(200) + "\""))),
        when(
            "RRset with value: all twelve",
            Rcode.NOERROR,
            u -> {
              for (int i = 0; i < 12; i++) {
                u.present(withTtl(0, "big", "TXT", "\"" + i + "x".repeat(200) + "\""));
              }
            }),
        when(
            "RRset with value: with a TTL",
            Rcode.FORMERR,
            u -> u.present(Zones.record("www", "A", "127.0.0.2"))),
        when("outside the zone", Rcode.NOTZONE, u -> u.present(Zones.name("example.org."))),
        when("with a TTL", Rcode.FORMERR, u -> prerequisite(u, empty(WWW, Type.A, DClass.ANY, 1))),
        when(
            "present, with data",
            Rcode.FORMERR,
            u -> prerequisite(u, filled(WWW, Type.A, DClass.ANY, 0))),
        when(
            "absent, with data",
            Rcode.FORMERR,
            u -> prerequisite(u, filled(WWW, Type.A, DClass.NONE, 0))),
        when(
            "another class",
            Rcode.FORMERR,
            u -> prerequisite(u, empty(WWW, Type.A, DClass.CHAOS, 0))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("prerequisites")
  void prerequisite_decides(String condition, int rcode, Part part) throws Exception {
    Update update = new Update(APEX);
    update.add(Zones.record("new", "TXT", "here"));
    part.into(update);

    if (rcode == Rcode.NOERROR) {
      assertTrue(ZoneUpdate.apply(ZONE, update).contains(Zones.record("new", "TXT", "here")));
    } else {
      assertRefused(rcode, update);
    }
  }

  static Stream<Arguments> refusals() {
    Name outside = Zones.name("www.example.org.");
    return Stream.of(
        when("outside the zone", Rcode.NOTZONE, u -> u.delete(outside)),
        when("add without data", Rcode.FORMERR, u -> change(u, empty(WWW, Type.A, DClass.IN, 5))),
        when("add ANY", Rcode.FORMERR, u -> change(u, filled(WWW, Type.ANY, DClass.IN, 5))),
        when("add AXFR", Rcode.FORMERR, u -> change(u, filled(WWW, Type.AXFR, DClass.IN, 5))),
        when("delete AXFR", Rcode.FORMERR, u -> u.delete(WWW, Type.AXFR)),
        when("delete with TTL", Rcode.FORMERR, u -> change(u, empty(WWW, Type.A, DClass.ANY, 5))),
        when(
            "delete RRset with data",
            Rcode.FORMERR,
            u -> change(u, filled(WWW, Type.A, DClass.ANY, 0))),
        when(
            "delete RR with TTL",
            Rcode.FORMERR,
            u -> change(u, filled(WWW, Type.A, DClass.NONE, 5))),
        when(
            "delete RR of type ANY",
            Rcode.FORMERR,
            u -> change(u, filled(WWW, Type.ANY, DClass.NONE, 0))),
        when("another class", Rcode.FORMERR, u -> change(u, filled(WWW, Type.A, DClass.HS, 0))),
        when("add NSEC", Rcode.REFUSED, u -> u.add(Zones.record("www", "NSEC", "ns A"))),
        when("add DNSKEY", Rcode.REFUSED, u -> u.add(Zones.KEYS.dnskey())),
        when("delete DNSKEY", Rcode.REFUSED, u -> u.delete(APEX, Type.DNSKEY)),
        when("delete one DNSKEY", Rcode.REFUSED, u -> u.delete(Zones.KEYS.dnskey())),
        when("delete RRSIG", Rcode.REFUSED, u -> u.delete(WWW, Type.RRSIG)),
        when("delete ZONEMD", Rcode.REFUSED, u -> u.delete(APEX, Type.ZONEMD)),
        when("delegation", Rcode.REFUSED, u -> u.add(Zones.record("sub", "NS", "ns"))),
        when("wildcard", Rcode.REFUSED, u -> u.add(Zones.record("*", "TXT", "any"))),
        when(
            "huge RRset",
            Rcode.REFUSED,
            u -> change(u, Record.newRecord(NONE, 65280, DClass.IN, 600, new byte[20_000]))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refusals")
  void change_notTaken_nothingChanges(String condition, int rcode, Part part) {
    Update update = new Update(APEX);
    update.add(Zones.record("new", "TXT", "here"));
    part.into(update);

    assertRefused(rcode, update);
  }

  @Test
  void zoneSection_otherZoneClassOrForm_refused() {
    assertRefused(Rcode.NOTAUTH, new Update(Zones.name("example.org.")));
    assertRefused(Rcode.NOTAUTH, new Update(WWW));
    assertRefused(Rcode.NOTAUTH, new Update(APEX, DClass.CHAOS));
    Message two = new Update(APEX);
    two.addRecord(Record.newRecord(APEX, Type.SOA, DClass.IN), Section.ZONE);
    assertRefused(Rcode.FORMERR, two);
    Message none = new Update(APEX);
    none.removeAllRecords(Section.ZONE);
    assertRefused(Rcode.FORMERR, none);
    Message notSoa = new Update(APEX);
    notSoa.removeAllRecords(Section.ZONE);
    notSoa.addRecord(Record.newRecord(APEX, Type.A, DClass.IN), Section.ZONE);
    assertRefused(Rcode.FORMERR, notSoa);
  }

  @Test
  void add_newNameAndToExistingRrset_bothThere() throws Exception {
    assertChanges(
        Set.of("new TXT here 600", "www A 127.0.0.9 600"),
        Set.of(),
        u -> {
          u.add(Zones.record("new", "TXT", "here"));
          u.add(Zones.record("www", "A", "127.0.0.9"));
        });
  }

  @Test
  void add_otherTtl_wholeRrsetTakesIt() throws Exception {
    assertChanges(
        Set.of("www A 127.0.0.9 60", "www A 127.0.0.2 60"),
        Set.of("www A 127.0.0.2 600"),
        u -> u.add(withTtl(60, "www", "A", "127.0.0.9")));
    assertChanges(
        Set.of("mixed.case TXT \"upper and lower\" 60"),
        Set.of("mixed.case TXT \"upper and lower\" 600"),
        u -> u.add(withTtl(60, "MIXED.case", "TXT", "\"upper and lower\"")));
  }

  @Test
  void add_whatIsThere_nothingChanges() throws Exception {
    assertChanges(Set.of(), Set.of(), u -> u.add(Zones.record("www", "A", "127.0.0.2")));
  }

  @Test
  void add_aliasBesideDataOrDataBesideAlias_ignored() throws Exception {
    assertChanges(Set.of(), Set.of(), u -> u.add(Zones.record("www", "CNAME", "ns")));
    assertChanges(Set.of(), Set.of(), u -> u.add(Zones.record("alias", "A", "127.0.0.9")));
    assertChanges(Set.of(), Set.of(), u -> u.add(Zones.record("@", "CNAME", "www")));
  }

  @Test
  void add_secondAlias_replacesTheFirst() throws Exception {
    assertChanges(
        Set.of("alias CNAME ns.sandbox.dive.test. 600"),
        Set.of("alias CNAME www.sandbox.dive.test. 600"),
        u -> u.add(Zones.record("alias", "CNAME", "ns")));
  }

  @Test
  void add_soa_takenIfItsSerialIsHigher() throws Exception {
    String soa = "ns hostmaster %d 1 2 3 4";
    assertChanges(Set.of(), Set.of(), u -> u.add(Zones.record("@", "SOA", soa.formatted(1))));
    assertChanges(
        Set.of(), Set.of(), u -> u.add(Zones.record("@", "SOA", soa.formatted(Zones.SERIAL))));
    assertChanges(
        Set.of(),
        Set.of(),
        u -> u.add(Zones.record("new", "SOA", soa.formatted(Zones.SERIAL + 9))));
    Update update = new Update(APEX);
    update.add(Zones.record("@", "SOA", soa.formatted(Zones.SERIAL + 9)));
    List<Record> soas =
        ZoneUpdate.apply(ZONE, update).stream().filter(r -> r.getType() == Type.SOA).toList();
    assertEquals(List.of(Zones.record("@", "SOA", soa.formatted(Zones.SERIAL + 9))), soas);
  }

  @Test
  void delete_recordRrsetOrName() throws Exception {
    assertChanges(
        Set.of(),
        Set.of("www A 127.0.0.2 600"),
        u -> u.delete(Zones.record("www", "A", "127.0.0.2")));
    assertChanges(Set.of(), Set.of("www A 127.0.0.2 600"), u -> u.delete(WWW, Type.A));
    assertChanges(Set.of(), Set.of("www A 127.0.0.2 600"), u -> u.delete(WWW));
    assertChanges(Set.of(), Set.of(), u -> u.delete(Zones.record("www", "A", "127.0.0.3")));
    assertChanges(Set.of(), Set.of(), u -> u.delete(WWW, Type.TXT));
    assertChanges(Set.of(), Set.of(), u -> u.delete(NONE));
  }

  @Test
  void delete_oneOfTwelve_elevenStay() throws Exception {
    Update update = new Update(APEX);
    update.delete(Zones.record("big", "TXT", "\"3" + "x".repeat(200) + "\""));

    long left =
        ZoneUpdate.apply(ZONE, update).stream()
            .filter(record -> record.getName().equals(Zones.under("big")))
            .count();

    assertEquals(11, left);
  }

  @Test
  void delete_apexName_soaAndNsStay() throws Exception {
    assertChanges(
        Set.of(), Set.of("@ A 127.0.0.1 600", "@ AAAA 0:0:0:0:0:0:0:1 600"), u -> u.delete(APEX));
  }

  @Test
  void delete_apexSoaOrNs_ignored() throws Exception {
    assertChanges(Set.of(), Set.of(), u -> u.delete(APEX, Type.SOA));
    assertChanges(Set.of(), Set.of(), u -> u.delete(APEX, Type.NS));
    assertChanges(Set.of(), Set.of(), u -> u.delete(Zones.record("@", "NS", "ns")));
    assertChanges(
        Set.of(), Set.of(), u -> u.delete(ZONE.rrset(APEX, Type.SOA).orElseThrow().first()));
  }

  @Test
  void delete_nameServerButTheLast_goes() throws Exception {
    assertChanges(
        Set.of("@ NS www.sandbox.dive.test. 600"),
        Set.of("@ NS ns.sandbox.dive.test. 600"),
        u -> {
          u.add(Zones.record("@", "NS", "www"));
          u.delete(Zones.record("@", "NS", "ns"));
          u.delete(Zones.record("@", "NS", "www"));
        });
  }

  @Test
  void changes_inTheirOrder() throws Exception {
    assertChanges(
        Set.of("www CNAME ns.sandbox.dive.test. 600"),
        Set.of("www A 127.0.0.2 600"),
        u -> {
          u.delete(WWW);
          u.add(Zones.record("www", "CNAME", "ns"));
        });
    assertChanges(
        Set.of(),
        Set.of("www A 127.0.0.2 600"),
        u -> {
          u.add(Zones.record("www", "CNAME", "ns"));
          u.delete(WWW);
        });
  }

  private static void assertRefused(int rcode, Message update) {
    UpdateRefusedException refused =
        assertThrows(
            UpdateRefusedException.class, () -> ZoneUpdate.apply(ZONE, overTheWire(update)));
    assertEquals(Rcode.string(rcode), Rcode.string(refused.rcode()), refused.getMessage());
  }

  /** What an update adds and removes, as "name type data ttl". */
  private static void assertChanges(Set<String> added, Set<String> removed, Part part)
      throws Exception {
    Update update = new Update(APEX);
    part.into(update);
    Set<String> before = asText(ZONE.data());
    Set<String> after = asText(ZoneUpdate.apply(ZONE, overTheWire(update)));

    Set<String> gone = new TreeSet<>(before);
    gone.removeAll(after);
    Set<String> came = new TreeSet<>(after);
    came.removeAll(before);
    assertEquals(new TreeSet<>(added), came);
    assertEquals(new TreeSet<>(removed), gone);
  }

  private static Message overTheWire(Message update) throws IOException {
    return new Message(update.toWire());
  }

  private static Set<String> asText(List<Record> records) {
    assertEquals(records.size(), new ArrayList<>(new TreeSet<>(records)).size(), "no duplicates");
    return records.stream().map(ZoneUpdateTest::asText).collect(Collectors.toSet());
  }

  private static String asText(Record record) {
    Name relative = record.getName().canonicalize().relativize(APEX);
    return String.join(
        " ",
        relative.labels() == 0 ? "@" : relative.toString(),
        Type.string(record.getType()),
        record.rdataToString(),
        Long.toString(record.getTTL()));
  }

  private static Record withTtl(long ttl, String owner, String type, String rdata) {
    try {
      return Record.fromString(
          Zones.under(owner), Type.value(type), DClass.IN, ttl, rdata, Zones.APEX);
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static void prerequisite(Update update, Record record) {
    update.addRecord(record, Section.PREREQ);
  }

  private static void change(Update update, Record record) {
    update.addRecord(record, Section.UPDATE);
  }

  private static Record empty(Name name, int type, int dclass, long ttl) {
    return Record.newRecord(name, type, dclass, ttl);
  }

  private static Record filled(Name name, int type, int dclass, long ttl) {
    return Record.newRecord(name, type, dclass, ttl, new byte[4]);
  }
}
