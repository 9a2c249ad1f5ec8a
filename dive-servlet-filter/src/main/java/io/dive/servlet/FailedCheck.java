// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.check.CheckReport;
import java.io.Serial;

/** Why settings were refused that {@code dive.check = enforce} let a check judge. */
final class FailedCheck extends Exception {
  @Serial private static final long serialVersionUID = 1;

  private final transient Object findings;

  FailedCheck(String name, CheckReport report) {
    super("the " + name + " check failed");
    this.findings = ReportLog.told(report);
  }

  /** By which a failure is known again, whatever counts down in its sentences. */
  Object findings() {
    return findings;
  }
}
