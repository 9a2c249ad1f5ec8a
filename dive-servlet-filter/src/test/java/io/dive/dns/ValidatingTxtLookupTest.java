// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.ErrorCode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.DNSSEC;
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
import org.xbill.DNS.dnssec.ValidatingResolver;

/** Against a server in this process, so that it can be as bad as a test needs it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ValidatingTxtLookupTest {
  private static final Instant NOW = Instant.parse("2026-11-01T00:00:00Z");
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final String NAME = "_dive.zone.test";

  private Name zone;
  private ZoneKey key;

  @BeforeAll
  void makeKeys() throws Exception {
    zone = Name.fromString("zone.test.");
    key = ZoneKey.generate(zone);
  }

  private void addSigned(Message response, int section, Record record) {
    response.addRecord(record, section);
    response.addRecord(
        key.sign(new RRset(record), NOW.minus(Duration.ofDays(1)), NOW.plus(Duration.ofDays(1))),
        section);
  }

  private static TXTRecord txt(String value) {
    try {
      return new TXTRecord(Name.fromString(NAME + "."), DClass.IN, 300, value);
    } catch (org.xbill.DNS.TextParseException e) {
      throw new IllegalStateException(e);
    }
  }

  /** An honest server of a zone with one TXT record. */
  private Optional<Message> zone(Message response) {
    switch (response.getQuestion().getType()) {
      case Type.DNSKEY -> addSigned(response, Section.ANSWER, key.dnskey());
      case Type.TXT -> addSigned(response, Section.ANSWER, txt("hello"));
      default ->
          addSigned(
              response,
              Section.AUTHORITY,
              new NSECRecord(
                  response.getQuestion().getName(),
                  DClass.IN,
                  300,
                  zone,
                  new int[] {Type.TXT, Type.RRSIG, Type.NSEC}));
    }
    return Optional.of(response);
  }

  private TxtAnswer ask(InetSocketAddress server, Duration limit) throws Exception {
    Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
    TrustAnchors anchors = TrustAnchors.parse(key.toString(), "test");
    return new ValidatingTxtLookup(Upstream.of(server), anchors, LONG, clock).lookup(NAME, limit);
  }

  private TxtAnswer askOf(Function<Message, Optional<Message>> answer, Duration limit)
      throws Exception {
    try (UdpNameServer server = UdpNameServer.start(answer)) {
      return ask(server.address(), limit);
    }
  }

  private static void assertFailed(ErrorCode code, TxtAnswer answer) {
    TxtAnswer.Failed failed =
        assertInstanceOf(TxtAnswer.Failed.class, answer, () -> answer.toString());
    assertEquals(code, failed.code(), failed::sentence);
  }

  /** Which of its faults a forged answer is told for does not matter. */
  private static void assertFailsValidation(TxtAnswer answer) {
    TxtAnswer.Failed failed =
        assertInstanceOf(TxtAnswer.Failed.class, answer, () -> answer.toString());
    assertTrue(failed.code().failsValidation(), failed::sentence);
  }

  @Test
  void signedRecord_isSecure() throws Exception {
    assertEquals(
        new TxtAnswer.Found(
            List.of("hello"),
            DnssecStatus.SECURE,
            Duration.ofMinutes(5),
            NAME,
            Optional.of(NOW.plus(Duration.ofDays(1)))),
        askOf(this::zone, LONG));
  }

  @Test
  void nsec_provesAbsence() throws Exception {
    TxtAnswer answer =
        askOf(
            response -> {
              if (response.getQuestion().getType() != Type.TXT) {
                return zone(response);
              }
              int[] types = {Type.RRSIG, Type.NSEC};
              addSigned(
                  response,
                  Section.AUTHORITY,
                  new NSECRecord(response.getQuestion().getName(), DClass.IN, 300, zone, types));
              return Optional.of(response);
            },
            LONG);
    assertEquals(new TxtAnswer.Absent(DnssecStatus.SECURE, true), answer);
  }

  @Test
  void unsignedRecordInASignedZone_isBogus() throws Exception {
    assertFailed(
        ErrorCode.DNS_SIGNATURE_MISSING,
        askOf(
            response -> {
              if (response.getQuestion().getType() == Type.TXT) {
                response.addRecord(txt("forged"), Section.ANSWER);
                return Optional.of(response);
              }
              return zone(response);
            },
            LONG));
  }

  @Test
  void absenceWithoutProof_isBogus() throws Exception {
    for (int rcode : new int[] {Rcode.NOERROR, Rcode.NXDOMAIN}) {
      assertFailed(
          ErrorCode.DNS_DENIAL_MISSING,
          askOf(
              response -> {
                if (response.getQuestion().getType() == Type.TXT) {
                  response.getHeader().setRcode(rcode);
                  return Optional.of(response);
                }
                return zone(response);
              },
              LONG));
    }
  }

  /** Whoever can drop packets must not be able to turn "secure" into "insecure". */
  @Test
  void dnskeyWithheld_isAFailureAndNeverInsecure() throws Exception {
    for (int type : new int[] {Type.TXT, Type.A}) {
      assertFailed(
          ErrorCode.DNS_TIMEOUT,
          askOf(
              response ->
                  response.getQuestion().getType() == Type.DNSKEY
                      ? Optional.empty()
                      : type == Type.TXT ? zone(response) : absent(response),
              SHORT));
    }
  }

  private Optional<Message> absent(Message response) {
    addSigned(
        response,
        Section.AUTHORITY,
        new NSECRecord(
            response.getQuestion().getName(), DClass.IN, 300, zone, new int[] {Type.RRSIG}));
    return Optional.of(response);
  }

  @Test
  void dnskeyRefused_isAServerFailureAndNotBogus() throws Exception {
    for (boolean positive : new boolean[] {true, false}) {
      assertFailed(
          ErrorCode.DNS_SERVER_FAILURE,
          askOf(
              response -> {
                if (response.getQuestion().getType() == Type.DNSKEY) {
                  response.getHeader().setRcode(Rcode.SERVFAIL);
                  return Optional.of(response);
                }
                return positive ? zone(response) : absent(response);
              },
              LONG));
    }
  }

  /** Two DNAMEs at one name break the library's clean-up of an answer. */
  private Optional<Message> breaking(Message response) {
    for (String label : List.of("a", "b")) {
      Name to = Name.fromConstantString(label + ".test.");
      response.addRecord(new DNAMERecord(zone, DClass.IN, 300, to), Section.ANSWER);
    }
    return Optional.of(response);
  }

  @Test
  void dnskeyAnswerThatBreaksTheValidator_isBogusAndNeverInsecure() throws Exception {
    for (boolean positive : new boolean[] {true, false}) {
      assertFailsValidation(
          askOf(
              response ->
                  response.getQuestion().getType() == Type.DNSKEY
                      ? breaking(response)
                      : positive ? zone(response) : absent(response),
              LONG));
    }
  }

  @Test
  void reasonForgedByTheServer_isNotBelieved() throws Exception {
    assertFailsValidation(
        askOf(
            response -> {
              response.addRecord(
                  new TXTRecord(
                      Name.root, ValidatingResolver.VALIDATION_REASON_QCLASS, 0, "insecure"),
                  Section.ADDITIONAL);
              return response.getQuestion().getType() == Type.DNSKEY
                  ? breaking(response)
                  : absent(response);
            },
            LONG));
  }

  /** Records of a zone elsewhere that nobody signs, as a forger would add them. */
  private List<Record> recordsFrom(String zoneElsewhere) {
    Name elsewhere = Name.fromConstantString(zoneElsewhere);
    Record soa = new SOARecord(elsewhere, DClass.IN, 300, elsewhere, elsewhere, 1, 1, 1, 1, 1);
    Record nsec =
        new NSECRecord(
            Name.fromConstantString("a." + zoneElsewhere),
            DClass.IN,
            300,
            elsewhere,
            new int[] {Type.NS});
    return List.of(soa, nsec, forgedSignature(nsec, elsewhere), forgedSignature(soa, elsewhere));
  }

  private RRSIGRecord forgedSignature(Record record, Name signer) {
    return new RRSIGRecord(
        record.getName(),
        DClass.IN,
        300,
        record.getType(),
        DNSSEC.Algorithm.ED25519,
        300,
        NOW.plus(Duration.ofDays(1)),
        NOW.minus(Duration.ofDays(1)),
        1,
        signer,
        new byte[64]);
  }

  /** Beside the anchored zone, or above its anchor. */
  @ParameterizedTest
  @ValueSource(strings = {"elsewhere.example.", "test."})
  void absenceWithRecordsFromElsewhere_isBogusAndNeverInsecure(String elsewhere) throws Exception {
    List<Record> records = recordsFrom(elsewhere);
    for (List<Record> added :
        List.of(records, records.subList(0, 1), records.subList(1, 2), records.subList(1, 3))) {
      for (int rcode : new int[] {Rcode.NOERROR, Rcode.NXDOMAIN}) {
        assertFailsValidation(
            askOf(
                response -> {
                  if (response.getQuestion().getType() != Type.TXT) {
                    return zone(response);
                  }
                  response.getHeader().setRcode(rcode);
                  added.forEach(record -> response.addRecord(record, Section.AUTHORITY));
                  return Optional.of(response);
                },
                LONG));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"elsewhere.example.", "test."})
  void recordWithASignerElsewhere_isBogusAndNeverInsecure(String elsewhere) throws Exception {
    assertFailed(
        ErrorCode.DNS_SIGNATURE_MISSING,
        askOf(
            response -> {
              if (response.getQuestion().getType() != Type.TXT) {
                return zone(response);
              }
              Record forged = txt("forged");
              response.addRecord(forged, Section.ANSWER);
              response.addRecord(
                  forgedSignature(forged, Name.fromConstantString(elsewhere)), Section.ANSWER);
              return Optional.of(response);
            },
            LONG));
  }

  @ParameterizedTest
  @ValueSource(strings = {"elsewhere.example.", "test."})
  void signedRecordBesideRecordsFromElsewhere_staysSecure(String elsewhere) throws Exception {
    List<Record> added = recordsFrom(elsewhere);
    TxtAnswer answer =
        askOf(
            response -> {
              added.forEach(record -> response.addRecord(record, Section.AUTHORITY));
              return zone(response);
            },
            LONG);
    assertEquals(
        DnssecStatus.SECURE,
        assertInstanceOf(TxtAnswer.Found.class, answer, () -> answer.toString()).status());
  }

  @Test
  @Timeout(60)
  void silentServer_isATimeout() throws Exception {
    assertFailed(ErrorCode.DNS_TIMEOUT, askOf(response -> Optional.empty(), SHORT));
  }

  @Test
  void noTimeLeft_isATimeout() throws Exception {
    assertFailed(ErrorCode.DNS_TIMEOUT, askOf(this::zone, Duration.ZERO));
  }

  @Test
  void lostPacket_isRepeated() throws Exception {
    java.util.concurrent.atomic.AtomicBoolean first =
        new java.util.concurrent.atomic.AtomicBoolean(true);
    TxtAnswer answer =
        askOf(
            response -> first.getAndSet(false) ? Optional.empty() : zone(response),
            Duration.ofSeconds(3));
    assertInstanceOf(TxtAnswer.Found.class, answer, () -> answer.toString());
  }

  @Test
  @Timeout(60)
  void closedPort_isAServerFailure() throws Exception {
    assertFailed(ErrorCode.DNS_SERVER_FAILURE, ask(Named.nobody(), LONG));
  }

  @Test
  void nonsense_isAFailure() throws Exception {
    TxtAnswer answer =
        askOf(response -> Optional.of(new Message(response.getHeader().getID() ^ 1)), LONG);
    assertFailed(ErrorCode.DNS_SERVER_FAILURE, answer);
  }

  @Test
  void keysOfAZone_areAskedForOnce() throws Exception {
    Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
    TrustAnchors anchors = TrustAnchors.parse(key.toString(), "test");
    try (UdpNameServer server = UdpNameServer.start(this::zone)) {
      TxtLookup dns = new ValidatingTxtLookup(Upstream.of(server.address()), anchors, LONG, clock);
      assertInstanceOf(TxtAnswer.Found.class, dns.lookup(NAME, LONG));
      int questions = server.questions();
      assertInstanceOf(TxtAnswer.Found.class, dns.lookup(NAME, LONG));
      assertEquals(questions + 1, server.questions());
    }
  }

  @Test
  void textThatIsNoName_isMisuse() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new ValidatingTxtLookup(
                    Upstream.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1)),
                    TrustAnchors.iana(),
                    LONG,
                    Clock.fixed(NOW, ZoneOffset.UTC))
                .lookup("a..b", LONG));
  }
}
