// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class CheckReportTest {
  private static CheckReport report(Finding... findings) {
    return new CheckReport(Instant.EPOCH, Duration.ZERO, List.of(findings));
  }

  @Test
  void table_alignsCodesAndIndentsRemedies() {
    assertEquals(
        """
        OK       policy-ok    _dive.example.com: secure
        ERROR    key-missing  k1._divekey.example.com: no key record
                 Publish:
                 the line
        """,
        report(
                Finding.ok(FindingCode.POLICY_OK, "_dive.example.com", "secure"),
                new Finding(
                    FindingCode.KEY_MISSING,
                    "k1._divekey.example.com",
                    "no key record",
                    "Publish:\nthe line"))
            .table());
    assertEquals("", report().table());
  }

  @Test
  void onlyErrorsMakeItFail() {
    Finding warning = new Finding(FindingCode.NO_KEYS, "a", "b", "c");
    Finding error = new Finding(FindingCode.KEY_MISSING, "a", "b", "c");
    assertTrue(report(warning).passed());
    assertFalse(report(warning, error).passed());
    assertEquals(List.of(error), report(warning, error).ofSeverity(Severity.ERROR));
  }

  @Test
  void tokensAreTheNamesInKebabCase() {
    Set<String> tokens =
        Arrays.stream(FindingCode.values()).map(FindingCode::token).collect(Collectors.toSet());
    assertEquals(FindingCode.values().length, tokens.size());
    for (FindingCode code : FindingCode.values()) {
      assertEquals(code.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'), code.token());
    }
  }
}
