// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import static java.util.Objects.requireNonNull;

import io.dive.dns.Deadline;
import io.dive.dns.TsigKey;
import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.protocol.ZoneException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/**
 * Where a zone comes from: a file, or a transfer from a server. Immutable; {@link #toString} names
 * it in messages.
 */
public abstract sealed class ZoneSource permits ZoneFile, ZoneTransfer {
  /** The memory that the records of a zone may take: some millions of records. */
  static final long MAX_OCTETS = 1L << 30;

  private static final int DNS_PORT = 53;
  private static final Pattern SERVER =
      Pattern.compile(
          "(?:(?<v4>[0-9]{1,3}(?:\\.[0-9]{1,3}){3})|\\[(?<v6>[0-9A-Fa-f:.]+)])(?::(?<port>[0-9]{1,5}))?"
              + "|(?<bare>[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)");

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
    Matcher matcher = SERVER.matcher(server);
    if (matcher.matches()) {
      String host = first(matcher.group("v4"), matcher.group("v6"), matcher.group("bare"));
      String digits = matcher.group("port");
      try {
        // An address literal by the pattern, so nothing is looked up.
        InetAddress address = InetAddress.getByName(host);
        int port = digits == null ? DNS_PORT : Integer.parseInt(digits);
        if (port > 0 && port <= 65_535) {
          return new InetSocketAddress(address, port);
        }
      } catch (UnknownHostException e) {
        // Falls through to the one message.
      }
    }
    throw new ConfigException(
        ErrorCode.SETTING_INVALID,
        "axfr",
        "axfr: \""
            + Excerpt.of(server)
            + "\" is not an IP address with an optional port, such as 192.0.2.1 or [2001:db8::1]:53");
  }

  private static String first(@org.jspecify.annotations.Nullable String... texts) {
    for (String text : texts) {
      if (text != null) {
        return text;
      }
    }
    return "";
  }

  /**
   * Reads the zone.
   *
   * @throws ZoneException with {@code ZONE_UNREADABLE}, {@code ZONE_TRANSFER_FAILED}, {@code
   *     DNS_TIMEOUT} or {@code TOO_LARGE}
   */
  public abstract Zone read(Deadline deadline) throws ZoneException;
}
