// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/**
 * An unsigned zone example.com with name servers of which those called {@code slow} never get an
 * address, and the others that of this server, which is the resolver too.
 */
public final class PublishedServers implements AutoCloseable {
  private static final Name ZONE = Name.fromConstantString("example.com.");

  private final List<String> names;
  private final UdpNameServer resolver;
  private final UdpNameServer authority;
  private final AtomicInteger addresses = new AtomicInteger();

  /** Serves a zone with these name servers, whose records have the value. */
  public PublishedServers(List<String> names, String resolved, String published)
      throws IOException {
    this.names = List.copyOf(names);
    resolver = UdpNameServer.start(response -> answer(response, resolved));
    authority =
        UdpNameServer.start(
            response -> {
              response.getHeader().setFlag(Flags.AA);
              return answer(response, published);
            });
  }

  private Optional<Message> answer(Message response, String text) {
    Name asked = response.getQuestion().getName();
    int type = response.getQuestion().getType();
    try {
      if (type == Type.A || type == Type.AAAA) {
        addresses.incrementAndGet();
        if (asked.toString().toLowerCase(Locale.ROOT).startsWith("slow")) {
          return Optional.empty();
        }
      }
      if (type == Type.A) {
        response.addRecord(
            new ARecord(asked, DClass.IN, 300, InetAddress.getLoopbackAddress()), Section.ANSWER);
      } else if (type == Type.NS) {
        for (String name : names) {
          response.addRecord(
              new NSRecord(ZONE, DClass.IN, 300, Name.fromString(name, ZONE)), Section.ANSWER);
        }
      } else if (type == Type.TXT && asked.toString().startsWith("_dive.example")) {
        response.addRecord(new TXTRecord(asked, DClass.IN, 300, text), Section.ANSWER);
      } else {
        response.addRecord(
            new SOARecord(ZONE, DClass.IN, 300, ZONE, ZONE, 1, 1, 1, 1, 60),
            type == Type.SOA && asked.equals(ZONE) ? Section.ANSWER : Section.AUTHORITY);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return Optional.of(response);
  }

  /** Where the resolver is. */
  public Upstream resolver() {
    return Upstream.of(resolver.address());
  }

  /** Those that the NS records name. */
  public Authorities authorities(TrustAnchors anchors, Duration limit) {
    return Authorities.published(
        resolver(), anchors, limit, Clock.systemUTC(), authority.address().getPort());
  }

  /** How often an address was asked for. */
  public int questionsForAddresses() {
    return addresses.get();
  }

  @Override
  public void close() {
    resolver.close();
    authority.close();
  }
}
