// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.dns.Authorities;
import io.dive.dns.TrustAnchors;
import io.dive.dns.Upstream;
import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.settings.DiveSettings;
import io.dive.settings.DnsSettings;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that says which authoritative servers are asked. */
final class AuthorityOptions {
  @Option(
      names = "--authorities",
      paramLabel = "auto|off|LIST",
      description =
          "Authoritative servers to ask beside the resolver: those of the zone's NS records (none"
              + " where the resolver is at another port than 53), none, or those at IP[:PORT],..."
              + " (default: auto).")
  private @Nullable String authorities;

  /** Empty when no authoritative server is to be asked. */
  Optional<Authorities> authorities(
      Optional<DiveSettings> settings,
      Upstream resolver,
      TrustAnchors anchors,
      Duration limit,
      Clock clock)
      throws ConfigException {
    String text =
        authorities != null
            ? authorities
            : settings.map(s -> s.dns().authorities()).orElse(DnsSettings.AUTO);
    return Authorities.parse("--authorities", text, resolver, anchors, limit, clock);
  }

  /**
   * The servers to ask.
   *
   * @throws ConfigException with {@code SETTING_MISSING} if there are none
   */
  Authorities required(Optional<DiveSettings> settings, DnsOptions dns, Clock clock)
      throws ConfigException {
    return authorities(
            settings, dns.upstream(settings), dns.anchors(settings), dns.limit(settings), clock)
        .orElseThrow(
            () ->
                new ConfigException(
                    ErrorCode.SETTING_MISSING,
                    "--authorities",
                    "each step is checked at every authoritative server, and none is known: the"
                        + " resolver is at another port than 53, or dive.check.authorities = off;"
                        + " list the servers with --authorities IP[:PORT],..."));
  }
}
