// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;
import org.xbill.DNS.dnssec.ValidatingResolver;

/** dnsjava's validator with the zone's trust anchor, against the server on its sockets. */
@Timeout(60)
class ValidatingResolverTest {

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "_dive,            TXT,    NOERROR",
    "key1._divekey,    TXT,    NOERROR",
    "mixed.case,       TXT,    NOERROR",
    "big,              TXT,    NOERROR",
    "@,                SOA,    NOERROR",
    "@,                DNSKEY, NOERROR",
    "alias2,           A,      NOERROR",
    "_dive,            A,      NOERROR",
    "www,              TXT,    NOERROR",
    "_divekey,         TXT,    NOERROR",
    "b.c.deep,         TXT,    NOERROR",
    "zzz,              TXT,    NXDOMAIN",
    "x.y.z.www,        TXT,    NXDOMAIN",
    "key2._divekey,    TXT,    NXDOMAIN",
    "u.v.w.c.deep,     TXT,    NXDOMAIN",
    "_dive.no.such,    TXT,    NXDOMAIN",
  })
  void everyKindOfAnswer_secure(String name, String type, String rcode) throws IOException {
    try (NameServer server = Zones.serve(Zones.signed())) {
      Message response =
          validating(server).send(Zones.dnssecQuery(Zones.under(name), Type.value(type)));

      assertEquals(rcode, Rcode.string(response.getRcode()), response.toString());
      assertTrue(response.getHeader().getFlag(Flags.AD), response.toString());
    }
  }

  @Test
  void expiredSignatures_bogus() throws IOException {
    SignedZone stale = SignedZone.sign(Zones.KEYS, Zones.SERIAL, Zones.records(), Zones.expired());
    try (NameServer server = Zones.serve(stale)) {
      assertBogus(validating(server).send(Zones.dnssecQuery(Zones.under("_dive"), Type.TXT)));
    }
  }

  @Test
  void trustAnchorOfAnotherKey_bogus() throws IOException {
    SignedZone foreign =
        SignedZone.sign(
            ZoneKeys.generate(Zones.APEX), Zones.SERIAL, Zones.records(), Zones.valid());
    try (NameServer server = Zones.serve(foreign)) {
      assertBogus(validating(server).send(Zones.dnssecQuery(Zones.under("_dive"), Type.TXT)));
    }
  }

  @Test
  void recordChangedOnTheWay_bogus() throws IOException {
    try (NameServer server = Zones.serve(Zones.signed())) {
      ValidatingResolver resolver =
          anchored(
              new Tampering(server) {
                @Override
                void tamper(Message response) {
                  for (Record record : List.copyOf(response.getSection(Section.ANSWER))) {
                    if (record.getType() == Type.TXT) {
                      response.removeRecord(record, Section.ANSWER);
                      response.addRecord(Zones.record("_dive", "TXT", "evil"), Section.ANSWER);
                    }
                  }
                }
              });
      assertBogus(resolver.send(Zones.dnssecQuery(Zones.under("_dive"), Type.TXT)));
    }
  }

  @Test
  void proofRemovedOnTheWay_bogus() throws IOException {
    try (NameServer server = Zones.serve(Zones.signed())) {
      ValidatingResolver resolver =
          anchored(
              new Tampering(server) {
                @Override
                void tamper(Message response) {
                  for (Record record : List.copyOf(response.getSection(Section.AUTHORITY))) {
                    if (record.getName().equals(Zones.under("key1._divekey"))) {
                      response.removeRecord(record, Section.AUTHORITY);
                    }
                  }
                }
              });
      assertBogus(resolver.send(Zones.dnssecQuery(Zones.under("key2._divekey"), Type.TXT)));
    }
  }

  private static void assertBogus(Message response) {
    assertEquals(Rcode.SERVFAIL, response.getRcode(), response.toString());
    assertFalse(response.getHeader().getFlag(Flags.AD));
  }

  private static ValidatingResolver validating(NameServer server) throws IOException {
    SimpleResolver direct = new SimpleResolver(server.address());
    direct.setTimeout(Duration.ofSeconds(10));
    return anchored(direct);
  }

  private static ValidatingResolver anchored(SimpleResolver source) throws IOException {
    ValidatingResolver resolver = new ValidatingResolver(source, Clock.systemUTC());
    resolver.loadTrustAnchors(
        new ByteArrayInputStream(Zones.KEYS.trustAnchorDs().getBytes(StandardCharsets.US_ASCII)));
    return resolver;
  }

  /** Somebody between server and validator. */
  private abstract static class Tampering extends SimpleResolver {
    Tampering(NameServer server) {
      super(server.address());
    }

    abstract void tamper(Message response);

    @Override
    public CompletionStage<Message> sendAsync(Message query, Executor executor) {
      return super.sendAsync(query, executor)
          .thenApply(
              response -> {
                tamper(response);
                return response;
              });
    }
  }
}
