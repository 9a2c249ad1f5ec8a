// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/** What one bad name server may do to the look for the others. */
@Timeout(60)
class AuthoritiesTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @Test
  void nameWithoutAnAddressInTime_leavesTheOthers() throws Exception {
    try (PublishedServers dns = new PublishedServers(List.of("ns1", "slow"), "v", "v")) {
      ZoneAnswer.Found found =
          assertInstanceOf(
              ZoneAnswer.Found.class,
              dns.authorities(TrustAnchors.iana(), LIMIT)
                  .find("_dive.example.com", Deadline.in(Duration.ofSeconds(2))));
      assertEquals(List.of("slow.example.com"), found.withoutAddress());
      assertEquals(
          List.of("ns1.example.com"),
          found.zone().servers().stream().map(ZoneServers.Server::name).toList());
    }
  }

  @Test
  void namesOfOneAddress_areOneServer() throws Exception {
    try (PublishedServers dns = new PublishedServers(List.of("ns1", "ns2", "ns3"), "v", "v")) {
      ZoneAnswer.Found found =
          assertInstanceOf(
              ZoneAnswer.Found.class,
              dns.authorities(TrustAnchors.iana(), LIMIT)
                  .find("_dive.example.com", Deadline.in(LIMIT)));
      assertEquals(1, found.zone().servers().size());
    }
  }

  @Test
  void tooManyNames_areRefusedBeforeAnyAddressIsAskedFor() throws Exception {
    List<String> names = IntStream.range(0, 33).mapToObj(i -> "ns" + i).toList();
    try (PublishedServers dns = new PublishedServers(names, "v", "v")) {
      ZoneAnswer.Failed failed =
          assertInstanceOf(
              ZoneAnswer.Failed.class,
              dns.authorities(TrustAnchors.iana(), LIMIT)
                  .find("_dive.example.com", Deadline.in(LIMIT)));
      assertTrue(failed.sentence().contains("more than 32 name servers"), failed.sentence());
      assertEquals(0, dns.questionsForAddresses());
    }
  }

  private static void addSigned(Message response) {
    Name owner = response.getQuestion().getName();
    response.addRecord(new TXTRecord(owner, DClass.IN, 300, "v"), Section.ANSWER);
    Instant now = Clock.systemUTC().instant();
    response.addRecord(
        new RRSIGRecord(
            owner,
            DClass.IN,
            300,
            Type.TXT,
            DNSSEC.Algorithm.ED25519,
            300,
            now.plusSeconds(3600),
            now.minusSeconds(3600),
            1,
            Name.fromConstantString("example.com."),
            new byte[64]),
        Section.ANSWER);
  }

  /** The chain of trust above the zone comes from the resolver. */
  @Test
  void failureOfTheResolver_isNotThatOfTheServer() throws Exception {
    try (UdpNameServer resolver =
            UdpNameServer.start(
                response -> {
                  response.getHeader().setRcode(Rcode.SERVFAIL);
                  return Optional.of(response);
                });
        UdpNameServer server =
            UdpNameServer.start(
                response -> {
                  response.getHeader().setFlag(Flags.AA);
                  addSigned(response);
                  return Optional.of(response);
                })) {
      ZoneServers zone = ZoneServers.listed(new Fqdn("example.com"), List.of(server.address()));
      TxtAnswer answer =
          Authorities.published(
                  Upstream.of(resolver.address()), TrustAnchors.iana(), LIMIT, Clock.systemUTC())
              .lookup(zone, zone.servers().get(0))
              .lookup("_dive.example.com", LIMIT);
      TxtAnswer.Failed failed = assertInstanceOf(TxtAnswer.Failed.class, answer);
      assertEquals(ErrorCode.RESOLVER_FAILED, failed.code(), failed::sentence);
      assertTrue(failed.sentence().contains("SERVFAIL"), failed.sentence());
    }
  }
}
