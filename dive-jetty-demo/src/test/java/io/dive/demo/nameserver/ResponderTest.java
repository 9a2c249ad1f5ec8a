// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class ResponderTest {

  private static final SignedZone ZONE = Zones.signed();

  @Test
  void answer_existingTextWithDo_authoritativeAndSigned() {
    Message response = ask("_dive", Type.TXT);

    assertEquals(Rcode.NOERROR, response.getRcode());
    assertTrue(response.getHeader().getFlag(Flags.AA));
    assertTrue(response.getHeader().getFlag(Flags.RD));
    assertFalse(response.getHeader().getFlag(Flags.RA));
    assertFalse(response.getHeader().getFlag(Flags.AD));
    assertEquals(List.of("_dive TXT", "_dive RRSIG(TXT)"), summary(response, Section.ANSWER));
    assertEquals(List.of(), summary(response, Section.AUTHORITY));
    assertTrue((response.getOPT().getFlags() & ExtendedFlags.DO) != 0);
  }

  @Test
  void answer_withoutEdns_noDnssecRecordsAndNoOpt() {
    Message positive = Responder.answer(ZONE, Zones.query(Zones.under("_dive"), Type.TXT));
    Message negative = Responder.answer(ZONE, Zones.query(Zones.under("no.such"), Type.TXT));

    assertEquals(List.of("_dive TXT"), summary(positive, Section.ANSWER));
    assertEquals(List.of("@ SOA"), summary(negative, Section.AUTHORITY));
    assertNull(positive.getOPT());
  }

  @Test
  void answer_nameInOtherCase_found() {
    assertEquals(
        List.of("Mixed.Case TXT", "Mixed.Case RRSIG(TXT)"),
        summary(ask("mIXED.cASE", Type.TXT), Section.ANSWER));
  }

  /** In each case: the name asked, the result, and the owners of the NSEC records that prove it. */
  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "_dive,             A,   NOERROR,  _dive",
    "@,                 TXT, NOERROR,  @",
    "@,                 DS,  NOERROR,  @",
    "_divekey,          TXT, NOERROR,  _dive",
    "deep,              TXT, NOERROR,  dangling",
    "b.c.deep,          TXT, NOERROR,  dangling",
    "zzz,               TXT, NXDOMAIN, www @",
    "x.y.z.www,         TXT, NXDOMAIN, www",
    "_dive.sub,         TXT, NXDOMAIN, ns @",
    "x.a.b.c.deep,      TXT, NXDOMAIN, a.b.c.deep",
    "z.b.c.deep,        TXT, NXDOMAIN, a.b.c.deep dangling",
    "key2._divekey,     TXT, NXDOMAIN, key1._divekey _dive",
    "!,                 A,   NXDOMAIN, @",
    "*,                 A,   NXDOMAIN, @",
    "*.www,             A,   NXDOMAIN, www",
    "\\000._dive,       A,   NXDOMAIN, _dive",
  })
  void answer_negative_provenBy(String name, String type, String rcode, String proof) {
    Message response = ask(name, Type.value(type));

    assertEquals(rcode, Rcode.string(response.getRcode()));
    assertTrue(response.getHeader().getFlag(Flags.AA));
    List<String> expected = new ArrayList<>(List.of("@ SOA", "@ RRSIG(SOA)"));
    for (String owner : proof.split(" ", -1)) {
      expected.add(owner + " NSEC");
      expected.add(owner + " RRSIG(NSEC)");
    }
    assertEquals(List.of(), summary(response, Section.ANSWER));
    assertEquals(expected, summary(response, Section.AUTHORITY));
  }

  @Test
  void answer_negative_allTtlsAreTheSoaMinimum() {
    List<Record> authority = ask("no.such", Type.TXT).getSection(Section.AUTHORITY);

    assertEquals(List.of(300L), authority.stream().map(Record::getTTL).distinct().toList());
    RRSIGRecord soaSignature = (RRSIGRecord) authority.get(1);
    assertEquals(600, soaSignature.getOrigTTL(), "as signed");
  }

  @Test
  void answer_aliases_followedInsideTheZone() {
    assertEquals(
        List.of(
            "alias2 CNAME",
            "alias2 RRSIG(CNAME)",
            "alias CNAME",
            "alias RRSIG(CNAME)",
            "www A",
            "www RRSIG(A)"),
        summary(ask("alias2", Type.A), Section.ANSWER));
    assertEquals(
        List.of("alias CNAME", "alias RRSIG(CNAME)"),
        summary(ask("alias", Type.CNAME), Section.ANSWER));
  }

  @Test
  void answer_aliasToMissingNameOrType_negativeForTheTarget() {
    Message missing = ask("dangling", Type.A);
    Message noData = ask("alias", Type.TXT);

    assertEquals(Rcode.NXDOMAIN, missing.getRcode());
    assertEquals("dangling CNAME", summary(missing, Section.ANSWER).get(0));
    assertEquals("@ SOA", summary(missing, Section.AUTHORITY).get(0));
    assertEquals(Rcode.NOERROR, noData.getRcode());
    assertTrue(summary(noData, Section.AUTHORITY).contains("www NSEC"));
  }

  @Test
  void answer_aliasOutOfTheZoneOrInACircle_aliasesOnly() {
    Message away = ask("away", Type.A);
    Message circle = ask("loop1", Type.A);

    assertEquals(List.of("away CNAME", "away RRSIG(CNAME)"), summary(away, Section.ANSWER));
    assertEquals(Rcode.NOERROR, away.getRcode());
    assertEquals(4, summary(circle, Section.ANSWER).size());
  }

  @Test
  void answer_any_oneRrset() {
    assertEquals(List.of("@ A", "@ RRSIG(A)"), summary(ask("@", Type.ANY), Section.ANSWER));
    assertEquals(Rcode.NXDOMAIN, ask("none", Type.ANY).getRcode());
  }

  @Test
  void answer_dnssecTypesAskedOutright_answered() {
    assertEquals(
        List.of("@ DNSKEY", "@ RRSIG(DNSKEY)"), summary(ask("@", Type.DNSKEY), Section.ANSWER));
    assertEquals(
        List.of("www NSEC", "www RRSIG(NSEC)"), summary(ask("www", Type.NSEC), Section.ANSWER));
    assertEquals(
        List.of("www RRSIG(A)", "www RRSIG(NSEC)"),
        summary(ask("www", Type.RRSIG), Section.ANSWER));
    assertEquals(
        List.of("alias NSEC", "alias RRSIG(NSEC)"),
        summary(ask("alias", Type.NSEC), Section.ANSWER));
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @CsvSource({
    "example.org.,              IN,  A,     REFUSED",
    "dive.test.,                IN,  SOA,   REFUSED",
    "xsandbox.dive.test.,       IN,  A,     REFUSED",
    "www.sandbox.dive.test.,    CH,  A,     REFUSED",
    "www.sandbox.dive.test.,    ANY, A,     REFUSED",
    "sandbox.dive.test.,        IN,  AXFR,  REFUSED",
    "sandbox.dive.test.,        IN,  IXFR,  NOTIMP",
    "sandbox.dive.test.,        IN,  MAILB, NOTIMP",
    "sandbox.dive.test.,        IN,  OPT,   NOTIMP",
  })
  void answer_unanswerable_withoutData(String name, String dclass, String type, String rcode) {
    Record question = Record.newRecord(Zones.name(name), Type.value(type), DClass.value(dclass));
    Message response = Responder.answer(ZONE, Message.newQuery(question));

    assertEquals(rcode, Rcode.string(response.getRcode()));
    assertFalse(response.getHeader().getFlag(Flags.AA));
    assertEquals(question, response.getQuestion());
    assertEquals(List.of(), response.getSection(Section.ANSWER));
    assertEquals(List.of(), response.getSection(Section.AUTHORITY));
  }

  @Test
  void answer_ednsVersion1_badVersion() {
    Message query = Zones.query(Zones.APEX, Type.SOA);
    query.addRecord(new OPTRecord(4096, 0, 1, ExtendedFlags.DO), Section.ADDITIONAL);

    Message response = Responder.answer(ZONE, query);

    assertEquals(Rcode.BADVERS, response.getRcode());
    assertEquals(0, response.getOPT().getVersion());
    assertEquals(1232, response.getOPT().getPayloadSize());
    assertEquals(List.of(), response.getSection(Section.ANSWER));
  }

  @Test
  void answer_noQuestionTwoQuestionsOrTwoOpts_formatError() {
    Message two = Zones.query(Zones.APEX, Type.SOA);
    two.addRecord(Record.newRecord(Zones.APEX, Type.NS, DClass.IN), Section.QUESTION);
    Message opts = Zones.dnssecQuery(Zones.APEX, Type.SOA);
    opts.addRecord(new OPTRecord(512, 0, 0), Section.ADDITIONAL);

    for (Message query : List.of(new Message(7), two, opts)) {
      Message response = Responder.answer(ZONE, query);
      assertEquals(Rcode.FORMERR, response.getRcode());
      assertEquals(query.getHeader().getID(), response.getHeader().getID());
    }
  }

  @Test
  void answer_otherOpcode_notImplemented() {
    Message query = Zones.query(Zones.APEX, Type.SOA);
    query.getHeader().setOpcode(Opcode.NOTIFY);

    Message response = Responder.answer(ZONE, query);

    assertEquals(Rcode.NOTIMP, response.getRcode());
    assertEquals(Opcode.NOTIFY, response.getHeader().getOpcode());
  }

  private static Message ask(String name, int type) {
    return Responder.answer(ZONE, Zones.dnssecQuery(Zones.under(name), type));
  }

  private static List<String> summary(Message message, int section) {
    return message.getSection(section).stream().map(ResponderTest::summary).toList();
  }

  private static String summary(Record record) {
    Name relative = record.getName().relativize(Zones.APEX);
    String owner = relative.labels() == 0 ? "@" : relative.toString();
    String type = Type.string(record.getType());
    if (record instanceof RRSIGRecord signature) {
      type += "(" + Type.string(signature.getTypeCovered()) + ")";
    }
    return owner + " " + type;
  }
}
