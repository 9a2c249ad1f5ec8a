// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.Fqdn;
import io.dive.protocol.KeyReference;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The findings of one run of a check.
 *
 * @param at when the run ended
 * @param took how long it ran
 * @param revoked the keys that must not be used, by this run or an earlier one that none since has
 *     contradicted
 */
public record CheckReport(
    Instant at, Duration took, List<Finding> findings, List<RevokedKey> revoked) {
  /** Copies the lists. */
  public CheckReport {
    requireNonNull(at, "at");
    requireNonNull(took, "took");
    findings = List.copyOf(findings);
    revoked = List.copyOf(revoked);
  }

  /** A report without revoked keys. */
  public CheckReport(Instant at, Duration took, List<Finding> findings) {
    this(at, took, findings, List.of());
  }

  /**
   * A key that was taken out of DNS.
   *
   * @param host the host of the plan for which it is
   */
  public record RevokedKey(Fqdn host, KeyReference key) {
    /** No component may be null. */
    public RevokedKey {
      requireNonNull(host, "host");
      requireNonNull(key, "key");
    }
  }

  /** This report, and what a run after it found. */
  public CheckReport and(CheckReport later) {
    return new CheckReport(
        later.at,
        took.plus(later.took),
        Stream.concat(findings.stream(), later.findings.stream()).toList(),
        Stream.concat(revoked.stream(), later.revoked.stream()).distinct().toList());
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
