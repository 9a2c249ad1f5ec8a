// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.check.CheckPlan;
import io.dive.check.CheckReport;
import io.dive.check.DnsCheck;
import io.dive.check.Finding;
import io.dive.check.FindingCode;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.ProtocolVersion;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/** What can be wrong with DNS, each with a code of its own, by packets of a server in here. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class DnsFaultsTest {
  private static final Instant NOW = Instant.parse("2026-11-01T00:00:00Z");
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(600);
  private static final Duration DAY = Duration.ofDays(1);
  private static final String PRESENT = "_dive.zone.test";
  private static final String ABSENT = "_dive.no.zone.test";

  /** How the records of a type are signed. */
  enum Signing {
    GOOD,
    WRONG,
    EXPIRED,
    FUTURE,
    NONE
  }

  private Name zone;
  private ZoneKey key;
  private ZoneKey otherKey;

  @BeforeAll
  void makeKeys() throws Exception {
    zone = Name.fromString("zone.test.");
    key = ZoneKey.generate(zone);
    otherKey = ZoneKey.generate(zone);
  }

  /** A server whose records of one type are signed in a special way. */
  private final class Server implements Function<Message, Optional<Message>> {
    private final int special;
    private final Signing signing;

    Server(int special, Signing signing) {
      this.special = special;
      this.signing = signing;
    }

    @Override
    public Optional<Message> apply(Message response) {
      Record question = response.getQuestion();
      response.getHeader().setFlag(Flags.AA);
      if (question.getType() == Type.DNSKEY) {
        add(response, Section.ANSWER, key.dnskey());
      } else if (question.getType() == Type.TXT
          && question.getName().toString(true).equals(PRESENT)) {
        add(response, Section.ANSWER, new TXTRecord(question.getName(), DClass.IN, 300, "hello"));
      } else {
        addAbsence(response, question.getName());
      }
      return Optional.of(response);
    }

    void addAbsence(Message response, Name name) {
      add(response, Section.AUTHORITY, soa());
      add(
          response,
          Section.AUTHORITY,
          new NSECRecord(name, DClass.IN, 300, zone, new int[] {Type.RRSIG, Type.NSEC}));
    }

    SOARecord soa() {
      return new SOARecord(zone, DClass.IN, 300, zone, zone, 1, 3600, 600, 86_400, 60);
    }

    void add(Message response, int section, Record record) {
      response.addRecord(record, section);
      Signing how = record.getType() == special ? signing : Signing.GOOD;
      if (how == Signing.NONE) {
        return;
      }
      Instant from = how == Signing.FUTURE ? NOW.plus(DAY) : NOW.minus(DAY.multipliedBy(3));
      Instant until = how == Signing.EXPIRED ? NOW.minus(DAY) : NOW.plus(DAY.multipliedBy(2));
      RRSIGRecord good = key.sign(new RRset(record), from, until);
      response.addRecord(how == Signing.WRONG ? damaged(good) : good, section);
    }
  }

  private static RRSIGRecord damaged(RRSIGRecord good) {
    byte[] signature = good.getSignature().clone();
    signature[5] ^= 1;
    return new RRSIGRecord(
        good.getName(),
        good.getDClass(),
        good.getTTL(),
        good.getTypeCovered(),
        good.getAlgorithm(),
        good.getOrigTTL(),
        good.getExpire(),
        good.getTimeSigned(),
        good.getFootprint(),
        good.getSigner(),
        signature);
  }

  private ValidatingTxtLookup dns(InetSocketAddress server) throws Exception {
    return new ValidatingTxtLookup(
        Upstream.of(server),
        TrustAnchors.parse(key.toString(), "test"),
        LONG,
        Clock.fixed(NOW, ZoneOffset.UTC));
  }

  private TxtAnswer ask(Function<Message, Optional<Message>> answer, String name, Duration limit)
      throws Exception {
    try (UdpNameServer server = UdpNameServer.start(answer)) {
      return dns(server.address()).lookup(name, limit);
    }
  }

  private static void assertFailed(ErrorCode code, TxtAnswer answer) {
    TxtAnswer.Failed failed =
        assertInstanceOf(TxtAnswer.Failed.class, answer, () -> answer.toString());
    assertEquals(code, failed.code(), failed::sentence);
  }

  @ParameterizedTest
  @CsvSource({
    "TXT, _dive.zone.test",
    "DNSKEY, _dive.zone.test",
    "DNSKEY, _dive.no.zone.test",
    "NSEC, _dive.no.zone.test",
    "SOA, _dive.no.zone.test"
  })
  void badSignature_hasACodeForEachWayToBeBad(String type, String name) throws Exception {
    try (UdpNameServer server = UdpNameServer.start(new Server(0, Signing.GOOD))) {
      TxtAnswer answer = dns(server.address()).lookup(name, LONG);
      assertTrue(
          name.equals(PRESENT)
              ? answer instanceof TxtAnswer.Found
              : answer instanceof TxtAnswer.Absent,
          answer::toString);
    }
    for (Signing signing : Signing.values()) {
      if (signing == Signing.GOOD) {
        continue;
      }
      try (UdpNameServer server = UdpNameServer.start(new Server(Type.value(type), signing))) {
        TxtLookup dns = dns(server.address());
        // Twice, as the validator remembers keys that it could not validate.
        for (int i = 0; i < 2; i++) {
          ErrorCode code =
              switch (signing) {
                case WRONG -> ErrorCode.DNS_SIGNATURE_WRONG;
                case EXPIRED -> ErrorCode.DNS_SIGNATURE_EXPIRED;
                case FUTURE -> ErrorCode.DNS_SIGNATURE_NOT_YET_VALID;
                default -> ErrorCode.DNS_SIGNATURE_MISSING;
              };
          assertFailed(code, dns.lookup(name, LONG));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {Rcode.NOERROR, Rcode.NXDOMAIN})
  void absenceWithoutProof_isADenialMissing(int rcode) throws Exception {
    for (boolean withSoa : new boolean[] {true, false}) {
      Server honest = new Server(0, Signing.GOOD);
      assertFailed(
          ErrorCode.DNS_DENIAL_MISSING,
          ask(
              response -> {
                if (response.getQuestion().getType() == Type.DNSKEY) {
                  return honest.apply(response);
                }
                response.getHeader().setRcode(rcode);
                if (withSoa) {
                  honest.add(response, Section.AUTHORITY, honest.soa());
                }
                return Optional.of(response);
              },
              ABSENT,
              LONG));
    }
  }

  /** A proof, signed, of something else. */
  @ParameterizedTest
  @ValueSource(ints = {Rcode.NOERROR, Rcode.NXDOMAIN})
  void absenceWithAnotherProof_isADenialMissing(int rcode) throws Exception {
    Server honest = new Server(0, Signing.GOOD);
    assertFailed(
        ErrorCode.DNS_DENIAL_MISSING,
        ask(
            response -> {
              if (response.getQuestion().getType() == Type.DNSKEY) {
                return honest.apply(response);
              }
              response.getHeader().setRcode(rcode);
              honest.addAbsence(response, Name.fromConstantString("zz.zone.test."));
              return Optional.of(response);
            },
            ABSENT,
            LONG));
  }

  /** As a resolver does that knows nothing of DNSSEC. */
  @Test
  void everythingStripped_isASignatureMissing() throws Exception {
    Server honest = new Server(0, Signing.GOOD);
    for (String name : new String[] {PRESENT, ABSENT}) {
      assertFailed(
          ErrorCode.DNS_SIGNATURE_MISSING,
          ask(
              response -> {
                Message signed = honest.apply(response).orElseThrow();
                for (int section : new int[] {Section.ANSWER, Section.AUTHORITY}) {
                  for (Record record : List.copyOf(signed.getSection(section))) {
                    if (record instanceof RRSIGRecord || record instanceof NSECRecord) {
                      signed.removeRecord(record, section);
                    }
                  }
                }
                return Optional.of(signed);
              },
              name,
              LONG));
    }
  }

  @Test
  void keysThatTheAnchorDoesNotName_areBogus() throws Exception {
    Server honest = new Server(0, Signing.GOOD);
    assertFailed(
        ErrorCode.DNS_BOGUS,
        ask(
            response -> {
              if (response.getQuestion().getType() != Type.DNSKEY) {
                return honest.apply(response);
              }
              response.addRecord(otherKey.dnskey(), Section.ANSWER);
              response.addRecord(
                  otherKey.sign(new RRset(otherKey.dnskey()), NOW.minus(DAY), NOW.plus(DAY)),
                  Section.ANSWER);
              return Optional.of(response);
            },
            PRESENT,
            LONG));
  }

  @ParameterizedTest
  @ValueSource(ints = {Rcode.SERVFAIL, Rcode.REFUSED, Rcode.NOTIMP})
  void errorCode_isAServerFailure(int rcode) throws Exception {
    assertFailed(
        ErrorCode.DNS_SERVER_FAILURE,
        ask(
            response -> {
              response.getHeader().setRcode(rcode);
              return Optional.of(response);
            },
            PRESENT,
            LONG));
  }

  private static Optional<Message> truncated(Message response) {
    response.getHeader().setFlag(Flags.TC);
    return Optional.of(response);
  }

  @Test
  void truncatedAnswerWithoutTcp_isTruncated() throws Exception {
    assertFailed(ErrorCode.DNS_TRUNCATED, ask(DnsFaultsTest::truncated, PRESENT, LONG));
  }

  /** TCP connects and nothing comes. */
  @Test
  void truncatedAnswerWithSilentTcp_isTruncatedWithinTheLimit() throws Exception {
    for (int attempt = 0; ; attempt++) {
      try (UdpNameServer server = UdpNameServer.start(DnsFaultsTest::truncated);
          ServerSocket tcp =
              new ServerSocket(server.address().getPort(), 50, InetAddress.getLoopbackAddress())) {
        assertEquals(server.address().getPort(), tcp.getLocalPort());
        assertFailed(ErrorCode.DNS_TRUNCATED, dns(server.address()).lookup(PRESENT, SHORT));
        return;
      } catch (IOException e) {
        // Somebody else has that TCP port.
        assertTrue(attempt < 10, e::toString);
      }
    }
  }

  @Test
  void silence_isATimeout() throws Exception {
    assertFailed(ErrorCode.DNS_TIMEOUT, ask(response -> Optional.empty(), PRESENT, SHORT));
  }

  /** From packets to what the operator reads. */
  private void assertFinding(
      FindingCode code, String host, Duration limit, Function<Message, Optional<Message>> answer)
      throws Exception {
    try (UdpNameServer server = UdpNameServer.start(answer)) {
      CheckReport report =
          new DnsCheck(dns(server.address()), limit, Clock.fixed(NOW, ZoneOffset.UTC))
              .run(
                  new CheckPlan(
                      List.of(new CheckPlan.Host(new Fqdn(host), List.of(), false)),
                      EnumSet.allOf(ProtocolVersion.class),
                      HashAlgorithm.SHA_256));
      Finding finding = report.findings().get(0);
      assertEquals(code, finding.code(), report::table);
      assertEquals("_dive." + host, finding.subject());
      assertTrue(!finding.sentence().isEmpty() && !finding.remedy().isEmpty(), report::table);
    }
  }

  @Test
  void fault_isAFindingOfTheCheckWithItsRemedy() throws Exception {
    Server honest = new Server(0, Signing.GOOD);
    assertFinding(
        FindingCode.DNS_TIMEOUT, "zone.test", Duration.ofSeconds(4), response -> Optional.empty());
    assertFinding(FindingCode.DNS_TRUNCATED, "zone.test", LONG, DnsFaultsTest::truncated);
    assertFinding(
        FindingCode.DNS_SIGNATURE_WRONG, "zone.test", LONG, new Server(Type.TXT, Signing.WRONG));
    assertFinding(
        FindingCode.DNS_DENIAL_MISSING,
        "no.zone.test",
        LONG,
        response ->
            response.getQuestion().getType() == Type.DNSKEY
                ? honest.apply(response)
                : Optional.of(response));
  }

  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      names = {"DNS_SIGNATURE_.*", "DNS_DENIAL_MISSING", "DNS_BOGUS"},
      mode = EnumSource.Mode.MATCH_ANY)
  void failedValidation_isTold(ErrorCode code) {
    assertTrue(code.failsValidation());
  }
}
