// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.TsigKey;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIGRecord;
import org.xbill.DNS.Type;
import org.xbill.DNS.Update;

/** Updates of which nothing is taken: unsigned, wrongly signed, changed, or sent again. */
class RefusedUpdateTest extends SignedUpdateSuite {
  @Test
  void update_unsigned_refused() throws Exception {
    SignedZone before = zone.current();

    assertEquals(Rcode.REFUSED, resolver().send(adding(NEW)).getRcode());
    assertEquals(before, zone.current());
  }

  @Test
  void update_fromElsewhere_refusedThoughSigned() throws Exception {
    SignedZone before = zone.current();
    InetAddress elsewhere = InetAddress.getByName("192.0.2.1");
    byte[] update = signed(adding(NEW), key, CLOCK);

    Message overUdp = new Message(handler().overUdp(update, elsewhere).orElseThrow());
    Message overTcp = new Message(handler().overTcp(update, elsewhere).get(0));

    assertEquals(Rcode.REFUSED, overUdp.getRcode());
    assertEquals(Rcode.REFUSED, overTcp.getRcode());
    assertEquals(before, zone.current());
  }

  @Test
  void update_wrongSecretOrName_notAuthAndUnsignedError() throws Exception {
    TsigKey sameName = new TsigKeyFile(directory.resolve("2.key")).readOrCreate("update-key");
    TsigKey otherName = new TsigKeyFile(directory.resolve("3.key")).readOrCreate("other-key");
    SignedZone before = zone.current();

    assertError(Rcode.BADSIG, exchange(adding(NEW), sameName.tsig(CLOCK)), 0);
    assertError(Rcode.BADKEY, exchange(adding(NEW), otherName.tsig(CLOCK)), 0);
    assertError(Rcode.BADSIG, exchange(query("www"), sameName.tsig(CLOCK)), 0);
    assertEquals(before, zone.current());
  }

  @Test
  void update_hourOldSignature_notAuthWithTheServersTime() throws Exception {
    Clock late = Clock.offset(CLOCK, Duration.ofHours(-1));
    SignedZone before = zone.current();

    TSIGRecord error = assertError(Rcode.BADTIME, exchange(adding(NEW), key.tsig(late)), 32);

    assertEquals(6, error.getOther().length);
    assertEquals(before, zone.current());
  }

  /** Identifier and letter case of names are not signed (RFC 8945 §4.3), all else is. */
  @Test
  void update_oneBitFlipped_nothingElseTaken() throws Exception {
    SignedZone before = zone.current();
    Clock still = Clock.fixed(CLOCK.instant(), ZoneOffset.UTC);
    byte[] packet = signed(adding(NEW), key, still);
    Message original = new Message(packet);
    List<Integer> taken = new ArrayList<>();
    for (int bit = packet.length * 8 - 1; bit >= 16; bit--) {
      byte[] flipped = packet.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      for (byte[] octets : handler(still).overTcp(flipped, InetAddress.getLoopbackAddress())) {
        Message response = new Message(octets);
        if (response.getHeader().getOpcode() == Opcode.UPDATE
            && response.getRcode() == Rcode.NOERROR) {
          Message same = new Message(flipped);
          assertEquals(original.getTSIG(), same.getTSIG(), "bit " + bit);
          assertEquals(original.getSection(Section.UPDATE), same.getSection(Section.UPDATE));
          taken.add(bit);
        }
      }
      assertEquals(taken.isEmpty(), zone.current().equals(before), "bit " + bit);
    }
    assertTrue(taken.size() < 60, "letters in names only: " + taken);

    Message response =
        new Message(handler(still).overTcp(packet, InetAddress.getLoopbackAddress()).get(0));

    assertEquals(Rcode.NOERROR, response.getRcode());
    assertTrue(zone.current().rrset(Zones.under("new"), Type.TXT).isPresent());
  }

  @Test
  void update_capturedAndSentAgain_notAuthAndNothingTaken() throws Exception {
    Update removing = new Update(Zones.APEX);
    removing.delete(NEW);
    byte[] captured = signed(adding(NEW), key, CLOCK);
    assertEquals(Rcode.NOERROR, rcode(Tcp.exchange(server.address(), captured)));
    assertEquals(Rcode.NOERROR, send(removing, key.tsig(CLOCK), true).getRcode());
    SignedZone before = zone.current();

    byte[] again = Tcp.exchange(server.address(), captured);

    TSIGRecord ofUpdate = new Message(captured).getTSIG();
    TSIGRecord error = assertError(Rcode.BADTIME, new Message(again), 32);
    assertEquals(ofUpdate.getTimeSigned(), error.getTimeSigned());
    assertEquals(6, error.getOther().length);
    assertEquals(Rcode.BADTIME, rcodeOfTsig(Tcp.exchange(server.address(), renamed(captured))));
    assertEquals(Rcode.BADTIME, rcodeOfTsig(Tcp.exchange(server.address(), shortened(captured))));
    assertEquals(before, zone.current());
    assertTrue(zone.current().rrset(Zones.under("new"), Type.TXT).isEmpty());
  }

  @Test
  void update_withAShortenedSignature_takenOnceOnly() throws Exception {
    byte[] update = signed(adding(NEW), key, CLOCK);

    assertEquals(Rcode.NOERROR, rcode(Tcp.exchange(server.address(), shortened(update))));
    assertEquals(Rcode.BADTIME, rcodeOfTsig(Tcp.exchange(server.address(), update)));
  }

  @Test
  void update_refusedByAPrerequisiteAndSentAgain_notTakenLater() throws Exception {
    Update update = adding(NEW);
    update.present(Zones.under("later"));
    byte[] captured = signed(update, key, CLOCK);
    assertEquals(Rcode.NXDOMAIN, rcode(Tcp.exchange(server.address(), captured)));
    Record later = Zones.record("later", "TXT", "x");
    assertEquals(Rcode.NOERROR, send(adding(later), key.tsig(CLOCK), true).getRcode());

    assertEquals(Rcode.BADTIME, rcodeOfTsig(Tcp.exchange(server.address(), captured)));
    assertTrue(zone.current().rrset(Zones.under("new"), Type.TXT).isEmpty());
  }

  @Test
  void update_signedBeforeTheServerStarted_notTaken() throws Exception {
    Clock earlier = Clock.offset(CLOCK, Duration.ofSeconds(-10));

    assertError(Rcode.BADTIME, exchange(adding(NEW), key.tsig(earlier)), 32);
    assertTrue(zone.current().rrset(Zones.under("new"), Type.TXT).isEmpty());
  }

  /** With another identifier, which is not signed. */
  private static byte[] renamed(byte[] packet) {
    byte[] renamed = packet.clone();
    renamed[0] ^= 1;
    return renamed;
  }

  /** With half of the signature, which is enough (RFC 8945 §5.2.2.1). */
  private static byte[] shortened(byte[] packet) throws IOException {
    TSIGRecord whole = new Message(packet).getTSIG();
    TSIGRecord half =
        new TSIGRecord(
            whole.getName(),
            DClass.ANY,
            0,
            whole.getAlgorithm(),
            whole.getTimeSigned(),
            whole.getFudge(),
            Arrays.copyOf(whole.getSignature(), 16),
            whole.getOriginalID(),
            whole.getError(),
            whole.getOther());
    byte[] tsig = half.toWire(Section.ADDITIONAL);
    int rest = packet.length - whole.toWire(Section.ADDITIONAL).length;
    byte[] shortened = Arrays.copyOf(packet, rest + tsig.length);
    System.arraycopy(tsig, 0, shortened, rest, tsig.length);
    return shortened;
  }

  private static int rcodeOfTsig(byte[] response) throws IOException {
    TSIGRecord tsig = new Message(response).getTSIG();
    assertNotNull(tsig);
    return tsig.getError();
  }

  private static TSIGRecord assertError(int error, Message response, int signatureOctets) {
    assertEquals(Rcode.NOTAUTH, response.getHeader().getRcode(), response.toString());
    TSIGRecord tsig = response.getTSIG();
    assertNotNull(tsig);
    assertEquals(error, tsig.getError());
    assertEquals(signatureOctets, tsig.getSignature().length);
    return tsig;
  }
}
