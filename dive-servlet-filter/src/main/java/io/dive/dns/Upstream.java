// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.ResolverConfig;
import org.xbill.DNS.SimpleResolver;

/**
 * Where DNS questions go: a recursive resolver, or a server that is authoritative for the anchored
 * zone. It needs no trust, as every answer is validated here. Immutable.
 */
public abstract sealed class Upstream {
  static final int DNS_PORT = 53;
  private static final Pattern ADDRESS =
      Pattern.compile(
          "(?<v4>[0-9]{1,3}(?:\\.[0-9]{1,3}){3})(?::(?<port4>[0-9]{1,5}))?"
              + "|\\[(?<bracketed>[0-9A-Fa-f:.]+)](?::(?<port6>[0-9]{1,5}))?"
              + "|(?<v6>[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)");

  private Upstream() {}

  /** The resolvers of this machine, as configured at the time of the call. */
  public static Upstream system() {
    List<InetSocketAddress> servers = ResolverConfig.getCurrentConfig().servers();
    return servers.isEmpty()
        ? of(new InetSocketAddress(InetAddress.getLoopbackAddress(), DNS_PORT))
        : new Addresses(servers);
  }

  /** The server at an address, over UDP and, where an answer is cut, over TCP. */
  public static Upstream of(InetSocketAddress server) {
    return new Addresses(List.of(requireNonNull(server, "server")));
  }

  static Upstream ofAll(List<InetSocketAddress> servers) {
    return new Addresses(servers);
  }

  /** An address as messages write it, without DNS's own port. */
  static String text(InetSocketAddress address) {
    InetAddress ip = address.getAddress();
    String host = ip == null ? address.getHostString() : ip.getHostAddress();
    if (address.getPort() == DNS_PORT) {
      return host;
    }
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  /**
   * Reads {@code system} or {@code IP[:port]}, an IPv6 address with a port in brackets.
   *
   * @param setting the name of the setting, for the message
   * @throws ConfigException with {@code SETTING_INVALID}
   */
  public static Upstream parse(String setting, String text) throws ConfigException {
    if (text.equals("system")) {
      return system();
    }
    Matcher matcher = ADDRESS.matcher(text);
    if (matcher.matches()) {
      String host = firstOf(matcher, "v4", "bracketed", "v6");
      String port = firstOf(matcher, "port4", "port6");
      try {
        // An address literal by the pattern, so nothing is looked up.
        InetAddress address = InetAddress.getByName(host);
        int number = port.isEmpty() ? DNS_PORT : Integer.parseInt(port);
        if (number > 0 && number <= 65_535) {
          return of(new InetSocketAddress(address, number));
        }
      } catch (UnknownHostException e) {
        // Falls through to the one message.
      }
    }
    throw new ConfigException(
        ErrorCode.SETTING_INVALID,
        setting,
        setting
            + ": \""
            + Excerpt.of(text)
            + "\" is neither \"system\" nor an IP address with an optional port, such as"
            + " 127.0.0.1:5300 or [::1]:53");
  }

  private static String firstOf(Matcher matcher, String... groups) {
    for (String group : groups) {
      String value = matcher.group(group);
      if (value != null) {
        return value;
      }
    }
    return "";
  }

  /** How many servers can be asked in turn, at least one. */
  abstract int servers();

  /** A fresh resolver for one question to one of the servers. */
  abstract Resolver resolver(int server, Duration timeout);

  /** The server's name in messages. */
  abstract String name(int server);

  // DNS over HTTPS or TLS would be further subclasses.
  private static final class Addresses extends Upstream {
    private final List<InetSocketAddress> addresses;

    Addresses(List<InetSocketAddress> addresses) {
      this.addresses = List.copyOf(addresses);
    }

    @Override
    int servers() {
      return addresses.size();
    }

    @Override
    Resolver resolver(int server, Duration timeout) {
      SimpleResolver resolver = new SimpleResolver(addresses.get(server));
      resolver.setTimeout(timeout);
      return resolver;
    }

    @Override
    String name(int server) {
      InetSocketAddress address = addresses.get(server);
      return address.getHostString() + " port " + address.getPort();
    }
  }

  /** The servers' names. */
  @Override
  public String toString() {
    return IntStream.range(0, servers()).mapToObj(this::name).collect(Collectors.joining(", "));
  }
}
