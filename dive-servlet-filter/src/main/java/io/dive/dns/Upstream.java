// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.xbill.DNS.ResolverConfig;

/**
 * Where DNS questions go: a recursive resolver, or a server that is authoritative for the anchored
 * zone. It needs no trust, as every answer is validated here. Immutable.
 */
public final class Upstream {
  static final int DNS_PORT = 53;

  private static final int MAX_PORT = 65_535;
  private static final Pattern ADDRESS =
      Pattern.compile(
          "(?<v4>[0-9]{1,3}(?:\\.[0-9]{1,3}){3})(?::(?<port4>[0-9]{1,5}))?"
              + "|\\[(?<bracketed>[0-9A-Fa-f:.]+)](?::(?<port6>[0-9]{1,5}))?"
              + "|(?<v6>[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)");
  private static final Pattern TLS =
      Pattern.compile(
          "tls://(?:\\[(?<v6>[0-9A-Fa-f:.]+)]|(?<host>[0-9A-Za-z_.-]+))(?::(?<port>[0-9]{1,5}))?"
              + "(?:#(?<name>[0-9A-Za-z_.-]+))?");

  private final List<Transport> servers;
  private final boolean trustsAd;

  private Upstream(List<? extends Transport> servers, boolean trustsAd) {
    this.servers = List.copyOf(servers);
    this.trustsAd = trustsAd;
  }

  /** The resolvers of this machine, as configured at the time of the call. */
  public static Upstream system() {
    List<InetSocketAddress> servers = ResolverConfig.getCurrentConfig().servers();
    return servers.isEmpty()
        ? of(new InetSocketAddress(InetAddress.getLoopbackAddress(), DNS_PORT))
        : ofAll(servers);
  }

  /** The server at an address, over UDP and, where an answer is cut, over TCP. */
  public static Upstream of(InetSocketAddress server) {
    return ofAll(List.of(requireNonNull(server, "server")));
  }

  static Upstream ofAll(List<InetSocketAddress> servers) {
    return new Upstream(servers.stream().map(PlainTransport::new).toList(), false);
  }

  /**
   * Reads an upstream whose certificate, if it has one, the Java runtime's authorities vouch for.
   *
   * @throws ConfigException with {@code SETTING_INVALID}
   * @see #parse(String, String, TlsTrust)
   */
  public static Upstream parse(String setting, String text) throws ConfigException {
    return parse(setting, text, TlsTrust.ofRuntime());
  }

  /**
   * Reads {@code system}, {@code IP[:port]}, {@code tls://IP-or-name[:port][#name]} (DNS over TLS,
   * the name after {@code #} that of the certificate) or {@code https://host[:port][/path]} (DNS
   * over HTTPS, at {@code /dns-query} unless it says otherwise). An IPv6 address with a port stands
   * in brackets. Host names are looked up by the machine.
   *
   * @param setting the name of the setting, for the message
   * @throws ConfigException with {@code SETTING_INVALID}
   */
  public static Upstream parse(String setting, String text, TlsTrust trust) throws ConfigException {
    Optional<Upstream> upstream;
    if (text.equals("system")) {
      return system();
    } else if (text.startsWith("tls://")) {
      upstream = overTls(text, trust);
    } else if (text.startsWith("https://")) {
      upstream = overHttps(text, trust);
    } else {
      upstream = address(text).map(Upstream::of);
    }
    return upstream.orElseThrow(
        () ->
            invalid(
                setting,
                text,
                "neither \"system\" nor an IP address with an optional port, such as"
                    + " 127.0.0.1:5300 or [::1]:53, nor tls://IP-or-name[:port][#certificate-name]"
                    + " nor https://host/dns-query"));
  }

  /**
   * Reads addresses of servers, {@code IP[:port]} separated by commas.
   *
   * @param setting the name of the setting, for the message
   * @return at least one
   * @throws ConfigException with {@code SETTING_INVALID}
   */
  public static List<InetSocketAddress> addresses(String setting, String text)
      throws ConfigException {
    List<InetSocketAddress> addresses = new ArrayList<>();
    for (String item : text.split(",", -1)) {
      addresses.add(
          address(item.strip())
              .orElseThrow(
                  () ->
                      invalid(
                          setting,
                          item,
                          "no IP address with an optional port, such as 192.0.2.1 or [::1]:5300;"
                              + " separate several by commas")));
    }
    return List.copyOf(addresses);
  }

  private static ConfigException invalid(String setting, String text, String problem) {
    return new ConfigException(
        ErrorCode.SETTING_INVALID,
        setting,
        setting + ": \"" + Excerpt.of(text) + "\" is " + problem);
  }

  private static Optional<InetSocketAddress> address(String text) {
    Matcher matcher = ADDRESS.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    Optional<Integer> port = port(firstOf(matcher, "port4", "port6"), DNS_PORT);
    try {
      // An address literal by the pattern, so nothing is looked up.
      InetAddress address = InetAddress.getByName(firstOf(matcher, "v4", "bracketed", "v6"));
      return port.map(number -> new InetSocketAddress(address, number));
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }

  private static Optional<Integer> port(String text, int standard) {
    int number = text.isEmpty() ? standard : Integer.parseInt(text);
    return number > 0 && number <= MAX_PORT ? Optional.of(number) : Optional.empty();
  }

  private static Optional<Upstream> overTls(String text, TlsTrust trust) {
    Matcher matcher = TLS.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String host = firstOf(matcher, "v6", "host");
    String name = firstOf(matcher, "name", "v6", "host");
    return port(firstOf(matcher, "port"), TlsTransport.PORT)
        .map(port -> new TlsTransport(host, port, name, trust.context()))
        .map(transport -> new Upstream(List.of(transport), false));
  }

  private static Optional<Upstream> overHttps(String text, TlsTrust trust) {
    try {
      URI uri = new URI(text);
      if (uri.getHost() == null || uri.getUserInfo() != null || uri.getFragment() != null) {
        return Optional.empty();
      }
      URI complete = uri.getPath().isEmpty() ? uri.resolve("/dns-query") : uri;
      return Optional.of(
          new Upstream(List.of(new HttpsTransport(complete, trust.context())), false));
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
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

  /** An address as {@link #parse} reads it, without DNS's own port. */
  public static String text(InetSocketAddress address) {
    InetAddress ip = address.getAddress();
    String host = ip == null ? address.getHostString() : ip.getHostAddress();
    if (address.getPort() == DNS_PORT) {
      return host;
    }
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  /**
   * The same upstream, believed when it says that it has validated an answer, by the AD bit
   * (decision 21); what it does not say so of is validated here all the same.
   *
   * @param setting the name of the setting that asks for it, for the message
   * @throws ConfigException with {@code SETTINGS_CONTRADICT} unless all servers are asked over TLS
   *     or HTTPS
   */
  public Upstream trustingAd(String setting) throws ConfigException {
    if (!servers.stream().allMatch(Transport::isAuthenticated)) {
      throw new ConfigException(
          ErrorCode.SETTINGS_CONTRADICT,
          setting,
          setting
              + ": the AD bit of "
              + this
              + " cannot be believed, as anybody on the way can set it; name a resolver as tls://…"
              + " or https://… (decision 21)");
    }
    return new Upstream(servers, true);
  }

  /**
   * Whether the servers listen where resolvers do, so that the NS records they tell lead to servers
   * that can be asked; behind an odd port there is often a world of its own.
   */
  boolean isAtStandardPort() {
    return servers.stream()
        .noneMatch(
            server -> server instanceof PlainTransport p && p.address().getPort() != DNS_PORT);
  }

  boolean trustsAd() {
    return trustsAd;
  }

  /** To be asked in turn, at least one. */
  List<Transport> servers() {
    return servers;
  }

  /** The servers' names. */
  @Override
  public String toString() {
    return servers.stream().map(Transport::toString).collect(Collectors.joining(", "));
  }
}
