// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * The findings of one run of a check.
 *
 * @param at when the run ended
 * @param took how long it ran
 */
public record CheckReport(Instant at, Duration took, List<Finding> findings) {
  /** Copies the list. */
  public CheckReport {
    requireNonNull(at, "at");
    requireNonNull(took, "took");
    findings = List.copyOf(findings);
  }

  /** Whether nothing was found that makes a DIVE client refuse or skip verification. */
  public boolean passed() {
    return findings.stream().noneMatch(f -> f.severity() == Severity.ERROR);
  }

  /** The findings of one severity, in order. */
  public List<Finding> ofSeverity(Severity severity) {
    return findings.stream().filter(f -> f.severity() == severity).toList();
  }

  /** A table for people: severity, code, subject and sentence, the remedy indented below. */
  public String table() {
    int codeWidth = findings.stream().mapToInt(f -> f.code().token().length()).max().orElse(0);
    StringBuilder table = new StringBuilder();
    for (Finding finding : findings) {
      table.append(
          String.format(
              Locale.ROOT,
              "%-7s  %-" + Math.max(1, codeWidth) + "s  %s: %s\n",
              finding.severity(),
              finding.code().token(),
              finding.subject(),
              finding.sentence()));
      finding.remedy().lines().forEach(line -> table.append("         ").append(line).append('\n'));
    }
    return table.toString();
  }
}
