// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.ErrorCode;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/** How much work is spent on finding out why an answer is bogus. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ValidationFaultTest {
  private static final Instant NOW = Instant.parse("2026-11-01T00:00:00Z");
  private static final Name ZONE = Name.fromConstantString("zone.test.");
  private static final Name OWNER = Name.fromConstantString("_dive.zone.test.");
  private static final int MANY = 20;

  private ZoneKey zoneKey;
  private DNSKEYRecord dnskey;
  private TrustAnchors anchors;
  private final AtomicInteger verifications = new AtomicInteger();

  @BeforeAll
  void makeKey() throws Exception {
    zoneKey = ZoneKey.generate(ZONE);
    dnskey = zoneKey.dnskey();
    anchors = TrustAnchors.parse(dnskey.toString(), "test");
  }

  /** Another key of the same tag: a sum of 16-bit words does not tell their order. */
  private DNSKEYRecord twin(Name zone, int number) {
    byte[] key = dnskey.getKey().clone();
    int first = 2 * (number % 8);
    int second = 16 + 2 * (number / 8);
    for (int i = 0; i < 2; i++) {
      byte moved = key[first + i];
      key[first + i] = key[second + i];
      key[second + i] = moved;
    }
    return new DNSKEYRecord(
        zone,
        DClass.IN,
        300,
        dnskey.getFlags(),
        DNSKEYRecord.Protocol.DNSSEC,
        DNSSEC.Algorithm.ED25519,
        key);
  }

  private RRSIGRecord wrong(int number) throws Exception {
    RRSIGRecord good = zoneKey.sign(new RRset(text()), NOW.minusSeconds(60), NOW.plusSeconds(60));
    byte[] signature = good.getSignature().clone();
    signature[number] ^= 1;
    return new RRSIGRecord(
        OWNER,
        DClass.IN,
        300,
        Type.TXT,
        good.getAlgorithm(),
        300,
        good.getExpire(),
        good.getTimeSigned(),
        good.getFootprint(),
        ZONE,
        signature);
  }

  private static TXTRecord text() {
    return new TXTRecord(OWNER, DClass.IN, 300, "hello");
  }

  private static Message answer(Name name, int type, Record... records) {
    Message answer = Message.newQuery(Record.newRecord(name, type, DClass.IN));
    answer.getHeader().setFlag(Flags.QR);
    Arrays.stream(records).forEach(record -> answer.addRecord(record, Section.ANSWER));
    return answer;
  }

  private Optional<ValidationFault> fault(Duration time, Message... answers) {
    Inquiry inquiry = new Inquiry(Deadline.in(time));
    Arrays.stream(answers).forEach(inquiry::received);
    verifications.set(0);
    return ValidationFault.in(
        inquiry,
        anchors,
        NOW,
        (set, signature, key, now) -> {
          verifications.incrementAndGet();
          DNSSEC.verify(set, signature, key, now);
        });
  }

  private Message[] trap() throws Exception {
    Record[] twins = new Record[MANY];
    Record[] signed = new Record[MANY + 1];
    signed[MANY] = text();
    for (int i = 0; i < MANY; i++) {
      twins[i] = twin(ZONE, i);
      assertEquals(dnskey.getFootprint(), ((DNSKEYRecord) twins[i]).getFootprint());
      signed[i] = wrong(i);
    }
    return new Message[] {answer(ZONE, Type.DNSKEY, twins), answer(OWNER, Type.TXT, signed)};
  }

  @Test
  void manyKeysOfOneTagAndManySignatures_areGivenUpAfterAFewVerifications() throws Exception {
    assertEquals(Optional.empty(), fault(Duration.ofMinutes(1), trap()));
    assertEquals(ValidationFault.MAX_VERIFICATIONS, verifications.get());
  }

  @Test
  void withoutTimeLeft_nothingIsVerified() throws Exception {
    assertEquals(Optional.empty(), fault(Duration.ZERO, trap()));
    assertEquals(0, verifications.get());
  }

  @Test
  void sameKeyManyTimes_isTriedOnce() throws Exception {
    Message answer = answer(OWNER, Type.TXT, text(), wrong(0));
    Message keySet = answer(ZONE, Type.DNSKEY, dnskey);
    Optional<ValidationFault> fault = fault(Duration.ofMinutes(1), keySet, keySet, keySet, answer);
    assertEquals(ErrorCode.DNS_SIGNATURE_WRONG, fault.orElseThrow().code());
    assertEquals(1, verifications.get());
  }

  /** Whoever signs for a zone that does not hold the name has not signed it. */
  @Test
  void keysOfAnotherZone_areNotTried() throws Exception {
    Name other = Name.fromConstantString("other.test.");
    RRSIGRecord foreign = wrong(0);
    foreign =
        new RRSIGRecord(
            OWNER,
            DClass.IN,
            300,
            Type.TXT,
            foreign.getAlgorithm(),
            300,
            foreign.getExpire(),
            foreign.getTimeSigned(),
            foreign.getFootprint(),
            other,
            foreign.getSignature());
    Optional<ValidationFault> fault =
        fault(
            Duration.ofMinutes(1),
            answer(other, Type.DNSKEY, twin(other, 0)),
            answer(OWNER, Type.TXT, text(), foreign));
    assertEquals(0, verifications.get());
    assertTrue(fault.isPresent());
    assertEquals(ErrorCode.DNS_SIGNATURE_MISSING, fault.orElseThrow().code());
  }
}
