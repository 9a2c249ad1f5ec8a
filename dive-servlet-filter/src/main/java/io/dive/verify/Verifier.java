// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static java.util.Objects.requireNonNull;

import io.dive.dns.Deadline;
import io.dive.dns.KeyLookup;
import io.dive.dns.PolicyLookup;
import io.dive.dns.TxtLookup;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * Judges HTTP responses as both drafts ask of a client, by the revision the policy names, without
 * doing HTTP itself. Remembers policies and keys as long as they allow. Safe for use by many
 * threads.
 *
 * <pre>{@code
 * Discovery discovery = verifier.discover(url);           // before the request
 * Verification verification = verifier.begin(discovery, response);
 * while (…) verification.update(buffer, 0, count);        // the body as it comes
 * Outcome outcome = verification.finish();
 * }</pre>
 *
 * @see "draft-callec-dive-01 §Client Implementation, draft-callec-dive-00 §Client Implementation"
 */
public final class Verifier {
  private final PolicyDiscovery policies;
  private final KeyResolver keys;
  private final Clock clock;
  private final Duration dnsLimit;
  private final Optional<String> userAgent;

  /**
   * A verifier with empty caches.
   *
   * @param dnsLimit longest time for all look-ups of a discovery, and again for all of a
   *     verification's keys
   * @param userAgent the client's name in reports; empty for none
   */
  public Verifier(TxtLookup dns, Clock clock, Duration dnsLimit, String userAgent) {
    this.clock = requireNonNull(clock, "clock");
    this.policies = new PolicyDiscovery(new PolicyLookup(dns), clock);
    this.keys = new KeyResolver(new KeyLookup(dns), clock);
    this.dnsLimit = requireNonNull(dnsLimit, "dnsLimit");
    this.userAgent = Optional.of(userAgent).filter(name -> !name.isEmpty());
  }

  /** The client's name in reports; empty for none. */
  public Optional<String> userAgent() {
    return userAgent;
  }

  /**
   * Finds the policy for a URL (steps 1 and 2).
   *
   * @throws IllegalArgumentException if the URL is not an absolute http or https URL with a host
   */
  public Discovery discover(URI url) {
    String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
    if (!(scheme.equals("http") || scheme.equals("https")) || url.getHost() == null) {
      throw new IllegalArgumentException("not an http or https URL with a host: " + url);
    }
    Discovery discovery = policies.discover(url, Deadline.in(dnsLimit));
    discovery.policy().ifPresent(keys::invalidate);
    return discovery;
  }

  /**
   * Begins to judge a response (step 3).
   *
   * @throws IllegalArgumentException if the response is to another URL than the one discovered
   */
  public Verification begin(Discovery discovery, ReceivedResponse response) {
    if (!discovery.url().equals(response.url())) {
      throw new IllegalArgumentException(
          "policy was looked up for " + discovery.url() + ", not " + response.url());
    }
    return new Verification(discovery, response, keys, clock, dnsLimit, userAgent);
  }
}
