// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.dns.TlsTrust;
import io.dive.dns.TrustAnchors;
import io.dive.dns.TxtLookup;
import io.dive.dns.Upstream;
import io.dive.dns.ValidatingTxtLookup;
import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.settings.DiveSettings;
import io.dive.settings.DnsSettings;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The options that say how DNS is asked. What a configuration says holds unless the command line
 * says otherwise.
 */
final class DnsOptions {
  /** For the help of commands that have a {@code --config} too. */
  static final String CONFIGURED =
      "What --dns, --dns-ca, --trust-ad, --trust-anchor, --timeout and --authorities leave open is as"
          + " the configuration says (dive.dns.*, dive.check.*).";

  private static final Duration DEFAULT_LIMIT = Duration.ofSeconds(5);
  private static final int MAX_SECONDS = 3600;

  @Option(
      names = "--dns",
      paramLabel = "RESOLVER",
      description =
          "Resolver to ask, as IP, IP:PORT, tls://IP-OR-NAME[:PORT][#CERTIFICATE-NAME],"
              + " https://HOST/dns-query or \"system\"; its answers are validated here (default: the"
              + " system's).")
  private @Nullable String resolver;

  @Mixin private ResolverTrustOption resolverTrust = new ResolverTrustOption();

  @Option(
      names = "--trust-ad",
      description =
          "Believe a resolver named as tls:// or https:// when it says that it has validated an"
              + " answer.")
  private boolean trustAd;

  @Option(
      names = "--trust-anchor",
      paramLabel = "FILE",
      description =
          "File with the DS or DNSKEY records to validate from (default: those of the DNS root,"
              + " built in).")
  private @Nullable Path trustAnchor;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "Longest time for all look-ups together (default: 5).")
  private @Nullable Integer timeoutSeconds;

  /** The longest time for all look-ups. */
  Duration limit(Optional<DiveSettings> settings) throws ConfigException {
    return limit().or(() -> settings.map(s -> s.checks().timeout())).orElse(DEFAULT_LIMIT);
  }

  /** The same if the command line says so. */
  Optional<Duration> limit() throws ConfigException {
    if (timeoutSeconds == null) {
      return Optional.empty();
    }
    if (timeoutSeconds < 1 || timeoutSeconds > MAX_SECONDS) {
      throw new ConfigException(
          ErrorCode.SETTING_INVALID, "--timeout", "--timeout takes 1 to 3600 seconds");
    }
    return Optional.of(Duration.ofSeconds(timeoutSeconds));
  }

  /** A look-up by the options and, for what they leave open, the settings. */
  TxtLookup lookup(Optional<DiveSettings> settings, Clock clock) throws ConfigException {
    return new ValidatingTxtLookup(upstream(settings), anchors(settings), limit(settings), clock);
  }

  Upstream upstream(Optional<DiveSettings> settings) throws ConfigException {
    Optional<DnsSettings> set = settings.map(DiveSettings::dns);
    if (resolver == null && !resolverTrust.isGiven() && set.isPresent()) {
      Upstream configured = set.orElseThrow().upstream();
      return trustAd ? configured.trustingAd("--trust-ad") : configured;
    }
    String text = resolver != null ? resolver : set.map(DnsSettings::resolver).orElse("system");
    Upstream named = Upstream.parse("--dns", text, trust(set));
    if (trustAd) {
      return named.trustingAd("--trust-ad");
    }
    // The configuration trusts the AD bit of its own resolver, not that of another one.
    boolean trusted = resolver == null && set.map(DnsSettings::trustAd).orElse(false);
    return trusted ? named.trustingAd("dive.dns.trust-ad") : named;
  }

  private TlsTrust trust(Optional<DnsSettings> set) throws ConfigException {
    Optional<TlsTrust> given = resolverTrust.read();
    if (given.isPresent()) {
      return given.orElseThrow();
    }
    Optional<Path> configured = set.flatMap(DnsSettings::resolverAuthorities);
    return configured.isPresent()
        ? TlsTrust.read("dive.dns.tls-ca", configured.orElseThrow())
        : TlsTrust.ofRuntime();
  }

  TrustAnchors anchors(Optional<DiveSettings> settings) throws ConfigException {
    Optional<Path> file =
        trustAnchor != null
            ? Optional.of(trustAnchor)
            : settings.flatMap(s -> s.dns().trustAnchor());
    return file.isPresent() ? TrustAnchors.read(file.orElseThrow()) : TrustAnchors.iana();
  }
}
