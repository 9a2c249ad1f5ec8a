// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import io.dive.dns.Deadline;
import io.dive.dns.PolicyAnswer;
import io.dive.dns.PolicyLookup;
import io.dive.protocol.Fqdn;
import io.dive.protocol.MalformedFieldException;
import java.net.URI;
import java.time.Clock;
import java.util.Optional;

/**
 * Step 1: the policy of a host, from the cache where it is still good, and what it says about the
 * URL as such. Safe for use by many threads.
 *
 * @see "draft-callec-dive-01 §Step 1, draft-callec-dive-00 §Step 1"
 */
final class PolicyDiscovery {
  private final PolicyLookup lookup;
  private final RecordCache<Fqdn, PolicyAnswer.Found> cache;

  PolicyDiscovery(PolicyLookup lookup, Clock clock) {
    this.lookup = lookup;
    this.cache = new RecordCache<>(clock);
  }

  Discovery discover(URI url, Deadline deadline) {
    Fqdn host;
    try {
      host = host(url);
    } catch (MalformedFieldException e) {
      return verdict(
          url,
          new Verdict.NotCovered(
              NotCoveredCause.HOST_IS_ADDRESS, url.getHost() + " is not a domain name"));
    }
    PolicyAnswer answer = find(host, deadline);
    if (answer instanceof PolicyAnswer.Found found) {
      return new Discovery(url, Optional.of(found), fromPolicy(url, found));
    } else if (answer instanceof PolicyAnswer.NotSupported obstacle) {
      NotCoveredCause cause =
          obstacle.obstacle() == PolicyAnswer.Obstacle.INSECURE
              ? NotCoveredCause.INSECURE
              : NotCoveredCause.NOT_SUPPORTED;
      return verdict(url, new Verdict.NotCovered(cause, obstacle.sentence()));
    } else if (answer instanceof PolicyAnswer.Failed failed) {
      return verdict(url, new Verdict.Undecided(failed.code(), failed.sentence()));
    }
    return verdict(
        url,
        new Verdict.NotCovered(
            NotCoveredCause.NO_POLICY, "no policy record from " + host + " upward"));
  }

  /** The host of a URL as DNS knows it. */
  static Fqdn host(URI url) throws MalformedFieldException {
    return Fqdn.parse(url.getHost());
  }

  private static Discovery verdict(URI url, Verdict verdict) {
    return new Discovery(url, Optional.empty(), Optional.of(verdict));
  }

  private PolicyAnswer find(Fqdn host, Deadline deadline) {
    Optional<PolicyAnswer.Found> cached = cache.get(host);
    if (cached.isPresent()) {
      return cached.orElseThrow();
    }
    PolicyAnswer answer = lookup.find(host, deadline);
    if (answer instanceof PolicyAnswer.Found found) {
      cache.put(host, found, found.policy().cacheDuration());
    }
    return answer;
  }

  private static Optional<Verdict> fromPolicy(URI url, PolicyAnswer.Found found) {
    if (found.policy().isHttpsRequired() && !"https".equalsIgnoreCase(url.getScheme())) {
      return Optional.of(new Verdict.HttpsRequired(found.level()));
    }
    return ScopeDetermination.outside(found).map(notCovered -> notCovered);
  }
}
