// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static java.util.Objects.requireNonNull;

import io.dive.dns.PolicyAnswer;
import io.dive.protocol.Fqdn;
import java.net.URI;
import java.util.Optional;

/**
 * What is known of a URL before anything is asked of its server.
 *
 * @param policy the applicable policy; empty when there is none
 * @param verdict present if no response can change it; the request must not be made at all if it is
 *     {@link Verdict.HttpsRequired}
 */
public record Discovery(URI url, Optional<PolicyAnswer.Found> policy, Optional<Verdict> verdict) {
  /**
   * Checks that something was found out.
   *
   * @throws IllegalArgumentException if there is neither policy nor verdict
   */
  public Discovery {
    requireNonNull(url, "url");
    requireNonNull(policy, "policy");
    requireNonNull(verdict, "verdict");
    if (policy.isEmpty() && verdict.isEmpty()) {
      throw new IllegalArgumentException("neither policy nor verdict");
    }
  }

  /** The domain whose policy demands a signature; empty where none does. */
  Optional<Fqdn> coveringLevel() {
    return verdict.isPresent() ? Optional.empty() : policy.map(PolicyAnswer.Found::level);
  }
}
