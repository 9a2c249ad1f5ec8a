// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.DnssecStatus;
import io.dive.key.SigningKey;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the check finds in the key records. */
@Timeout(120)
class KeyFindingsTest extends DnsCheckSuite {
  @Test
  void missingKey_isAnsweredWithTheLineToPublish() {
    dns.put("_dive.example.com", STRICT_01);
    Finding finding = only(run(), FindingCode.KEY_MISSING);
    assertEquals(KEY, finding.subject());
    assertSays(finding, "k1", KEY, "k1._divekey.example.com");
    assertRemedyPublishes(finding, List.of(keyLine(KEY)));
  }

  @Test
  void missingKeyOfADomain_isToBePublishedThere() {
    dns.put("_dive.example.com", STRICT_01);
    Finding finding = only(run(plan("k1@example.com")), FindingCode.KEY_MISSING);
    assertEquals("k1._divekey.example.com", finding.subject());
    assertRemedyPublishes(finding, List.of(keyLine("k1._divekey.example.com")));
  }

  @Test
  void unvalidatedKey_isInsecureInBothRevisions() {
    for (ProtocolVersion version : ProtocolVersion.values()) {
      dns.put(POLICY, "v=\"" + version.token() + "\", scopes=(\"strict\")");
      dns.put(KEY, DnssecStatus.INSECURE, record(key, ""));
      Finding finding = only(run(), FindingCode.KEY_INSECURE);
      assertEquals(KEY, finding.subject());
      assertSays(finding, KEY);
    }
  }

  @Test
  void unusableKeyRecords_areToBeReplaced() {
    publishAll();
    dns.put(KEY, "sig=\"ed25519\"");
    Finding malformed = only(run(), FindingCode.KEY_UNUSABLE);
    assertEquals(KEY, malformed.subject());
    assertRemedyPublishes(malformed, List.of(keyLine(KEY)));
    dns.put(KEY, record(key, ""), record(newKey(), ""));
    Finding ambiguous = only(run(), FindingCode.KEY_UNUSABLE);
    assertSays(ambiguous, "2 key records");
    assertRemedyPublishes(ambiguous, List.of(keyLine(KEY)));
  }

  @Test
  void keyOfAForeignDomain_isUnusable() {
    publishAll();
    Finding finding = only(run(plan("k1@example.org")), FindingCode.KEY_UNUSABLE);
    assertEquals("k1._divekey.example.org", finding.subject());
    assertTrue(finding.remedy().contains("dive.key.N.fqdn"), finding::remedy);
  }

  @Test
  void otherKey_namesTheKeyWhatDnsSaysAndWhatWasExpected() {
    SigningKey other = newKey();
    dns.put("_dive.example.com", STRICT_01);
    dns.put("k1._divekey.example.com", record(other, ""));
    Finding finding = only(run(), FindingCode.KEY_MISMATCH);
    assertEquals("k1._divekey.example.com", finding.subject());
    assertSays(
        finding, "key k1", "DNS says ed25519 " + base64(other), "expected ed25519 " + base64(key));
    assertRemedyPublishes(finding, List.of(keyLine("k1._divekey.example.com")));
  }

  @Test
  void hashThatTheKeyDoesNotAdmit_isAnError() {
    publishAll();
    dns.put(KEY, record(key, ", allowed-hash=(\"sha512\" \"sha3-256\")"));
    CheckReport report = run();
    Finding finding = only(report, FindingCode.KEY_HASH_NOT_ALLOWED);
    assertEquals(KEY, finding.subject());
    assertSays(finding, "[sha512, sha3-256]", "sha256");
    assertRemedyPublishes(finding, List.of(keyLine(KEY)));
    assertFalse(report.passed());
  }

  /** Decision 33. */
  @Test
  void keyAboveThePolicy_isFoundAndTheRemedyNamesTheDomain() {
    dns.put(POLICY, STRICT_01);
    dns.put("k1._divekey.example.com", record(key, ""));
    Finding finding = only(run(), FindingCode.KEY_ABOVE_POLICY);
    assertEquals("k1._divekey.example.com", finding.subject());
    assertSays(finding, "above www.example.com");
    assertTrue(finding.remedy().contains("dive.key.N.fqdn = example.com,"), finding::remedy);
    assertRemedyPublishes(finding, List.of(keyLine(KEY)));
    assertTrue(run(plan("k1@example.com")).passed(), "as the remedy says");
  }

  @Test
  void capitalsInAKeyId_areWarnedOf() {
    publishAll();
    CheckReport report = run(plan("K1"));
    Finding finding = only(report, FindingCode.KEY_ID_NOT_LOWER_CASE);
    assertEquals("K1._divekey.www.example.com", finding.subject());
    assertTrue(report.passed());
  }

  @Test
  void keyCacheAboveTheCap_isWarnedOf() {
    publishAll();
    dns.put(KEY, record(key, ", cache=86401"));
    assertSays(only(run(), FindingCode.CACHE_ABOVE_CAP), "cache=86401", "86400 s");
    dns.put(KEY, record(key, ", cache=86400"));
    assertEquals(List.of(FindingCode.POLICY_OK, FindingCode.KEY_OK), codes(run()));
  }

  @Test
  void keyIdsThatDifferInCaseOnly_areAnError() {
    publishAll();
    CheckReport report =
        run(plan(EnumSet.allOf(ProtocolVersion.class), false, named("k1"), named("K1")));
    assertSays(only(report, FindingCode.KEY_IDS_DIFFER_IN_CASE), "k1", "K1");
    assertFalse(report.passed());
  }

  @Test
  void moreThanThreeKeys_areWarnedOf() {
    publishAll();
    CheckPlan.Key[] keys =
        IntStream.rangeClosed(1, 4).mapToObj(i -> named("k" + i)).toArray(CheckPlan.Key[]::new);
    CheckReport report = run(plan(EnumSet.allOf(ProtocolVersion.class), false, keys));
    assertSays(only(report, FindingCode.MORE_THAN_THREE_KEYS), "4 keys");
    assertFalse(
        codes(run(plan(EnumSet.allOf(ProtocolVersion.class), false, Arrays.copyOf(keys, 3))))
            .contains(FindingCode.MORE_THAN_THREE_KEYS));
  }

  @Test
  void nameThatDnsCannotHold_isWarnedOf() {
    Fqdn host = new Fqdn("a".repeat(60) + ("." + "b".repeat(60)).repeat(3));
    CheckPlan plan =
        new CheckPlan(
            List.of(new CheckPlan.Host(host, List.of(named("k".repeat(10))), false)),
            EnumSet.allOf(ProtocolVersion.class),
            HashAlgorithm.SHA_256);
    Finding finding = only(run(plan), FindingCode.NAME_TOO_LONG);
    assertEquals("k".repeat(10) + "._divekey." + host, finding.subject());
    assertSays(finding, "263 characters");
  }

  @Test
  void hostWithoutKeys_isWarnedOf() {
    publishAll();
    CheckReport report = run(plan(EnumSet.allOf(ProtocolVersion.class), false));
    assertEquals("www.example.com", only(report, FindingCode.NO_KEYS).subject());
    assertTrue(report.passed());
  }

  /** A host without a key of its own whose files have the signatures of these keys. */
  private CheckReport runKeyless(List<String> keys, List<Set<String>> files) {
    Set<Set<KeyReference>> together =
        files.stream()
            .map(file -> file.stream().map(k -> named(k).reference()).collect(toSet()))
            .collect(toSet());
    CheckPlan.Host host =
        new CheckPlan.Host(
            HOST, keys.stream().map(this::named).toList(), false, false, List.of(), together);
    return run(
        new CheckPlan(List.of(host), EnumSet.allOf(ProtocolVersion.class), HashAlgorithm.SHA_256));
  }

  @Test
  void keyThatIsGone_besideAPublishedOneInEverySidecar_isAWarning() {
    publishAll();
    CheckReport report =
        runKeyless(List.of("k1", "old"), List.of(Set.of("k1", "old"), Set.of("k1")));
    assertEquals(
        List.of(FindingCode.POLICY_OK, FindingCode.KEY_OK, FindingCode.KEY_RETIRED), codes(report));
    assertTrue(report.passed());
    assertTrue(only(report, FindingCode.KEY_RETIRED).remedy().contains("sign --force"));
  }

  @Test
  void keyThatIsGone_aloneInSomeSidecar_isMissing() {
    publishAll();
    for (List<Set<String>> files :
        List.of(
            List.of(Set.of("k1", "old"), Set.of("old")),
            List.of(Set.of("k1"), Set.of("old", "older")))) {
      CheckReport report = runKeyless(List.of("k1", "old"), files);
      only(report, FindingCode.KEY_MISSING);
      assertFalse(report.passed());
    }
  }
}
