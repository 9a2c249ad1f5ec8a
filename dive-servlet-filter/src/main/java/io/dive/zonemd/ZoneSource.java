// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import static java.util.Objects.requireNonNull;

import io.dive.dns.Deadline;
import io.dive.dns.TsigKey;
import io.dive.dns.Upstream;
import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.protocol.ZoneException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/**
 * Where a zone comes from: a file, or a transfer from a server. Immutable; {@link #toString} names
 * it in messages.
 */
public abstract sealed class ZoneSource permits ZoneFile, ZoneTransfer {
  private static final long MAX_OCTETS = 1L << 30;
  private static final int HEAP_SHARE = 4;

  ZoneSource() {}

  /** A zone file (RFC 1035 §5) whose zone is the one of its SOA record. */
  public static ZoneSource file(Path file) {
    return new ZoneFile(file, Optional.empty());
  }

  /**
   * A zone file of a known zone.
   *
   * @param zone the zone's name, and the origin of relative names at the start of the file
   * @throws ConfigException with {@code SETTING_INVALID} if the zone's name is none
   */
  public static ZoneSource file(Path file, String zone) throws ConfigException {
    return new ZoneFile(file, Optional.of(zoneName(zone)));
  }

  /**
   * A transfer of the whole zone over TCP (AXFR, RFC 5936).
   *
   * @param server {@code IP[:port]}, an IPv6 address with a port in brackets
   * @throws ConfigException with {@code SETTING_INVALID}
   */
  public static ZoneSource transfer(String server, String zone) throws ConfigException {
    return new ZoneTransfer(address(server), zoneName(zone), Optional.empty());
  }

  /**
   * A transfer whose messages are authenticated both ways (RFC 8945).
   *
   * @param clock for the time in signatures
   * @throws ConfigException with {@code SETTING_INVALID}
   */
  public static ZoneSource transfer(String server, String zone, TsigKey key, Clock clock)
      throws ConfigException {
    return new ZoneTransfer(
        address(server),
        zoneName(zone),
        Optional.of(new ZoneTransfer.Secret(requireNonNull(key, "key"), clock)));
  }

  /**
   * The memory that the records of a zone may take: some millions of records, but no more than a
   * part of the heap, which may have to hold two zones and the server.
   */
  static long maxOctets() {
    return Math.min(MAX_OCTETS, Runtime.getRuntime().maxMemory() / HEAP_SHARE);
  }

  private static Name zoneName(String zone) throws ConfigException {
    try {
      return Name.fromString(zone, Name.root);
    } catch (TextParseException e) {
      throw new ConfigException(
          ErrorCode.SETTING_INVALID,
          "zone",
          "zone: \"" + Excerpt.of(zone) + "\" is not a domain name, such as example.com");
    }
  }

  private static InetSocketAddress address(String server) throws ConfigException {
    List<InetSocketAddress> addresses = Upstream.addresses("axfr", server);
    if (addresses.size() > 1) {
      throw new ConfigException(
          ErrorCode.SETTING_INVALID,
          "axfr",
          "axfr: \"" + Excerpt.of(server) + "\" are several servers; name one");
    }
    return addresses.get(0);
  }

  /**
   * Reads the zone.
   *
   * @throws ZoneException with {@code ZONE_UNREADABLE}, {@code ZONE_TRANSFER_FAILED}, {@code
   *     DNS_TIMEOUT} or {@code TOO_LARGE}
   */
  public abstract Zone read(Deadline deadline) throws ZoneException;
}
