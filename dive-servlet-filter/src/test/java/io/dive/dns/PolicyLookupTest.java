// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.dive.dns.PolicyAnswer.Obstacle;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.protocol.PolicyRecord;
import io.dive.protocol.ProtocolVersion;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PolicyLookupTest {
  private static final String DRAFT_00 = "v=\"dive-draft-00\", scopes=(\"strict\")";
  private static final String DRAFT_01 = "v=\"dive-draft-01\", scopes=(\"strict\")";
  private static final String DRAFT_99 = "v=\"dive-draft-99\", scopes=(\"strict\")";
  private static final Fqdn HOST = new Fqdn("a.b.example.com");

  private final ScriptedDns dns = new ScriptedDns();

  private PolicyAnswer find() {
    return new PolicyLookup(dns).find(HOST, Deadline.in(Duration.ofMinutes(1)));
  }

  private PolicyAnswer.Found found() {
    return assertInstanceOf(PolicyAnswer.Found.class, find());
  }

  private void assertNotSupported(Obstacle obstacle, String level) {
    PolicyAnswer.NotSupported answer = assertInstanceOf(PolicyAnswer.NotSupported.class, find());
    assertEquals(obstacle, answer.obstacle());
    assertEquals(level, answer.level().name());
  }

  @Test
  void walk_goesUpToTheLastLabelAndNotToTheRoot() {
    assertEquals(new PolicyAnswer.None(true), find());
    assertEquals(
        List.of("_dive.a.b.example.com", "_dive.b.example.com", "_dive.example.com", "_dive.com"),
        dns.asked());
  }

  @Test
  void walk_stopsAtTheDeepestRecord() {
    dns.put("_dive.b.example.com", DRAFT_01).put("_dive.example.com", DRAFT_00);
    assertEquals("b.example.com", found().level().name());
    assertEquals(List.of("_dive.a.b.example.com", "_dive.b.example.com"), dns.asked());
  }

  @Test
  void absenceWithoutProof_goesUpAndIsTold() {
    dns.answer("_dive.b.example.com", new TxtAnswer.Absent(DnssecStatus.INSECURE, true));
    assertEquals(new PolicyAnswer.None(false), find());
    dns.put("_dive.example.com", DRAFT_01);
    assertEquals("example.com", found().level().name());
  }

  @Test
  void recordsOfBothRevisions_giveTheNewerInAnyOrder() {
    for (String[] records : new String[][] {{DRAFT_00, DRAFT_01}, {DRAFT_01, DRAFT_00}}) {
      dns.put("_dive.example.com", records);
      assertEquals(ProtocolVersion.DRAFT_01, found().policy().version());
      assertEquals(
          List.of(ProtocolVersion.DRAFT_01, ProtocolVersion.DRAFT_00),
          found().all().stream().map(PolicyRecord::version).toList());
    }
  }

  @Test
  void twoRecordsOfOneRevision_areAmbiguous() {
    dns.put("_dive.example.com", DRAFT_01, DRAFT_01 + ", cache=5");
    assertNotSupported(Obstacle.AMBIGUOUS, "example.com");
  }

  @Test
  void threeRecordsOfOneRevision_areAmbiguousToo() {
    dns.put("_dive.example.com", DRAFT_01, DRAFT_01 + ", cache=5", DRAFT_01 + ", cache=6");
    assertNotSupported(Obstacle.AMBIGUOUS, "example.com");
  }

  @Test
  void ambiguousRevision_countsAsNoneBesideAnother() {
    dns.put("_dive.example.com", DRAFT_01, DRAFT_01 + ", cache=5", DRAFT_00);
    assertEquals(ProtocolVersion.DRAFT_00, found().policy().version());
  }

  @Test
  void unknownRevision_isNotSupportedAndStopsTheWalk() {
    dns.put("_dive.b.example.com", DRAFT_99).put("_dive.example.com", DRAFT_01);
    assertNotSupported(Obstacle.UNKNOWN_VERSION, "b.example.com");
  }

  @Test
  void unknownRevisionBesideAKnownOne_isPassedOver() {
    dns.put("_dive.example.com", DRAFT_99, DRAFT_01, "unrelated");
    assertEquals(ProtocolVersion.DRAFT_01, found().policy().version());
  }

  @Test
  void malformedRecord_isNotSupportedAndStopsTheWalk() {
    dns.put("_dive.b.example.com", "v=spf1 -all").put("_dive.example.com", DRAFT_01);
    assertNotSupported(Obstacle.MALFORMED, "b.example.com");
  }

  @Test
  void octetOutsideAscii_isMalformed() {
    dns.put("_dive.example.com", DRAFT_01 + ", x-note=\"\u00e9\"");
    assertNotSupported(Obstacle.MALFORMED, "example.com");
  }

  @ParameterizedTest
  @EnumSource(
      value = DnssecStatus.class,
      names = {"INSECURE", "INDETERMINATE"})
  void unvalidatedRecord_isNotSupportedAndStopsTheWalk(DnssecStatus status) {
    dns.put("_dive.b.example.com", status, DRAFT_01).put("_dive.example.com", DRAFT_01);
    assertNotSupported(Obstacle.INSECURE, "b.example.com");
  }

  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      names = {"DNS_TIMEOUT", "DNS_SERVER_FAILURE", "DNS_BOGUS"})
  void failure_stopsTheWalk(ErrorCode code) {
    dns.fail("_dive.b.example.com", code).put("_dive.example.com", DRAFT_01);
    PolicyAnswer.Failed answer = assertInstanceOf(PolicyAnswer.Failed.class, find());
    assertEquals(code, answer.code());
    assertEquals("b.example.com", answer.level().name());
  }
}
