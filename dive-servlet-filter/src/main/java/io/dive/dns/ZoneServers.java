// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.Fqdn;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * A zone and the servers that are authoritative for it, those that its NS records name or those an
 * operator lists.
 *
 * @param apex the zone's name
 * @param servers at least one, one per address
 */
public record ZoneServers(Fqdn apex, List<Server> servers) {
  /**
   * One address of one server.
   *
   * @param name of the NS record; the address where an operator listed it
   */
  public record Server(String name, InetSocketAddress address) {
    /** No component may be null. */
    public Server {
      requireNonNull(name, "name");
      requireNonNull(address, "address");
    }

    /** A server that an operator lists. */
    public static Server at(InetSocketAddress address) {
      return new Server(Upstream.text(address), address);
    }

    /** The name, and the address where the name does not say it. */
    @Override
    public String toString() {
      String text = Upstream.text(address);
      return name.equals(text) ? name : name + " (" + text + ")";
    }
  }

  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException if there is no server
   */
  public ZoneServers {
    requireNonNull(apex, "apex");
    servers = List.copyOf(servers);
    if (servers.isEmpty()) {
      throw new IllegalArgumentException("a zone needs a server");
    }
  }

  /** A zone with the servers that an operator lists. */
  public static ZoneServers listed(Fqdn apex, List<InetSocketAddress> addresses) {
    return new ZoneServers(apex, addresses.stream().map(Server::at).toList());
  }
}
