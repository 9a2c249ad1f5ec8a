// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.Named;
import io.dive.dns.SignedZone;
import io.dive.dns.TrustAnchors;
import io.dive.dns.Upstream;
import io.dive.dns.ZoneAnchors;
import io.dive.zonemd.AxfrServer;
import io.dive.zonemd.ZoneFiles;
import io.dive.zonemd.ZoneSource;
import io.dive.zonemd.ZoneVerifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One test for each thing the check of a zone can find. */
@Timeout(120)
class ZoneCheckTest {
  private static final Path SIMPLE = ZoneFiles.vector("A.1.Simple-EXAMPLE-Zone");
  private static final String DS = "example. 60 IN DS 12 15 2 " + "ab".repeat(32);
  private static final Duration LONG = Duration.ofMinutes(1);

  private final ZoneFiles files;

  ZoneCheckTest(@TempDir Path directory) {
    files = new ZoneFiles(directory);
  }

  private static ZoneCheck check(ZoneSource source) {
    Clock clock = Clock.systemUTC();
    return new ZoneCheck(source, ZoneVerifier.unanchored(clock), LONG, clock);
  }

  private static ZoneSource file(Path path) throws Exception {
    return ZoneSource.file(path, ZoneFiles.ZONE);
  }

  private ZoneSource changed(String from, String to) throws Exception {
    String text = Files.readString(SIMPLE, StandardCharsets.ISO_8859_1);
    String changed = text.replaceFirst(from, to);
    assertNotEquals(text, changed);
    return file(files.write("changed", changed));
  }

  private static List<FindingCode> codes(CheckReport report) {
    return report.findings().stream().map(Finding::code).toList();
  }

  private static Finding only(CheckReport report, FindingCode code) {
    assertEquals(List.of(code), codes(report), report::table);
    assertEquals(code.severity() == Severity.OK, report.findings().get(0).remedy().isEmpty());
    return report.findings().get(0);
  }

  @Test
  void goodZone_isVerified() throws Exception {
    CheckReport report = check(file(SIMPLE)).expectingSerial(2_018_031_900).run();
    assertTrue(report.passed());
    only(report, FindingCode.ZONE_VERIFIED);
  }

  @Test
  void damagedZone_isNamedRecordByRecord() throws Exception {
    Finding finding =
        only(
            check(changed("203.0.113.63", "203.0.113.64")).comparingWith(file(SIMPLE)).run(),
            FindingCode.ZONE_DAMAGED);
    assertTrue(finding.subject().endsWith("changed"), finding.subject());
    assertTrue(
        finding.sentence().contains("ns1.example. 3600 IN A 203.0.113.63"), finding.sentence());
    assertTrue(
        finding.sentence().contains("ns1.example. 3600 IN A 203.0.113.64"), finding.sentence());
  }

  @Test
  void recordDroppedAtTheEnd_isNamed() throws Exception {
    Finding finding =
        only(
            check(changed("ns2 +3600 +IN +AAAA .*", "")).comparingWith(file(SIMPLE)).run(),
            FindingCode.ZONE_DAMAGED);
    assertTrue(finding.sentence().contains("ns2.example. 3600 IN AAAA"), finding.sentence());
  }

  @Test
  void damagedZone_isFoundWhereTheCopyCannotBeRead() throws Exception {
    CheckReport report =
        check(changed("203.0.113.63", "203.0.113.64"))
            .comparingWith(file(Path.of("nothing")))
            .run();
    assertEquals(List.of(FindingCode.ZONE_UNREACHABLE, FindingCode.ZONE_DAMAGED), codes(report));
    assertEquals("nothing", report.findings().get(0).subject());
  }

  @Test
  void olderThanTheCopy_isNamedAndNewerIsNot() throws Exception {
    ZoneSource newer = changed("2018031900", "2018031901");
    CheckReport behind = check(file(SIMPLE)).comparingWith(newer).run();
    assertEquals(
        List.of(FindingCode.ZONE_SERIAL_MISMATCH, FindingCode.ZONE_VERIFIED), codes(behind));
    String sentence = behind.findings().get(0).sentence();
    assertTrue(sentence.contains("2018031900") && sentence.contains("2018031901"), sentence);
    ZoneSource older = changed("2018031900", "2018031899");
    only(check(file(SIMPLE)).comparingWith(older).run(), FindingCode.ZONE_VERIFIED);
  }

  private CheckReport checkBelow(SignedZone root, String... anchorFile) throws Exception {
    return checkBelow(root, SIMPLE, anchorFile);
  }

  private CheckReport checkBelow(SignedZone root, Path zone, String... anchorFile)
      throws Exception {
    Clock clock = Clock.systemUTC();
    Path anchor =
        anchorFile.length == 0
            ? root.writeAnchor(files.write("anchor", ""))
            : files.write("anchor", anchorFile[0]);
    return check(file(zone))
        .anchoredBy(
            new ZoneAnchors(Upstream.of(root.address()), TrustAnchors.read(anchor), LONG, clock))
        .run();
  }

  @Test
  void zoneStrippedOfItsSignatures_isFound() throws Exception {
    try (SignedZone root = SignedZone.serve(".").delegate("example.", DS)) {
      Finding finding = only(checkBelow(root), FindingCode.ZONE_SIGNATURE_INVALID);
      assertTrue(finding.sentence().contains("is not signed"), finding.sentence());
      only(checkBelow(root, DS + "\n"), FindingCode.ZONE_SIGNATURE_INVALID);
    }
  }

  @Test
  void zoneSignedAgainByAForeignKey_isFound() throws Exception {
    String key = files.key();
    try (SignedZone root = SignedZone.serve(".").delegate("example.", files.ds(key))) {
      Finding good =
          only(checkBelow(root, files.sign("own", SIMPLE, key)), FindingCode.ZONE_VERIFIED);
      assertTrue(good.sentence().contains("signed up to the trust anchor"), good.sentence());
      Finding foreign =
          only(
              checkBelow(root, files.sign("foreign", SIMPLE, files.key())),
              FindingCode.ZONE_SIGNATURE_INVALID);
      assertTrue(foreign.sentence().contains("none of the zone's keys"), foreign.sentence());
    }
  }

  @Test
  void unsignedZone_isVerifiedWhereDnsProvesThatItMayBe() throws Exception {
    try (SignedZone root = SignedZone.serve(".").delegate("example.")) {
      Finding finding = only(checkBelow(root), FindingCode.ZONE_VERIFIED);
      assertTrue(finding.sentence().contains("has no DS record"), finding.sentence());
    }
  }

  @Test
  void unknownAnchor_isAWarningOfItsOwn() throws Exception {
    try (SignedZone root = SignedZone.serve(".").delegate("example.", DS)) {
      root.spoil("example.");
      CheckReport report = checkBelow(root);
      assertEquals(
          List.of(FindingCode.ZONE_VERIFIED, FindingCode.ZONE_NOT_ANCHORED), codes(report));
      assertTrue(report.passed());
    }
  }

  @Test
  void brokenCheck_isAFinding() throws Exception {
    Clock broken =
        new Clock() {
          @Override
          public ZoneId getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(ZoneId zone) {
            return this;
          }

          @Override
          public Instant instant() {
            throw new IllegalStateException("out of order");
          }
        };
    ZoneCheck check =
        new ZoneCheck(file(SIMPLE), ZoneVerifier.unanchored(broken), LONG, Clock.systemUTC());
    Finding finding = only(check.run(), FindingCode.CHECK_BROKEN);
    assertTrue(finding.sentence().contains("out of order"), finding.sentence());
  }

  @Test
  void serialOff_isNamed() throws Exception {
    Finding finding =
        only(check(changed("2018031900", "2018031901")).run(), FindingCode.ZONE_SERIAL_MISMATCH);
    assertTrue(finding.sentence().contains("2018031901"), finding.sentence());
  }

  @Test
  void staleZone_isNamedAlthoughItVerifies() throws Exception {
    CheckReport report = check(file(SIMPLE)).expectingSerial(2_018_031_901).run();
    assertFalse(report.passed());
    assertEquals(
        List.of(FindingCode.ZONE_SERIAL_MISMATCH, FindingCode.ZONE_VERIFIED), codes(report));
  }

  @Test
  void zoneWithoutDigest_isNotVerifiable() throws Exception {
    CheckReport report =
        check(file(files.write("plain", "@ 60 IN SOA ns1 admin 1 1 1 1 1\n"))).run();
    assertTrue(report.passed(), "a warning");
    only(report, FindingCode.ZONE_NOT_VERIFIABLE);
  }

  @Test
  void zoneThatIsNotSignedByItsAnchor_hasAnInvalidSignature() throws Exception {
    Clock clock = Clock.systemUTC();
    TrustAnchors anchors =
        TrustAnchors.read(
            files.write("anchor", "example. IN DS 12 15 2 " + "ab".repeat(32) + "\n"));
    only(
        new ZoneCheck(file(SIMPLE), ZoneVerifier.anchored(anchors, clock), LONG, clock).run(),
        FindingCode.ZONE_SIGNATURE_INVALID);
    only(
        new ZoneCheck(file(SIMPLE), ZoneVerifier.anchored(TrustAnchors.iana(), clock), LONG, clock)
            .run(),
        FindingCode.ZONE_SIGNATURE_INVALID);
  }

  @Test
  void absentFile_isUnreachable() throws Exception {
    CheckReport report = check(file(Path.of("nothing"))).run();
    only(report, FindingCode.ZONE_UNREACHABLE);
    assertTrue(report.passed(), "a secondary that is down stops no start");
  }

  @Test
  void silentServer_isUnreachableWithinTheLimit() throws Exception {
    Clock clock = Clock.systemUTC();
    try (AxfrServer server = AxfrServer.startHanging((query, wire) -> List.of())) {
      CheckReport report =
          new ZoneCheck(
                  ZoneSource.transfer(server.address(), "example"),
                  ZoneVerifier.unanchored(clock),
                  Duration.ofMillis(500),
                  clock)
              .run();
      Finding finding = only(report, FindingCode.ZONE_UNREACHABLE);
      assertTrue(finding.sentence().contains("time"), finding.sentence());
      assertNamedOnce(finding, report);
    }
  }

  @Test
  void sourceThatGivesNoZone_isNamedOnce() throws Exception {
    String nobody = Upstream.text(Named.nobody());
    for (ZoneSource source :
        List.of(file(Path.of("nothing")), ZoneSource.transfer(nobody, "example"))) {
      CheckReport report = check(source).run();
      assertNamedOnce(only(report, FindingCode.ZONE_UNREACHABLE), report);
    }
  }

  private static void assertNamedOnce(Finding finding, CheckReport report) {
    assertFalse(finding.sentence().isBlank());
    assertFalse(finding.sentence().contains(finding.subject()), report::table);
  }

  /** As when the server stops: what was begun ends long before its limit. */
  @Test
  void interruptedCheck_endsItsTransfer() throws Exception {
    Clock clock = Clock.systemUTC();
    CountDownLatch asked = new CountDownLatch(1);
    Set<Thread> before = working();
    try (AxfrServer server =
        AxfrServer.startHanging(
            (query, wire) -> {
              asked.countDown();
              return List.of();
            })) {
      ZoneCheck zone =
          new ZoneCheck(
              ZoneSource.transfer(server.address(), "example"),
              ZoneVerifier.unanchored(clock),
              Duration.ofHours(1),
              clock);
      PeriodicCheck check = new PeriodicCheck("zone", zone::run, report -> {});
      check.start(Duration.ZERO, LONG);
      asked.await();
      Set<Thread> begun = new HashSet<>(working());
      begun.removeAll(before);
      assertEquals(1, begun.size());
      check.close();
      for (Thread thread : begun) {
        thread.join();
      }
    }
  }

  private static Set<Thread> working() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.isAlive() && thread.getName().equals("dive-zone-check"))
        .collect(Collectors.toUnmodifiableSet());
  }
}
