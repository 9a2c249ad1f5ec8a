// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIGRecord;
import org.xbill.DNS.Type;
import org.xbill.DNS.Update;
import org.xbill.DNS.ZoneTransferIn;

/** Signed queries and transfers, whose answers are signed. */
class SignedQueryTest extends SignedUpdateSuite {
  @Test
  void query_sentAgain_answeredAgain() throws Exception {
    byte[] query = signed(query("www"), key, CLOCK);

    assertEquals(Rcode.NOERROR, rcode(Tcp.exchange(server.address(), query)));
    assertEquals(Rcode.NOERROR, rcode(Tcp.exchange(server.address(), query)));
  }

  @Test
  void query_signed_answerSigned() throws Exception {
    for (boolean tcp : new boolean[] {false, true}) {
      Message small = send(query("www"), key.tsig(CLOCK), tcp);
      Message negative = send(query("none"), key.tsig(CLOCK), tcp);
      Message overTheLimitOfUdp = send(query("big"), key.tsig(CLOCK), tcp);

      assertTrue(small.isVerified());
      assertTrue(negative.isVerified());
      assertTrue(overTheLimitOfUdp.isVerified());
      assertEquals(13, overTheLimitOfUdp.getSection(Section.ANSWER).size());
    }
  }

  @Test
  void query_overUdpTooLargeBecauseOfItsSignature_truncatedAndSigned() throws Exception {
    byte[] packet = signed(query("big"), key, CLOCK);

    byte[] response = handler().overUdp(packet, InetAddress.getLoopbackAddress()).orElseThrow();

    Message parsed = new Message(response);
    assertTrue(parsed.getHeader().getFlag(Flags.TC));
    TSIGRecord ofQuery = new Message(packet).getTSIG();
    assertEquals(Rcode.NOERROR, key.tsig(CLOCK).verify(parsed, response, ofQuery));
  }

  @Test
  void axfr_signed_everyMessageSigned() throws Exception {
    Update update = new Update(Zones.APEX);
    for (int i = 0; i < 100; i++) {
      update.add(Zones.record("n" + i, "TXT", "\"" + "y".repeat(250) + "\""));
    }
    assertEquals(Rcode.NOERROR, send(update, key.tsig(CLOCK), true).getRcode());
    assertTrue(
        ZoneTransfer.messages(zone.current(), Zones.query(Zones.APEX, Type.AXFR)).size() > 2);
    ZoneTransferIn transfer = ZoneTransferIn.newAXFR(Zones.APEX, server.address(), key.tsig(CLOCK));

    transfer.run();

    assertEquals(zone.current().records().size() + 1, transfer.getAXFR().size());
  }
}
