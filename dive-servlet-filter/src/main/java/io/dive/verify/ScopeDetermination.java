// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import io.dive.dns.PolicyAnswer;
import io.dive.protocol.Excerpt;
import io.dive.protocol.PolicyRecord;
import java.util.Optional;

/**
 * Step 2: whether a policy covers a resource. {@code strict} covers all; other scopes are not known
 * here and cover nothing (decision 31).
 *
 * @see "draft-callec-dive-01 §Step 2, draft-callec-dive-00 §Step 2"
 */
final class ScopeDetermination {
  private ScopeDetermination() {}

  /** Why nothing is covered; empty if everything is. */
  static Optional<Verdict.NotCovered> outside(PolicyAnswer.Found found) {
    PolicyRecord policy = found.policy();
    if (policy.isStrict()) {
      return Optional.empty();
    }
    return Optional.of(
        policy.scopes().isEmpty()
            ? new Verdict.NotCovered(
                NotCoveredCause.NO_SCOPES, "the policy of " + found.level() + " has no scopes")
            : new Verdict.NotCovered(
                NotCoveredCause.CUSTOM_SCOPE_ONLY,
                "the policy of "
                    + found.level()
                    + " has only scopes unknown here: "
                    + Excerpt.of(String.join(", ", policy.scopes()))));
  }
}
