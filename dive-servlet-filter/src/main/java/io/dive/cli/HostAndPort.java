// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Addresses of servers in options. */
final class HostAndPort {
  private static final int DNS_PORT = 53;
  static final int MAX_PORT = 65_535;
  private static final Pattern GRAMMAR =
      Pattern.compile("(?<host>[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(?::(?<port>[0-9]{1,5}))?");

  private HostAndPort() {}

  /** Reads {@code HOST:PORT}. */
  static InetSocketAddress parse(String option, String text) throws ConfigException {
    return parse(option, text, 0, "takes HOST:PORT, such as 127.0.0.1:8080");
  }

  /** Reads {@code HOST[:PORT]} of a name server. */
  static InetSocketAddress parseNameServer(String option, String text) throws ConfigException {
    return parse(
        option, text, DNS_PORT, "takes HOST[:PORT], such as 192.0.2.53 or ns1.example.com");
  }

  private static InetSocketAddress parse(
      String option, String text, int defaultPort, String allowed) throws ConfigException {
    Matcher matcher = GRAMMAR.matcher(text);
    if (matcher.matches()) {
      String port = matcher.group("port");
      int number = port == null ? defaultPort : Integer.parseInt(port);
      if (number > 0 && number <= MAX_PORT) {
        return found(option, new InetSocketAddress(matcher.group("host"), number));
      }
    }
    throw new ConfigException(
        ErrorCode.SETTING_INVALID,
        option,
        "%s %s, not \"%s\"".formatted(option, allowed, Excerpt.of(text)));
  }

  private static InetSocketAddress found(String option, InetSocketAddress address)
      throws ConfigException {
    if (address.isUnresolved()) {
      throw new ConfigException(
          ErrorCode.SETTING_INVALID,
          option,
          "%s: there is no host %s; give an IP address".formatted(option, address.getHostString()));
    }
    return address;
  }
}
