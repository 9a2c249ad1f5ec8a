// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.dns.TrustAnchors;
import io.dive.dns.Upstream;
import io.dive.dns.ValidatingTxtLookup;
import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say how DNS is asked. */
final class DnsOptions {
  @Option(
      names = "--dns",
      paramLabel = "IP[:PORT]",
      defaultValue = "system",
      description = "Resolver to ask; its answers are validated here (default: the system's).")
  private String resolver = "system";

  @Option(
      names = "--trust-anchor",
      paramLabel = "FILE",
      description = "DS or DNSKEY records to validate from, instead of the DNS root's.")
  private @Nullable Path trustAnchor;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "5",
      description = "Longest time for all look-ups together (default: ${DEFAULT-VALUE}).")
  private int timeoutSeconds;

  /** Whether the command line says where to ask or what to validate from. */
  boolean isGiven() {
    return !resolver.equals("system") || trustAnchor != null;
  }

  Upstream upstream() throws ConfigException {
    return Upstream.parse("--dns", resolver);
  }

  TrustAnchors anchors() throws ConfigException {
    return trustAnchor == null ? TrustAnchors.iana() : TrustAnchors.read(trustAnchor);
  }

  Duration limit() throws ConfigException {
    if (timeoutSeconds < 1 || timeoutSeconds > 3600) {
      throw new ConfigException(
          ErrorCode.SETTING_INVALID, "--timeout", "--timeout takes 1 to 3600 seconds");
    }
    return Duration.ofSeconds(timeoutSeconds);
  }

  ValidatingTxtLookup lookup(Clock clock) throws ConfigException {
    return new ValidatingTxtLookup(upstream(), anchors(), limit(), clock);
  }
}
