// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static java.util.Objects.requireNonNull;

import io.dive.dns.PolicyAnswer;
import io.dive.protocol.FailureReport;
import java.net.URI;
import java.util.Optional;

/**
 * The end of one verification.
 *
 * @param policy the policy that was applied; empty when there is none
 * @param report what to send to the policy's {@code report-to}; present for a rejection only
 */
public record Outcome(
    Verdict verdict,
    Decision decision,
    Optional<PolicyAnswer.Found> policy,
    Optional<FailureReport> report) {
  /** No component may be null. */
  public Outcome {
    requireNonNull(verdict, "verdict");
    requireNonNull(decision, "decision");
    requireNonNull(policy, "policy");
    requireNonNull(report, "report");
  }

  /** Where the report goes; empty without report or without an https {@code report-to}. */
  public Optional<URI> reportUri() {
    return report.flatMap(r -> policy).flatMap(p -> p.policy().reportUri());
  }
}
