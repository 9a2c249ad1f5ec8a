// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What is left of an answer that somebody made to cost time. */
@Timeout(60)
class RelevantRecordsTest {
  private static final Instant NOW = Instant.parse("2026-11-01T00:00:00Z");
  private static final Name ASKED = Name.fromConstantString("_dive.zone.test.");

  private static Message answer() {
    return Message.newQuery(Record.newRecord(ASKED, Type.TXT, DClass.IN));
  }

  private static Name target(int number) {
    return Name.fromConstantString("target.zone" + number + ".");
  }

  private static NSECRecord nsec(Name name) {
    return new NSECRecord(name, DClass.IN, 1, Name.root, new int[] {Type.NSEC});
  }

  private static RRSIGRecord signature(Name name, Name signer, int number) {
    return new RRSIGRecord(
        name,
        DClass.IN,
        1,
        Type.NSEC,
        DNSSEC.Algorithm.ED25519,
        1,
        NOW,
        NOW,
        number,
        signer,
        new byte[64]);
  }

  @Test
  void repeatedRecords_areLeftOnce() {
    Message answer = answer();
    Name zone = Name.fromConstantString("zone.test.");
    for (int i = 0; i < 100; i++) {
      answer.addRecord(new CNAMERecord(ASKED, DClass.IN, 1, target(0)), Section.ANSWER);
      answer.addRecord(nsec(zone), Section.AUTHORITY);
      answer.addRecord(signature(zone, zone, 1), Section.AUTHORITY);
    }
    Message relevant = RelevantRecords.of(answer, TrustAnchors.iana());
    assertEquals(1, relevant.getSection(Section.ANSWER).size());
    assertEquals(2, relevant.getSection(Section.AUTHORITY).size());
  }

  @Test
  void aliasesBeyondTheSixteenth_makeNothingRelevant() {
    Message answer = answer();
    for (int i = 0; i < 20; i++) {
      answer.addRecord(new CNAMERecord(ASKED, DClass.IN, 1, target(i)), Section.ANSWER);
      Name zone = new Name(target(i), 1);
      answer.addRecord(nsec(zone), Section.AUTHORITY);
      answer.addRecord(signature(zone, zone, i), Section.AUTHORITY);
    }
    Message relevant = RelevantRecords.of(answer, TrustAnchors.iana());
    assertEquals(2 * 16, relevant.getSection(Section.AUTHORITY).size());
  }

  @Test
  void denialWithoutARelevantSignature_isLeftOut() {
    Message answer = answer();
    Name zone = Name.fromConstantString("zone.test.");
    Name other = Name.fromConstantString("other.test.");
    answer.addRecord(nsec(zone), Section.AUTHORITY);
    answer.addRecord(signature(zone, other, 1), Section.AUTHORITY);
    answer.addRecord(nsec(other), Section.AUTHORITY);
    answer.addRecord(signature(other, other, 1), Section.AUTHORITY);
    assertEquals(
        0, RelevantRecords.of(answer, TrustAnchors.iana()).getSection(Section.AUTHORITY).size());
  }

  @Test
  void moreThanTheRecordsOfAnyHonestAnswer_areTooMany() {
    Message answer = answer();
    for (int i = 0; i < RelevantRecords.MAX_RECORDS; i++) {
      answer.addRecord(nsec(ASKED), i % 2 == 0 ? Section.ANSWER : Section.AUTHORITY);
    }
    assertFalse(RelevantRecords.areTooMany(answer));
    answer.addRecord(nsec(ASKED), Section.AUTHORITY);
    assertTrue(RelevantRecords.areTooMany(answer));
  }
}
