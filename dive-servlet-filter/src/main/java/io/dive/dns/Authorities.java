// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static java.util.Objects.requireNonNull;

import io.dive.dns.Inquiry.UpstreamException;
import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.protocol.MalformedFieldException;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Finds the authoritative servers of a zone and asks each of them directly, so that one that lags
 * behind or was tampered with shows. Safe for use by many threads.
 */
public final class Authorities {
  private static final int MAX_SERVERS = 32;

  /** Each is looked up, whatever it may name. */
  private static final int MAX_NAMES = 32;

  private static final String AUTO = "auto";
  private static final String OFF = "off";

  private final Upstream resolver;
  private final UpstreamResolver recursive;
  private final TrustAnchors anchors;
  private final Duration limit;
  private final Clock clock;
  private final List<InetSocketAddress> listed;
  private final int port;

  private Authorities(
      List<InetSocketAddress> listed,
      Upstream resolver,
      TrustAnchors anchors,
      Duration limit,
      Clock clock,
      int port) {
    this.port = port;
    this.listed = List.copyOf(listed);
    this.resolver = requireNonNull(resolver, "resolver");
    this.anchors = requireNonNull(anchors, "anchors");
    this.limit = requireNonNull(limit, "limit");
    this.clock = requireNonNull(clock, "clock");
    this.recursive = new UpstreamResolver(resolver, anchors);
  }

  /**
   * The servers that each zone's NS records name.
   *
   * @param resolver finds them, and what lies outside a server's zone
   * @param limit longest time for one question with all that follows from it
   * @param clock decides whether signatures are valid
   */
  public static Authorities published(
      Upstream resolver, TrustAnchors anchors, Duration limit, Clock clock) {
    return published(resolver, anchors, limit, clock, Upstream.DNS_PORT);
  }

  /** The servers that NS records name, at another port. */
  static Authorities published(
      Upstream resolver, TrustAnchors anchors, Duration limit, Clock clock, int port) {
    return new Authorities(List.of(), resolver, anchors, limit, clock, port);
  }

  /**
   * The servers that an operator lists, whatever the NS records say: a hidden primary, a server at
   * another port.
   *
   * @param servers at least one; they serve every zone that is asked for
   */
  public static Authorities listed(
      List<InetSocketAddress> servers,
      Upstream resolver,
      TrustAnchors anchors,
      Duration limit,
      Clock clock) {
    if (servers.isEmpty()) {
      throw new IllegalArgumentException("no server is listed");
    }
    return new Authorities(servers, resolver, anchors, limit, clock, Upstream.DNS_PORT);
  }

  /**
   * Reads which authoritative servers are to be asked: {@code auto} (those of NS records, but none
   * where the resolver is at another port than 53, behind which there is often a world of its own),
   * {@code off}, or addresses as {@link Upstream#addresses} reads them.
   *
   * @param setting the name of the setting, for the message
   * @return empty for no server
   * @throws ConfigException with {@code SETTING_INVALID}
   */
  public static Optional<Authorities> parse(
      String setting,
      String text,
      Upstream resolver,
      TrustAnchors anchors,
      Duration limit,
      Clock clock)
      throws ConfigException {
    if (text.equals(OFF) || (text.equals(AUTO) && !resolver.isAtStandardPort())) {
      return Optional.empty();
    }
    return Optional.of(
        text.equals(AUTO)
            ? published(resolver, anchors, limit, clock)
            : listed(Upstream.addresses(setting, text), resolver, anchors, limit, clock));
  }

  /**
   * Finds the zone that a name lies in, and its servers. Nothing of it is validated; what the
   * servers answer is. A server whose address has not come by the deadline has none.
   *
   * @param ownerName a domain name without its final dot, which need not exist
   * @throws IllegalArgumentException if the text is not a domain name
   */
  public ZoneAnswer find(String ownerName, Deadline deadline) {
    Deadline end = deadline.orIn(limit);
    try {
      Name apex = apex(name(ownerName), end);
      Fqdn zone = Fqdn.parse(apex.toString(true));
      return listed.isEmpty()
          ? servers(apex, zone, end)
          : new ZoneAnswer.Found(ZoneServers.listed(zone, listed), List.of());
    } catch (UpstreamException e) {
      return new ZoneAnswer.Failed(e.code(), e.sentence());
    } catch (MalformedFieldException e) {
      return notFound(ownerName, "lies in a zone whose name is none of a host");
    }
  }

  private static ZoneAnswer.Failed notFound(String ownerName, String problem) {
    return new ZoneAnswer.Failed(ErrorCode.DNS_SERVER_FAILURE, ownerName + " " + problem);
  }

  private static Name name(String text) {
    try {
      return Name.fromString(text, Name.root);
    } catch (TextParseException e) {
      throw new IllegalArgumentException("not a domain name: " + text, e);
    }
  }

  private Name apex(Name owner, Deadline deadline) throws UpstreamException {
    UpstreamResolver asked =
        listed.isEmpty()
            ? recursive
            : UpstreamResolver.authoritative(Upstream.ofAll(listed), anchors);
    // A negative answer names the zone's SOA; a CNAME, or a resolver that leaves it out, does not.
    for (Name name = owner; !name.equals(Name.root); name = new Name(name, 1)) {
      Message response = await(send(asked, name, Type.SOA, deadline));
      boolean alias =
          response.getSection(Section.ANSWER).stream().anyMatch(r -> r.getType() == Type.CNAME);
      for (int section : new int[] {Section.ANSWER, Section.AUTHORITY}) {
        for (Record record : response.getSection(section)) {
          if (!alias && record.getType() == Type.SOA && name.subdomain(record.getName())) {
            return record.getName().canonicalize();
          }
        }
      }
    }
    throw new UpstreamException(
        ErrorCode.DNS_SERVER_FAILURE, "no SOA record at or above " + owner.toString(true));
  }

  private ZoneAnswer servers(Name apex, Fqdn zone, Deadline deadline) throws UpstreamException {
    List<Name> names =
        await(send(recursive, apex, Type.NS, deadline)).getSection(Section.ANSWER).stream()
            .filter(NSRecord.class::isInstance)
            .map(record -> ((NSRecord) record).getTarget().canonicalize())
            .distinct()
            .sorted()
            .toList();
    if (names.size() > MAX_NAMES) {
      return notFound(zone.name(), "has more than " + MAX_NAMES + " name servers");
    }
    List<Pending> v4 = new ArrayList<>();
    List<Pending> v6 = new ArrayList<>();
    for (Name name : names) {
      v4.add(send(recursive, name, Type.A, deadline));
      v6.add(send(recursive, name, Type.AAAA, deadline));
    }
    // Names may share an address, which is one server then.
    Map<InetSocketAddress, ZoneServers.Server> servers = new LinkedHashMap<>();
    List<String> withoutAddress = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i).toString(true);
      List<InetAddress> addresses = new ArrayList<>(addresses(v4.get(i)));
      addresses.addAll(addresses(v6.get(i)));
      if (addresses.isEmpty()) {
        withoutAddress.add(name);
      }
      for (InetAddress address : addresses) {
        InetSocketAddress server = new InetSocketAddress(address, port);
        if (servers.size() <= MAX_SERVERS
            && (!(address instanceof Inet6Address) || hasRoute(server))) {
          servers.putIfAbsent(server, new ZoneServers.Server(name, server));
        }
      }
    }
    if (servers.isEmpty() || servers.size() > MAX_SERVERS) {
      return notFound(
          zone.name(),
          servers.isEmpty()
              ? "has no NS record with an address that can be reached from here"
              : "has more than " + MAX_SERVERS + " server addresses");
    }
    return new ZoneAnswer.Found(
        new ZoneServers(zone, List.copyOf(servers.values())), withoutAddress);
  }

  private static List<InetAddress> addresses(Pending pending) {
    try {
      return await(pending).getSection(Section.ANSWER).stream()
          .flatMap(record -> address(record).stream())
          .toList();
    } catch (UpstreamException e) {
      // The name is reported as having no address if its other type has none either.
      return List.of();
    }
  }

  private static Optional<InetAddress> address(Record record) {
    try {
      // Without the name the library gives it, which messages would show.
      if (record instanceof ARecord a) {
        return Optional.of(InetAddress.getByAddress(a.getAddress().getAddress()));
      } else if (record instanceof AAAARecord aaaa) {
        return Optional.of(InetAddress.getByAddress(aaaa.getAddress().getAddress()));
      }
      return Optional.empty();
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of the wrong length", e);
    }
  }

  /** Most machines without IPv6 have no route to it; that is no fault of the server's. */
  private static boolean hasRoute(InetSocketAddress server) {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(server);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * A look-up that asks one server only for names in its zone, without recursion, and validates the
   * answers like any other. An answer without authority is {@code DNS_LAME}. It remembers the keys
   * that it validated, so use it for all questions to a server.
   */
  public TxtLookup lookup(ZoneServers zone, ZoneServers.Server server) {
    return new ValidatingTxtLookup(
        new AuthorityResolver(name(zone.apex().name()), direct(server), recursive),
        false,
        anchors,
        limit,
        clock);
  }

  private UpstreamResolver direct(ZoneServers.Server server) {
    return UpstreamResolver.authoritative(Upstream.of(server.address()), anchors);
  }

  /** Asks one server for the state of its zone. */
  public SoaAnswer soa(ZoneServers zone, ZoneServers.Server server, Deadline deadline) {
    Name apex = name(zone.apex().name());
    try {
      Message response = await(send(direct(server), apex, Type.SOA, deadline.orIn(limit)));
      for (Record record : response.getSection(Section.ANSWER)) {
        if (record instanceof SOARecord soa && soa.getName().equals(apex)) {
          return new SoaAnswer.Found(
              soa.getSerial(), Duration.ofSeconds(Math.min(soa.getTTL(), soa.getMinimum())));
        }
      }
      return new SoaAnswer.Failed(
          ErrorCode.DNS_LAME, server + " has no SOA record of the zone " + zone.apex());
    } catch (UpstreamException e) {
      return new SoaAnswer.Failed(e.code(), e.sentence());
    }
  }

  /** The resolver through which servers are found. */
  @Override
  public String toString() {
    return listed.isEmpty() ? "NS records through " + resolver : Upstream.ofAll(listed).toString();
  }

  private record Pending(Inquiry inquiry, CompletableFuture<Message> answer) {}

  private static Pending send(UpstreamResolver resolver, Name name, int type, Deadline deadline) {
    Message query = Message.newQuery(Record.newRecord(name, type, DClass.IN));
    // The servers of a zone that fails validation are wanted all the same.
    query.getHeader().setFlag(Flags.CD);
    Inquiry inquiry = new Inquiry(deadline);
    return new Pending(inquiry, resolver.sendAsync(query, inquiry).toCompletableFuture());
  }

  private static Message await(Pending pending) throws UpstreamException {
    Inquiry inquiry = pending.inquiry();
    try {
      return pending.answer().get(inquiry.remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      pending.answer().cancel(true);
      throw inquiry
          .failure()
          .orElseGet(() -> new UpstreamException(ErrorCode.DNS_TIMEOUT, "no answer in time"));
    } catch (ExecutionException e) {
      throw inquiry
          .failure()
          .orElseThrow(() -> new IllegalStateException("a question broke", e.getCause()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UpstreamException(ErrorCode.DNS_TIMEOUT, "interrupted while waiting for DNS");
    }
  }
}
