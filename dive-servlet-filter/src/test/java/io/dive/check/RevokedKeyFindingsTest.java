// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.DnssecStatus;
import io.dive.dns.TxtAnswer;
import io.dive.key.SigningKey;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import java.time.Clock;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When the check takes a key for revoked, and when not. */
@Timeout(120)
class RevokedKeyFindingsTest extends DnsCheckSuite {
  private static final String INVALIDATED =
      "v=\"dive-draft-01\", scopes=(\"strict\"), invalidate-keys-cache=1700000000";

  private static List<CheckReport.RevokedKey> revoked(String... keys) {
    return Arrays.stream(keys)
        .map(key -> new CheckReport.RevokedKey(HOST, KeyReference.of(new KeyId(key))))
        .toList();
  }

  /** A server with the keys k1 and k2 that was checked once while both were published. */
  private DnsCheck checkedWithTwo() {
    publishAll();
    dns.put("k2._divekey.www.example.com", record(key, ""));
    DnsCheck check = new DnsCheck(dns, LONG, Clock.systemUTC());
    assertTrue(check.run(twoKeys()).passed());
    return check;
  }

  private CheckPlan twoKeys() {
    return plan(EnumSet.allOf(ProtocolVersion.class), false, named("k1"), named("k2"));
  }

  @Test
  void keyTakenAway_isRevoked_andUsedAgainWhenItIsBack() {
    DnsCheck check = checkedWithTwo();
    dns.remove(KEY);
    CheckReport gone = check.run(twoKeys());
    assertEquals(
        List.of(FindingCode.POLICY_OK, FindingCode.KEY_REVOKED, FindingCode.KEY_OK), codes(gone));
    assertEquals(revoked("k1"), gone.revoked());
    assertTrue(gone.passed(), "the other key goes on");
    dns.put(KEY, record(key, ""));
    assertEquals(List.of(), check.run(twoKeys()).revoked());
  }

  @Test
  void keyReplacedAfterItWasSeen_isRevoked() {
    DnsCheck check = checkedWithTwo();
    dns.put(KEY, record(newKey(), ""));
    assertEquals(revoked("k1"), check.run(twoKeys()).revoked());
  }

  @Test
  void lastKeyTakenAway_leavesNoUsableKey() {
    DnsCheck check = checkedWithTwo();
    dns.remove(KEY);
    dns.remove("k2._divekey.www.example.com");
    CheckReport report = check.run(twoKeys());
    assertEquals(revoked("k1", "k2"), report.revoked());
    assertTrue(codes(report).contains(FindingCode.NO_USABLE_KEY));
    assertFalse(report.passed());
  }

  @Test
  void invalidatedKeys_areRevokedWithoutAHistory_othersAreMissing() {
    dns.put(POLICY, INVALIDATED);
    assertEquals(revoked("k1"), run().revoked());
    dns.put(POLICY, STRICT_01);
    CheckReport report = run();
    assertEquals(List.of(), report.revoked(), "yet to be published");
    assertTrue(codes(report).contains(FindingCode.KEY_MISSING));
  }

  @Test
  void whatIsNotProven_revokesNothing() {
    for (TxtAnswer answer :
        List.of(
            new TxtAnswer.Failed(ErrorCode.DNS_TIMEOUT, "late"),
            new TxtAnswer.Failed(ErrorCode.DNS_SERVER_FAILURE, "broken"),
            new TxtAnswer.Failed(ErrorCode.DNS_BOGUS, "forged"),
            new TxtAnswer.Absent(DnssecStatus.INSECURE, false),
            new TxtAnswer.Absent(DnssecStatus.INDETERMINATE, true))) {
      DnsCheck check = checkedWithTwo();
      dns.answer(KEY, answer);
      assertEquals(List.of(), check.run(twoKeys()).revoked(), answer::toString);
      // The policy's level, and so what is to be looked at, is not known either.
      dns.remove(KEY);
      dns.answer(POLICY, answer);
      boolean policyGone = answer instanceof TxtAnswer.Absent;
      assertEquals(List.of(), check.run(twoKeys()).revoked(), () -> policyGone + " " + answer);
      dns.put(POLICY, STRICT_01);
    }
    DnsCheck check = checkedWithTwo();
    dns.put(KEY, DnssecStatus.INSECURE, record(newKey(), ""));
    assertEquals(List.of(), check.run(twoKeys()).revoked());
    dns.put(KEY, "no key record at all");
    assertEquals(List.of(), check.run(twoKeys()).revoked());
  }

  @Test
  void keyAboveANewPolicy_orALevelThatDoesNotAnswer_isNotRevoked() {
    publishAll();
    dns.remove(KEY);
    dns.remove(POLICY);
    dns.put("_dive.example.com", STRICT_01);
    dns.put("k1._divekey.example.com", record(key, ""));
    DnsCheck check = new DnsCheck(dns, LONG, Clock.systemUTC());
    assertTrue(check.run(plan("k1")).passed());
    dns.put(POLICY, STRICT_01);
    CheckReport above = check.run(plan("k1"));
    assertTrue(codes(above).contains(FindingCode.KEY_ABOVE_POLICY));
    assertEquals(List.of(), above.revoked());
    dns.fail("k1._divekey.example.com", ErrorCode.DNS_TIMEOUT);
    assertEquals(List.of(), check.run(plan("k1")).revoked());
    dns.remove("k1._divekey.example.com");
    assertEquals(revoked("k1"), check.run(plan("k1")).revoked());
  }

  @Test
  void revokedKey_staysRevokedWhileDnsIsSilent() {
    DnsCheck check = checkedWithTwo();
    dns.remove(KEY);
    check.run(twoKeys());
    dns.fail(KEY, ErrorCode.DNS_TIMEOUT);
    assertEquals(revoked("k1"), check.run(twoKeys()).revoked());
    dns.fail(POLICY, ErrorCode.DNS_SERVER_FAILURE);
    assertEquals(revoked("k1"), check.run(twoKeys()).revoked());
  }

  private CheckPlan watching(String watched, String... keys) {
    return new CheckPlan(
        List.of(
            new CheckPlan.Host(
                HOST,
                Arrays.stream(keys).map(this::named).toList(),
                false,
                false,
                List.of(named(watched)))),
        EnumSet.allOf(ProtocolVersion.class),
        HashAlgorithm.SHA_256);
  }

  @Test
  void watchedKey_needNotBePublished_butIsRevokedOnceItWas() {
    publishAll();
    DnsCheck check = new DnsCheck(dns, LONG, Clock.systemUTC());
    List<FindingCode> fine = List.of(FindingCode.POLICY_OK, FindingCode.KEY_OK);
    CheckReport unpublished = check.run(watching("K2", "k1"));
    assertEquals(fine, codes(unpublished));
    assertEquals(List.of(), unpublished.revoked());
    dns.put("k2._divekey.www.example.com", record(key, ""));
    assertEquals(fine, codes(check.run(watching("k2", "k1"))));
    dns.remove("k2._divekey.www.example.com");
    CheckReport gone = check.run(watching("k2", "k1"));
    assertTrue(gone.passed());
    assertEquals(1, gone.ofSeverity(Severity.WARNING).size(), gone::table);
    assertEquals(revoked("k2"), gone.revoked());
  }

  @Test
  void revokedKeyThatThePlanHasNoMore_staysRevoked_untilItIsBack() {
    DnsCheck check = checkedWithTwo();
    dns.remove("k2._divekey.www.example.com");
    check.run(twoKeys());
    CheckReport without = check.run(plan("k1"));
    assertEquals(revoked("k2"), without.revoked());
    assertEquals(List.of(FindingCode.POLICY_OK, FindingCode.KEY_OK), codes(without));
    dns.put("k2._divekey.www.example.com", record(key, ""));
    assertEquals(List.of(), check.run(plan("k1")).revoked());
  }

  @Test
  void otherKeyUnderTheKeyIdOfARevokedOne_isUsed() {
    DnsCheck check = checkedWithTwo();
    SigningKey other = newKey();
    dns.put(KEY, record(other, ""));
    assertEquals(revoked("k1"), check.run(twoKeys()).revoked());
    CheckPlan replaced =
        plan(
            EnumSet.allOf(ProtocolVersion.class),
            false,
            new CheckPlan.Key(KeyReference.of(new KeyId("k1")), other.publicKey()));
    CheckReport report = check.run(replaced);
    assertEquals(List.of(FindingCode.POLICY_OK, FindingCode.KEY_OK), codes(report));
    assertEquals(List.of(), report.revoked());
  }
}
