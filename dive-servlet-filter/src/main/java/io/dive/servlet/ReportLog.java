// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.check.CheckReport;
import io.dive.check.FindingCode;
import io.dive.check.Severity;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs a report when it differs from the one before, so that a lasting fault is told once. */
final class ReportLog {
  private static final Logger LOG = LoggerFactory.getLogger(ReportLog.class);

  private final String name;
  private List<Told> told = List.of();

  /** Without the sentence, in which a TTL counts down. */
  record Told(FindingCode code, String subject) {}

  ReportLog(String name) {
    this.name = name;
  }

  /** What a report is known by. */
  static List<Told> told(CheckReport report) {
    return report.findings().stream()
        .map(finding -> new Told(finding.code(), finding.subject()))
        .sorted(Comparator.comparing(Told::code).thenComparing(Told::subject))
        .toList();
  }

  /** Called by one check, one run after the other; whether it was worth telling. */
  boolean tell(CheckReport report) {
    List<Told> findings = told(report);
    if (findings.equals(told)) {
      return false;
    }
    told = findings;
    if (!report.passed()) {
      LOG.error("The {} check failed; DIVE clients are affected:\n{}", name, report.table());
    } else if (!report.ofSeverity(Severity.WARNING).isEmpty()) {
      LOG.warn("The {} check passed with warnings:\n{}", name, report.table());
    } else {
      LOG.info("The {} check passed:\n{}", name, report.table());
    }
    return true;
  }
}
