// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.DnssecStatus;
import io.dive.dns.Named;
import io.dive.dns.NamedZones;
import io.dive.dns.ScriptedDns;
import io.dive.dns.TrustAnchors;
import io.dive.dns.TxtAnswer;
import io.dive.dns.TxtLookup;
import io.dive.dns.Upstream;
import io.dive.dns.ValidatingTxtLookup;
import io.dive.key.SigningKey;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.SignatureAlgorithm;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** One test for each thing the check can find, with scripted DNS. */
@Timeout(120)
class DnsCheckTest {
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final Fqdn HOST = new Fqdn("www.example.com");
  private static final String POLICY = "_dive.www.example.com";
  private static final String KEY = "k1._divekey.www.example.com";
  private static final String STRICT_01 = "v=\"dive-draft-01\", scopes=(\"strict\"), cache=300";

  /** As an operator has to write it into the zone file, down to the quotes. */
  private static final List<String> POLICY_LINES =
      List.of(
          "_dive.www.example.com. 300 IN TXT"
              + " \"v=\\\"dive-draft-01\\\", scopes=(\\\"strict\\\"), cache=300\"",
          "_dive.www.example.com. 300 IN TXT"
              + " \"v=\\\"dive-draft-00\\\", scopes=(\\\"strict\\\"), cache=300\"");

  private final ScriptedDns dns = new ScriptedDns();
  private final SigningKey key = newKey();

  private static SigningKey newKey() {
    return SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom());
  }

  private static String base64(SigningKey key) {
    return key.publicKey().bytes().toBase64();
  }

  private static String record(SigningKey key, String more) {
    return "sig=\"ed25519\", key=:" + base64(key) + ":" + more;
  }

  private String keyLine(String owner) {
    return owner
        + ". 900 IN TXT \"sig=\\\"ed25519\\\", key=:"
        + base64(key)
        + ":, allowed-hash=(\\\"sha256\\\"), cache=900\"";
  }

  private void publishAll() {
    dns.put(POLICY, STRICT_01);
    dns.put(KEY, record(key, ""));
  }

  private CheckPlan.Key named(String reference) {
    try {
      return new CheckPlan.Key(KeyReference.parse(reference), key.publicKey());
    } catch (io.dive.protocol.MalformedFieldException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private CheckPlan plan(String reference) {
    return plan(EnumSet.allOf(ProtocolVersion.class), false, named(reference));
  }

  private static CheckPlan plan(
      Set<ProtocolVersion> drafts, boolean unsignedPaths, CheckPlan.Key... keys) {
    return new CheckPlan(
        List.of(new CheckPlan.Host(HOST, List.of(keys), unsignedPaths)),
        drafts,
        HashAlgorithm.SHA_256);
  }

  private CheckReport run(CheckPlan plan) {
    return run(dns, plan);
  }

  private static CheckReport run(TxtLookup dns, CheckPlan plan) {
    return new DnsCheck(dns, LONG, Clock.systemUTC()).run(plan);
  }

  private CheckReport run() {
    return run(plan("k1"));
  }

  private static List<FindingCode> codes(CheckReport report) {
    return report.findings().stream().map(Finding::code).toList();
  }

  private static Finding only(CheckReport report, FindingCode code) {
    List<Finding> found = report.findings().stream().filter(f -> f.code() == code).toList();
    assertEquals(1, found.size(), report::table);
    return found.get(0);
  }

  private static void assertRemedyPublishes(Finding finding, List<String> lines) {
    List<String> remedy = finding.remedy().lines().toList();
    lines.forEach(line -> assertTrue(remedy.contains(line), finding::remedy));
  }

  private static void assertSays(Finding finding, String... parts) {
    for (String part : parts) {
      assertTrue(finding.sentence().contains(part), finding::sentence);
    }
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

  @Test
  void everythingPublished_passesWithoutAdvice() {
    publishAll();
    CheckReport report = run();
    assertEquals(List.of(FindingCode.POLICY_OK, FindingCode.KEY_OK), codes(report));
    assertEquals(List.of(POLICY, KEY), report.findings().stream().map(Finding::subject).toList());
    assertTrue(report.findings().stream().allMatch(f -> f.remedy().isEmpty()), report::table);
    assertTrue(report.passed());
  }

  @Test
  void policyAtAParent_holdsForTheHost() {
    dns.put("_dive.example.com", STRICT_01);
    dns.put("k1._divekey.example.com", record(key, ""));
    CheckReport report = run();
    assertEquals("_dive.example.com", only(report, FindingCode.POLICY_OK).subject());
    assertEquals("k1._divekey.example.com", only(report, FindingCode.KEY_OK).subject());
  }

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

  @ParameterizedTest
  @EnumSource(value = ErrorCode.class, mode = EnumSource.Mode.MATCH_ALL, names = "DNS_.*")
  void failingLookUp_isAFindingWithTheCodeOfItsFault(ErrorCode code) {
    publishAll();
    String token = code == ErrorCode.DNS_LAME ? "dns-server-failure" : code.token();
    for (String name : List.of(POLICY, KEY)) {
      dns.fail(name, code);
      CheckReport report = run();
      List<Finding> faults =
          report.findings().stream().filter(f -> f.subject().equals(name)).toList();
      assertEquals(
          List.of(token), faults.stream().map(f -> f.code().token()).toList(), report::table);
      assertSays(faults.get(0), "scripted " + code.token());
      assertFalse(faults.get(0).remedy().isEmpty());
      assertFalse(report.passed());
    }
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

  private static TxtAnswer found(Duration ttl, Duration left, String value) {
    return new TxtAnswer.Found(
        List.of(value),
        DnssecStatus.SECURE,
        ttl,
        POLICY,
        Optional.of(Clock.systemUTC().instant().plus(left)));
  }

  @Test
  void ttlAboveTheAdvice_isWarnedOf() {
    publishAll();
    Duration year = Duration.ofDays(365);
    dns.answer(POLICY, found(Duration.ofSeconds(301), year, STRICT_01));
    dns.answer(KEY, found(Duration.ofSeconds(901), year, record(key, "")));
    CheckReport report = run();
    List<Finding> findings =
        report.findings().stream().filter(f -> f.code() == FindingCode.TTL_ABOVE_ADVICE).toList();
    assertEquals(List.of(POLICY, KEY), findings.stream().map(Finding::subject).toList());
    assertSays(findings.get(0), "301 s", "300 s");
    assertSays(findings.get(1), "901 s", "900 s");
    assertTrue(report.passed());
    dns.answer(POLICY, found(Duration.ofMinutes(5), year, STRICT_01));
    dns.answer(KEY, found(Duration.ofMinutes(15), year, record(key, "")));
    assertEquals(List.of(FindingCode.POLICY_OK, FindingCode.KEY_OK), codes(run()));
  }

  @Test
  void signatureThatEndsSoon_isWarnedOf_andOthersSayHowLong() {
    publishAll();
    Duration ttl = Duration.ofMinutes(5);
    dns.answer(POLICY, found(ttl, Duration.ofDays(9).plusHours(1), STRICT_01));
    dns.answer(KEY, found(ttl, Duration.ofHours(71), record(key, "")));
    CheckReport report = run();
    assertSays(only(report, FindingCode.POLICY_OK), "TTL 300 s", "signature ends in 9 days");
    Finding finding = only(report, FindingCode.SIGNATURE_EXPIRES_SOON);
    assertEquals(KEY, finding.subject());
    assertSays(finding, "in 2 days");
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

  @Test
  void hostWithoutKeys_isWarnedOf() {
    publishAll();
    CheckReport report = run(plan(EnumSet.allOf(ProtocolVersion.class), false));
    assertEquals("www.example.com", only(report, FindingCode.NO_KEYS).subject());
    assertTrue(report.passed());
  }

  @Test
  void dnsThatNeverAnswers_isNotWaitedFor() {
    CountDownLatch never = new CountDownLatch(1);
    TxtLookup silent =
        (name, limit) -> {
          try {
            never.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return new TxtAnswer.Failed(ErrorCode.DNS_TIMEOUT, "interrupted");
        };
    CheckReport report =
        new DnsCheck(silent, Duration.ofMillis(100), Clock.systemUTC()).run(plan("k1"));
    Finding finding = only(report, FindingCode.CHECK_TIMED_OUT);
    assertEquals("www.example.com", finding.subject());
    assertSays(finding, "100 ms");
    assertTrue(finding.remedy().contains("dive.check.timeout"), finding::remedy);
    assertFalse(report.passed());
  }

  @Test
  void keyThatNeverAnswers_leavesTheOtherFindings() {
    publishAll();
    CountDownLatch never = new CountDownLatch(1);
    TxtLookup half =
        (name, limit) -> {
          if (name.startsWith("k2.")) {
            try {
              never.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
          return dns.lookup(name, limit);
        };
    CheckPlan plan = plan(EnumSet.allOf(ProtocolVersion.class), false, named("k1"), named("k2"));
    CheckReport report = new DnsCheck(half, Duration.ofSeconds(2), Clock.systemUTC()).run(plan);
    assertEquals(
        List.of(FindingCode.POLICY_OK, FindingCode.KEY_OK, FindingCode.CHECK_TIMED_OUT),
        codes(report),
        report::table);
    assertEquals("www.example.com key k2", report.findings().get(2).subject());
  }

  @Test
  void hostsAreLookedUpAtTheSameTime() {
    CyclicBarrier all = new CyclicBarrier(3);
    TxtLookup meeting =
        (name, limit) -> {
          try {
            all.await(60, TimeUnit.SECONDS);
          } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            return new TxtAnswer.Failed(ErrorCode.DNS_TIMEOUT, "the others did not come");
          }
          return new TxtAnswer.Found(
              List.of(STRICT_01),
              DnssecStatus.SECURE,
              Duration.ofMinutes(5),
              name,
              Optional.empty());
        };
    List<CheckPlan.Host> hosts =
        List.of("a.example", "b.example", "c.example").stream()
            .map(name -> new CheckPlan.Host(new Fqdn(name), List.of(), false))
            .toList();
    CheckReport report =
        run(
            meeting,
            new CheckPlan(hosts, EnumSet.allOf(ProtocolVersion.class), HashAlgorithm.SHA_256));
    assertEquals(
        List.of("_dive.a.example", "_dive.b.example", "_dive.c.example"),
        report.findings().stream()
            .filter(f -> f.code() == FindingCode.POLICY_OK)
            .map(Finding::subject)
            .toList(),
        report::table);
  }

  @Test
  void realZone_isJudgedByItsSignatures(@TempDir Path directory) throws Exception {
    Assumptions.assumeTrue(Named.isInstalled(), "named is not installed");
    CheckPlan plan = plan("k1");
    NamedZones zones = new NamedZones(directory);
    zones.signed("example.com", String.join("\n", PublishedRecords.all(plan)) + "\n");
    try (Named named = Named.start(directory, "recursion no;", zones.statements())) {
      TxtLookup lookup =
          new ValidatingTxtLookup(
              Upstream.of(named.address()),
              TrustAnchors.read(zones.anchorFile()),
              LONG,
              Clock.systemUTC());
      CheckReport report = run(lookup, plan);
      assertEquals(
          List.of(FindingCode.POLICY_OK, FindingCode.KEY_OK), codes(report), report::table);
      Finding missing = only(run(lookup, plan("k2")), FindingCode.KEY_MISSING);
      assertEquals("k2._divekey.www.example.com", missing.subject());
    }
  }

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
