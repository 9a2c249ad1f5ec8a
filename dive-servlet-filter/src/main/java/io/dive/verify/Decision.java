// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import io.dive.protocol.PolicyRecord;
import java.util.Optional;

/**
 * What a client does with a response.
 *
 * @see "draft-callec-dive-01 §Step 5, §Step 6"
 */
public enum Decision {
  /** Use it: verified, or not covered (where the application may be stricter). */
  ALLOWED("allowed"),
  /** Use it although it failed: the policy says {@code report-only}. */
  ALLOWED_REPORT_ONLY("allowed-report-only"),
  /** Do not use it. */
  BLOCKED("blocked");

  private final String token;

  Decision(String token) {
    this.token = token;
  }

  /** The word in reports; {@code allowed} never stands in one. */
  public String token() {
    return token;
  }

  /** What follows from a verdict under a policy; report-only softens nothing but a rejection. */
  static Decision of(Verdict verdict, Optional<PolicyRecord> policy) {
    if (verdict instanceof Verdict.Accepted || verdict instanceof Verdict.NotCovered) {
      return ALLOWED;
    }
    return verdict instanceof Verdict.Rejected
            && policy.filter(PolicyRecord::isReportOnly).isPresent()
        ? ALLOWED_REPORT_ONLY
        : BLOCKED;
  }
}
