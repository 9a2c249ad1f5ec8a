// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.DnssecStatus;
import io.dive.protocol.ProtocolVersion;
import java.time.Clock;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the check finds in the policy record. */
@Timeout(120)
class PolicyFindingsTest extends DnsCheckSuite {
  @Test
  void noPolicy_isAnsweredWithTheLinesToPublish() {
    dns.put(KEY, record(key, ""));
    CheckReport report = run();
    Finding finding = only(report, FindingCode.POLICY_MISSING);
    assertEquals(POLICY, finding.subject());
    assertRemedyPublishes(finding, POLICY_LINES);
    assertEquals(KEY, only(report, FindingCode.KEY_OK).subject(), "keys are looked at anyway");
    assertFalse(report.passed());
  }

  @Test
  void unvalidatedPolicy_isInsecure() {
    publishAll();
    for (DnssecStatus status : List.of(DnssecStatus.INSECURE, DnssecStatus.INDETERMINATE)) {
      dns.put(POLICY, status, STRICT_01);
      Finding finding = only(run(), FindingCode.POLICY_INSECURE);
      assertEquals(POLICY, finding.subject());
      assertSays(finding, status.name().toLowerCase(java.util.Locale.ROOT));
      assertTrue(finding.remedy().contains("DS record"), finding::remedy);
    }
  }

  @Test
  void unvalidatedPolicyAtAParent_doesNotHideTheKeysBesideIt() {
    dns.put("_dive.example.com", DnssecStatus.INSECURE, STRICT_01);
    dns.put("k1._divekey.example.com", record(key, ""));
    assertEquals(List.of(FindingCode.POLICY_INSECURE, FindingCode.KEY_OK), codes(run()));
  }

  @Test
  void unusablePolicyAtAParent_isToBeReplacedThere() {
    for (String value : List.of("v=spf1 -all", "v=\"dive-draft-99\", scopes=(\"strict\")")) {
      dns.put("_dive.example.com", value);
      Finding finding = only(run(), FindingCode.POLICY_UNUSABLE);
      assertEquals("_dive.example.com", finding.subject());
      assertRemedyPublishes(
          finding,
          POLICY_LINES.stream()
              .map(line -> line.replace("_dive.www.example", "_dive.example"))
              .toList());
    }
    dns.put("_dive.example.com", STRICT_01, STRICT_01 + ", x=1");
    assertSays(only(run(), FindingCode.POLICY_UNUSABLE), "more than one", "decision 5");
  }

  @Test
  void policyOfARevisionThatIsNotSent_saysBoth() {
    publishAll();
    Finding finding =
        only(
            run(plan(Set.of(ProtocolVersion.DRAFT_00), false, named("k1"))),
            FindingCode.POLICY_DRAFT_NOT_EMITTED);
    assertEquals(POLICY, finding.subject());
    assertSays(finding, "dive-draft-01", "emits 00");
    assertTrue(finding.remedy().contains("Add 01 to dive.drafts"), finding::remedy);
  }

  @Test
  void policyWithoutScope_verifiesNothing() {
    publishAll();
    dns.put(POLICY, "v=\"dive-draft-01\", scopes=()");
    CheckReport report = run();
    Finding finding = only(report, FindingCode.POLICY_WITHOUT_SCOPE);
    assertEquals(POLICY + " (dive-draft-01)", finding.subject());
    assertTrue(finding.remedy().contains("scopes=(\"strict\")"), finding::remedy);
    assertTrue(report.passed(), "a warning");
  }

  @Test
  void unknownScope_isNamed_customOnesAreNot() {
    publishAll();
    dns.put(POLICY, "v=\"dive-draft-01\", scopes=(\"strict\" \"download\" \"x-beta\")");
    CheckReport report = run();
    assertSays(only(report, FindingCode.POLICY_SCOPE_UNKNOWN), "[download]");
    assertFalse(codes(report).contains(FindingCode.POLICY_WITHOUT_SCOPE), report::table);
  }

  @Test
  void strictPolicyOverUnsignedPaths_isWarnedOf() {
    publishAll();
    CheckReport report = run(plan(EnumSet.allOf(ProtocolVersion.class), true, named("k1")));
    Finding finding = only(report, FindingCode.POLICY_STRICT_BUT_UNSIGNED_PATHS);
    assertEquals(POLICY + " (dive-draft-01)", finding.subject());
    assertSays(finding, "www.example.com");
    assertTrue(report.passed());
  }

  @Test
  void reportOnlyPolicy_isWarnedOf() {
    publishAll();
    dns.put(POLICY, STRICT_01 + ", directives=(\"report-only\")");
    assertTrue(only(run(), FindingCode.POLICY_REPORT_ONLY).remedy().contains("\"report-only\""));
  }

  @Test
  void cacheAboveTheCap_isWarnedOfByRevision() {
    publishAll();
    dns.put(
        POLICY,
        "v=\"dive-draft-01\", scopes=(\"strict\"), cache=3601",
        "v=\"dive-draft-00\", scopes=(\"strict\"), cache=86400");
    Finding finding = only(run(), FindingCode.CACHE_ABOVE_CAP);
    assertEquals(POLICY + " (dive-draft-01)", finding.subject());
    assertSays(finding, "cache=3601", "3600 s");
  }

  @Test
  void reportToThatIsNoHttpsUrl_isWarnedOf() {
    publishAll();
    dns.put(POLICY, STRICT_01 + ", report-to=\"http://example.com/report\"");
    assertSays(only(run(), FindingCode.REPORT_TO_UNUSABLE), "http://example.com/report");
    dns.put(POLICY, STRICT_01 + ", report-to=\"https://example.com/report\"");
    assertEquals(List.of(FindingCode.POLICY_OK, FindingCode.KEY_OK), codes(run()));
  }

  @ParameterizedTest
  @CsvSource({
    "3600, KEYS_INVALIDATED_AHEAD, future",
    "-3600, KEYS_INVALIDATED, leave it in place until",
    "-86500, KEYS_INVALIDATION_OVER, no client keeps"
  })
  void invalidateKeysCache_isExplained(long secondsFromNow, FindingCode code, String words) {
    publishAll();
    long moment = Clock.systemUTC().instant().getEpochSecond() + secondsFromNow;
    dns.put(POLICY, STRICT_01 + ", invalidate-keys-cache=" + moment);
    assertSays(only(run(), code), words);
  }
}
