// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.check.CheckReport;
import io.dive.check.Finding;
import io.dive.check.FindingCode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A lasting state is told once, whatever counts down in its sentences. */
class ReportLogTest {
  private final ReportLog log = new ReportLog("dns");

  private static Finding finding(FindingCode code, String subject, String sentence) {
    return new Finding(code, subject, sentence, "");
  }

  private boolean tell(Finding... findings) {
    return log.tell(
        new CheckReport(
            Instant.parse("2026-11-01T00:00:00Z"), Duration.ofSeconds(1), List.of(findings)));
  }

  @Test
  void ttlThatCountsDown_isNoNews() {
    assertTrue(tell(finding(FindingCode.POLICY_OK, "a.example", "TTL 300 s")));
    assertFalse(tell(finding(FindingCode.POLICY_OK, "a.example", "TTL 217 s")));
  }

  @Test
  void otherCodeSubjectOrNumber_isNews() {
    Finding found = finding(FindingCode.AUTHORITY_UNREACHABLE, "example", "ns1 is down");
    assertTrue(tell(found));
    assertTrue(tell(found, finding(FindingCode.AUTHORITY_UNREACHABLE, "example", "ns2 is down")));
    assertTrue(tell(finding(FindingCode.AUTHORITY_UNREACHABLE, "other", "ns1 is down")));
    assertTrue(tell(finding(FindingCode.AUTHORITY_LAME, "other", "ns1 is down")));
    assertFalse(tell(finding(FindingCode.AUTHORITY_LAME, "other", "ns3 is down")));
  }
}
