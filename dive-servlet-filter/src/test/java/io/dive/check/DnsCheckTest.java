// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.DnssecStatus;
import io.dive.dns.Named;
import io.dive.dns.NamedZones;
import io.dive.dns.TrustAnchors;
import io.dive.dns.TxtAnswer;
import io.dive.dns.TxtLookup;
import io.dive.dns.Upstream;
import io.dive.dns.ValidatingTxtLookup;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.ProtocolVersion;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The check as a whole, with scripted DNS: what is judged, in which time. */
@Timeout(120)
class DnsCheckTest extends DnsCheckSuite {
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
}
