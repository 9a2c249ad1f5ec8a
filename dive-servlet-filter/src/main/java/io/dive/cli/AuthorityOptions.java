// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.dns.Authorities;
import io.dive.dns.TrustAnchors;
import io.dive.dns.Upstream;
import io.dive.protocol.ConfigException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that says which authoritative servers are asked. */
final class AuthorityOptions {
  private static final String AUTO = "auto";
  private static final String OFF = "off";

  @Option(
      names = "--authorities",
      paramLabel = "auto|off|LIST",
      description =
          "Authoritative servers to ask beside the resolver: those of the zone's NS records, none,"
              + " or those at IP[:PORT],... (default: auto, but off where --dns or the configuration"
              + " names a resolver at another port than 53).")
  private @Nullable String authorities;

  /** Empty when no authoritative server is to be asked. */
  Optional<Authorities> authorities(
      Upstream resolver, TrustAnchors anchors, Duration limit, Clock clock) throws ConfigException {
    String text = authorities != null ? authorities : resolver.isAtStandardPort() ? AUTO : OFF;
    return switch (text) {
      case OFF -> Optional.empty();
      case AUTO -> Optional.of(Authorities.published(resolver, anchors, limit, clock));
      default ->
          Optional.of(
              Authorities.listed(
                  Upstream.addresses("--authorities", text), resolver, anchors, limit, clock));
    };
  }
}
