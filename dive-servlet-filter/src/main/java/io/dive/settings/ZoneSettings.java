// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static java.util.Objects.requireNonNull;

import io.dive.check.ZoneCheck;
import io.dive.dns.TsigKey;
import io.dive.dns.ZoneAnchors;
import io.dive.protocol.ConfigException;
import io.dive.protocol.Fqdn;
import io.dive.zonemd.ZoneSource;
import io.dive.zonemd.ZoneVerifier;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/**
 * A zone that is verified by its ZONEMD record (RFC 8976).
 *
 * @param name empty for the one of the file's SOA record
 * @param file the zone file; with a transfer, the good copy to compare with
 * @param axfr the server to transfer from
 * @param tsigFile the key of the transfer
 * @param timeout longest time for one verification
 */
public record ZoneSettings(
    Optional<Fqdn> name,
    Optional<Path> file,
    Optional<String> axfr,
    Optional<Path> tsigFile,
    Duration interval,
    Duration timeout) {
  /**
   * Checks what goes together.
   *
   * @throws IllegalArgumentException if there is neither a file nor a transfer with a name
   */
  public ZoneSettings {
    requireNonNull(name, "name");
    requireNonNull(file, "file");
    requireNonNull(axfr, "axfr");
    requireNonNull(tsigFile, "tsigFile");
    requireNonNull(interval, "interval");
    requireNonNull(timeout, "timeout");
    if (axfr.isPresent() ? name.isEmpty() : file.isEmpty()) {
      throw new IllegalArgumentException(
          "a zone needs a file, or a server to transfer from and its name");
    }
  }

  /**
   * The check as set.
   *
   * @param dns tells whether the zone has to be signed (RFC 8976 §4 step 1)
   * @throws ConfigException if resolver, trust anchors or TSIG key cannot be used
   */
  public ZoneCheck check(DnsSettings dns, Clock clock) throws ConfigException {
    return check(new ZoneAnchors(dns.upstream(), dns.anchors(), timeout, clock), timeout, clock);
  }

  /**
   * The same check with a DNS and a time of its own.
   *
   * @param limit longest time for one verification
   * @throws ConfigException if the TSIG key cannot be used
   */
  public ZoneCheck check(ZoneAnchors anchors, Duration limit, Clock clock) throws ConfigException {
    ZoneVerifier verifier = ZoneVerifier.unanchored(clock);
    Optional<ZoneSource> local = Optional.empty();
    if (file.isPresent()) {
      local =
          Optional.of(
              name.isPresent()
                  ? ZoneSource.file(file.orElseThrow(), name.orElseThrow().name())
                  : ZoneSource.file(file.orElseThrow()));
    }
    if (axfr.isEmpty()) {
      return new ZoneCheck(local.orElseThrow(), verifier, limit, clock).anchoredBy(anchors);
    }
    String zone = name.orElseThrow().name();
    ZoneSource transfer =
        tsigFile.isPresent()
            ? ZoneSource.transfer(
                axfr.orElseThrow(), zone, TsigKey.read(tsigFile.orElseThrow()), clock)
            : ZoneSource.transfer(axfr.orElseThrow(), zone);
    ZoneCheck check = new ZoneCheck(transfer, verifier, limit, clock).anchoredBy(anchors);
    return local.map(check::comparingWith).orElse(check);
  }
}
