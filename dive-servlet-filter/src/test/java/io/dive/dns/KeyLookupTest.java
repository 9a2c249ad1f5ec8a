// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.KeyAnswer.Flaw;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.ProtocolVersion;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KeyLookupTest {
  private static final String KEY =
      "sig=\"ed25519\", key=:7+FEAwxBczk0/weoo/hgGKuoNnYrdCav7wn6ixDvoOA=:";
  private static final Fqdn HOST = new Fqdn("a.b.example.com");
  private static final Fqdn POLICY_LEVEL = new Fqdn("example.com");

  private final ScriptedDns dns = new ScriptedDns();

  private KeyAnswer find(String reference, ProtocolVersion version) throws MalformedFieldException {
    return new KeyLookup(dns)
        .find(
            KeyReference.parse(reference),
            HOST,
            POLICY_LEVEL,
            version,
            Deadline.in(Duration.ofMinutes(1)));
  }

  private KeyAnswer find(String reference) throws MalformedFieldException {
    return find(reference, ProtocolVersion.DRAFT_01);
  }

  private static void assertInvalid(Flaw flaw, KeyAnswer answer) {
    assertEquals(flaw, assertInstanceOf(KeyAnswer.Invalid.class, answer).flaw());
  }

  @Test
  void walk_goesFromTheHostToThePolicyAndNoFurther() throws Exception {
    List<String> levels =
        List.of(
            "k1._divekey.a.b.example.com", "k1._divekey.b.example.com", "k1._divekey.example.com");
    dns.put("k1._divekey.com", KEY);
    assertEquals(new KeyAnswer.Absent(false, true, levels), find("k1"));
    assertEquals(levels, dns.asked());
  }

  @Test
  void deepestRecord_isUsed() throws Exception {
    dns.put("k1._divekey.b.example.com", KEY).put("k1._divekey.example.com", "broken");
    KeyAnswer.Found answer = assertInstanceOf(KeyAnswer.Found.class, find("k1"));
    assertEquals("b.example.com", answer.level().name());
    assertEquals(
        List.of("k1._divekey.a.b.example.com", "k1._divekey.b.example.com"), answer.queried());
  }

  @Test
  void qualifiedReference_isLookedUpAtThatNameOnly() throws Exception {
    dns.put("k1._divekey.example.com", KEY);
    assertEquals(
        new KeyAnswer.Absent(false, true, List.of("k1._divekey.b.example.com")),
        find("k1@b.example.com"));
    assertInstanceOf(KeyAnswer.Found.class, find("k1@example.com"));
  }

  @Test
  void qualifiedReference_mayLieAboveThePolicy() throws Exception {
    dns.put("k1._divekey.com", KEY);
    assertInstanceOf(KeyAnswer.Found.class, find("k1@com"));
  }

  @Test
  void referenceToAChildOrSibling_isInvalidAndNotAskedFor() throws Exception {
    for (String fqdn : List.of("x.a.b.example.com", "c.example.com", "ample.com")) {
      assertInvalid(Flaw.NOT_A_PARENT, find("k1@" + fqdn));
    }
    assertEquals(List.of(), dns.asked());
  }

  @Test
  void policyLevelElsewhere_isMisuse() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new KeyLookup(dns)
                .find(
                    KeyReference.parse("k1"),
                    HOST,
                    new Fqdn("example.org"),
                    ProtocolVersion.DRAFT_01,
                    Deadline.in(Duration.ofMinutes(1))));
  }

  @Test
  void malformedRecord_isInvalidAndStopsTheWalk() throws Exception {
    dns.put("k1._divekey.b.example.com", "broken").put("k1._divekey.example.com", KEY);
    assertInvalid(Flaw.MALFORMED, find("k1"));
  }

  @Test
  void keyRecordBesideUnrelatedText_isUsed() throws Exception {
    dns.put("k1._divekey.example.com", "unrelated", KEY);
    assertInstanceOf(KeyAnswer.Found.class, find("k1"));
  }

  @Test
  void twoKeyRecords_areAmbiguous() throws Exception {
    dns.put("k1._divekey.example.com", KEY, KEY + ", cache=1");
    assertInvalid(Flaw.AMBIGUOUS, find("k1"));
  }

  @ParameterizedTest
  @EnumSource(
      value = DnssecStatus.class,
      names = {"INSECURE", "INDETERMINATE"})
  void unvalidatedRecord_isInvalidInDraft00AndPassedOverInDraft01(DnssecStatus status)
      throws Exception {
    dns.put("k1._divekey.b.example.com", status, KEY);
    assertInvalid(Flaw.INSECURE, find("k1", ProtocolVersion.DRAFT_00));
    assertTrue(assertInstanceOf(KeyAnswer.Absent.class, find("k1")).insecureSeen());
    dns.put("k1._divekey.example.com", KEY);
    assertInvalid(Flaw.INSECURE, find("k1", ProtocolVersion.DRAFT_00));
    assertInstanceOf(KeyAnswer.Found.class, find("k1"));
  }

  @Test
  void failure_stopsTheWalk() throws Exception {
    dns.fail("k1._divekey.b.example.com", ErrorCode.DNS_BOGUS).put("k1._divekey.example.com", KEY);
    KeyAnswer.Failed answer = assertInstanceOf(KeyAnswer.Failed.class, find("k1"));
    assertEquals(ErrorCode.DNS_BOGUS, answer.code());
    assertFalse(answer.queried().contains("k1._divekey.example.com"));
  }

  @Test
  void passedDeadline_isAFailure() throws Exception {
    KeyAnswer answer =
        new KeyLookup(dns)
            .find(
                KeyReference.parse("k1"),
                HOST,
                POLICY_LEVEL,
                ProtocolVersion.DRAFT_01,
                Deadline.in(Duration.ZERO));
    assertEquals(ErrorCode.DNS_TIMEOUT, assertInstanceOf(KeyAnswer.Failed.class, answer).code());
  }
}
