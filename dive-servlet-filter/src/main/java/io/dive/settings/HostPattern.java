// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.Fqdn;
import io.dive.protocol.MalformedFieldException;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Hosts as the settings name them: one host ({@code dl.example.com}), or every name below a domain,
 * at any depth and without the domain itself ({@code *.cdn.example.com}). Where several match, an
 * exact name wins over wildcards, and a longer wildcard over a shorter one (decision 20).
 *
 * @param domain the host, or what stands behind the {@code *.}
 */
public record HostPattern(Fqdn domain, boolean isWildcard) {
  private static final String WILDCARD = "*.";

  /** No component may be null. */
  public HostPattern {
    requireNonNull(domain, "domain");
  }

  /** One host. */
  public static HostPattern of(Fqdn host) {
    return new HostPattern(host, false);
  }

  /** Every name below a domain. */
  public static HostPattern below(Fqdn domain) {
    return new HostPattern(domain, true);
  }

  /** Reads a name or wildcard; case and one final dot do not matter. Empty when it is neither. */
  public static Optional<HostPattern> parse(String text) {
    boolean wildcard = text.startsWith(WILDCARD);
    try {
      Fqdn domain = Fqdn.parse(wildcard ? text.substring(WILDCARD.length()) : text);
      return Optional.of(new HostPattern(domain, wildcard));
    } catch (MalformedFieldException e) {
      return Optional.empty();
    }
  }

  static Set<HostPattern> copyInOrder(Set<HostPattern> hosts) {
    return Collections.unmodifiableSet(new LinkedHashSet<>(hosts));
  }

  /** Whether a key or rule for the named hosts, or for all where none is named, is for this one. */
  boolean isAmong(Set<HostPattern> named) {
    return named.isEmpty() || named.contains(this);
  }

  /** As the settings spell it, in lower case. */
  @Override
  public String toString() {
    return isWildcard ? WILDCARD + domain : domain.name();
  }
}
