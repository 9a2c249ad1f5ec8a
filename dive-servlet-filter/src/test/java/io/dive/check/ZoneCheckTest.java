// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.TrustAnchors;
import io.dive.zonemd.AxfrServer;
import io.dive.zonemd.ZoneFiles;
import io.dive.zonemd.ZoneSource;
import io.dive.zonemd.ZoneVerifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One test for each thing the check of a zone can find. */
@Timeout(120)
class ZoneCheckTest {
  private static final Path SIMPLE = ZoneFiles.vector("A.1.Simple-EXAMPLE-Zone");
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

  private static Finding only(CheckReport report, FindingCode code) {
    assertEquals(List.of(code), report.findings().stream().map(Finding::code).toList());
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
    Finding finding =
        only(
            check(changed("203.0.113.63", "203.0.113.64"))
                .comparingWith(file(Path.of("nothing")))
                .run(),
            FindingCode.ZONE_DAMAGED);
    assertTrue(finding.sentence().contains("no comparison"), finding.sentence());
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
        List.of(FindingCode.ZONE_SERIAL_MISMATCH, FindingCode.ZONE_VERIFIED),
        report.findings().stream().map(Finding::code).toList());
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
    only(check(file(Path.of("nothing"))).run(), FindingCode.ZONE_UNREACHABLE);
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
    }
  }
}
