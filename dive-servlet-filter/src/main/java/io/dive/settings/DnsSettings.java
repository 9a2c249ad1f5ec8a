// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static java.util.Objects.requireNonNull;

import io.dive.dns.Authorities;
import io.dive.dns.TlsTrust;
import io.dive.dns.TrustAnchors;
import io.dive.dns.TxtLookup;
import io.dive.dns.Upstream;
import io.dive.dns.ValidatingTxtLookup;
import io.dive.protocol.ConfigException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/**
 * Where DNS is asked.
 *
 * @param resolver as {@link Upstream#parse(String, String, TlsTrust)} reads it
 * @param resolverAuthorities PEM certificates that vouch for a resolver over TLS or HTTPS; empty
 *     for those of the Java runtime
 * @param trustAd whether such a resolver is believed that it has validated (decision 21)
 * @param trustAnchor a file with the root's or a zone's; empty for the built-in one of the root
 * @param authorities the servers the check asks too, as {@link Authorities#parse} reads them
 */
public record DnsSettings(
    String resolver,
    Optional<Path> resolverAuthorities,
    boolean trustAd,
    Optional<Path> trustAnchor,
    String authorities) {
  /** The servers that NS records name, where the resolver can be expected to know them. */
  public static final String AUTO = "auto";

  private static final String SYSTEM = "system";

  /** No component may be null. */
  public DnsSettings {
    requireNonNull(resolver, "resolver");
    requireNonNull(resolverAuthorities, "resolverAuthorities");
    requireNonNull(trustAnchor, "trustAnchor");
    requireNonNull(authorities, "authorities");
  }

  /**
   * A resolver without TLS.
   *
   * @param resolver empty for the system's
   * @param trustAnchor a file with the root's or a zone's; empty for the built-in one of the root
   */
  public DnsSettings(Optional<InetSocketAddress> resolver, Optional<Path> trustAnchor) {
    this(resolver.map(Upstream::text).orElse(SYSTEM), Optional.empty(), false, trustAnchor, AUTO);
  }

  /**
   * Where questions go.
   *
   * @throws ConfigException if the resolver cannot be used as set
   */
  public Upstream upstream() throws ConfigException {
    TlsTrust trust =
        resolverAuthorities.isPresent()
            ? TlsTrust.read(SettingsTable.DNS_TLS_CA.name(), resolverAuthorities.orElseThrow())
            : TlsTrust.ofRuntime();
    Upstream upstream = Upstream.parse(SettingsTable.DNS_RESOLVER.name(), resolver, trust);
    return trustAd ? upstream.trustingAd(SettingsTable.DNS_TRUST_AD.name()) : upstream;
  }

  /**
   * Where validation starts.
   *
   * @throws ConfigException if the file cannot be used
   */
  public TrustAnchors anchors() throws ConfigException {
    return trustAnchor.isPresent()
        ? TrustAnchors.read(trustAnchor.orElseThrow())
        : TrustAnchors.iana();
  }

  /**
   * A look-up as set.
   *
   * @param limit longest time for one look-up
   * @throws ConfigException if resolver or trust anchors cannot be used
   */
  public TxtLookup lookup(Duration limit, Clock clock) throws ConfigException {
    return new ValidatingTxtLookup(upstream(), anchors(), limit, clock);
  }

  /**
   * The authoritative servers to ask, as set; empty for none.
   *
   * @param limit longest time for one question
   * @throws ConfigException if resolver or trust anchors cannot be used
   */
  public Optional<Authorities> authorityServers(Duration limit, Clock clock)
      throws ConfigException {
    return Authorities.parse(
        SettingsTable.CHECK_AUTHORITIES.name(), authorities, upstream(), anchors(), limit, clock);
  }
}
