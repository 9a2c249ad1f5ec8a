// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.dns.Deadline;
import io.dive.dns.TlsTrust;
import io.dive.dns.TrustAnchors;
import io.dive.dns.Upstream;
import io.dive.dns.ZoneAnchor;
import io.dive.dns.ZoneAnchors;
import io.dive.protocol.ConfigException;
import io.dive.protocol.DnsLookupException;
import io.dive.protocol.ErrorCode;
import io.dive.zonemd.ZoneVerifier;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What says whether a zone has to be signed, and by whom. */
final class ZoneAnchorOptions {
  @Option(
      names = "--trust-anchor",
      paramLabel = "FILE",
      description = {
        "DS or DNSKEY records. Without --dns: the zone's own, by which it has to be signed.",
        "With --dns: those to validate the zone's DS records from, unless the zone's own are among"
            + " them (default: the DNS root's)."
      })
  private @Nullable Path trustAnchor;

  @Option(
      names = "--dns",
      paramLabel = "RESOLVER",
      description =
          "Ask DNS whether the zone has to be signed, and by which key: its DS records, validated"
              + " here. The resolver is an IP, IP:PORT, tls://IP-OR-NAME[:PORT][#CERTIFICATE-NAME],"
              + " https://HOST/dns-query or \"system\" (default: DNS is not asked).")
  private @Nullable String resolver;

  @Mixin private ResolverTrustOption resolverTrust = new ResolverTrustOption();

  /**
   * A verifier, and what DNS proved.
   *
   * @param proof appended to the verdict on a good zone; empty if there is nothing to say
   */
  record Judge(ZoneVerifier verifier, String proof) {}

  /** Finds the judge of a zone once its name is known. */
  interface Judges {
    /**
     * May ask DNS.
     *
     * @throws DnsLookupException if DNS does not tell
     */
    Judge of(String zone, Deadline deadline) throws DnsLookupException;
  }

  /** The judges of the options, which are read at once. */
  Judges judges(Clock clock) throws ConfigException {
    Optional<TrustAnchors> anchors =
        trustAnchor == null ? Optional.empty() : Optional.of(TrustAnchors.read(trustAnchor));
    if (resolver == null) {
      if (resolverTrust.isGiven()) {
        throw new ConfigException(
            ErrorCode.SETTINGS_CONTRADICT, "--dns-ca", "--dns-ca is for a resolver: give --dns");
      }
      Judge judge =
          new Judge(
              anchors
                  .map(a -> ZoneVerifier.anchored(a, clock))
                  .orElseGet(() -> ZoneVerifier.unanchored(clock)),
              "");
      return (zone, deadline) -> judge;
    }
    TlsTrust trust = resolverTrust.read().orElseGet(TlsTrust::ofRuntime);
    Upstream upstream = Upstream.parse("--dns", resolver, trust);
    TrustAnchors start = anchors.isPresent() ? anchors.orElseThrow() : TrustAnchors.iana();
    return (zone, deadline) ->
        judge(
            zone,
            new ZoneAnchors(upstream, start, deadline.remaining(), clock).of(zone, deadline),
            clock);
  }

  private static Judge judge(String zone, ZoneAnchor anchor, Clock clock)
      throws DnsLookupException {
    if (anchor instanceof ZoneAnchor.Secure secure) {
      return new Judge(ZoneVerifier.anchored(secure.anchors(), clock), "");
    } else if (anchor instanceof ZoneAnchor.Insecure insecure) {
      return new Judge(ZoneVerifier.unanchored(clock), "; " + insecure.sentence());
    }
    ZoneAnchor.Failed failed = (ZoneAnchor.Failed) anchor;
    throw new DnsLookupException(
        failed.code(),
        zone,
        "whether zone "
            + zone
            + " has to be signed is not known: "
            + failed.sentence()
            + "; ask another resolver, or give the zone's own DS or DNSKEY record as"
            + " --trust-anchor");
  }
}
