// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Serial;
import org.xbill.DNS.Type;
import org.xbill.DNS.Update;

/** What signed updates make of the zone and its file. */
class DynamicUpdateTest extends SignedUpdateSuite {
  @ParameterizedTest(name = "TCP {0}")
  @ValueSource(booleans = {false, true})
  void update_signed_publishedWithHigherSerialAndSignedAnswer(boolean tcp) throws Exception {
    SignedZone before = zone.current();

    Message response = send(adding(NEW), key.tsig(CLOCK), tcp); // verifies the answer

    assertEquals(Rcode.NOERROR, response.getRcode());
    assertEquals(Opcode.UPDATE, response.getHeader().getOpcode());
    assertTrue(response.isVerified(), response.toString());
    assertTrue(Serial.compare(zone.current().serial(), before.serial()) > 0);
    Message answer = resolver().send(Zones.dnssecQuery(Zones.under("new"), Type.TXT));
    assertEquals(List.of(Type.TXT, Type.RRSIG), types(answer));
  }

  @Test
  void update_refusedByAPrerequisite_sameVersionAndFile() throws Exception {
    SignedZone before = zone.current();
    byte[] stored = Files.readAllBytes(file.path());
    Update update = adding(NEW);
    update.present(Zones.under("none"));

    Message response = send(update, key.tsig(CLOCK), false);

    assertEquals(Rcode.NXDOMAIN, response.getRcode());
    assertEquals(before, zone.current());
    assertArrayEquals(stored, Files.readAllBytes(file.path()));
  }

  @Test
  void update_thatChangesNothing_sameVersion() throws Exception {
    SignedZone before = zone.current();

    Message response = send(adding(Zones.record("www", "A", "127.0.0.2")), key.tsig(CLOCK), false);

    assertEquals(Rcode.NOERROR, response.getRcode());
    assertEquals(before, zone.current());
  }

  @Test
  void update_withASoaOfAHigherSerial_servedWithIt() throws Exception {
    long serial = zone.current().serial() + 1_000_000;
    Record soa = Zones.record("@", "SOA", "ns hostmaster " + serial + " 1 2 3 4");

    assertEquals(Rcode.NOERROR, send(adding(soa), key.tsig(CLOCK), false).getRcode());
    assertEquals(serial, zone.current().serial());
    assertEquals(Rcode.NOERROR, send(adding(NEW), key.tsig(CLOCK), false).getRcode());
    assertEquals(serial + 1, zone.current().serial());
    zone.resign();
    assertEquals(serial + 2, zone.current().serial());
  }

  @Test
  void update_survivesARestart() throws Exception {
    Update update = adding(NEW);
    Random random = new Random(7);
    for (int i = 0; i < 50; i++) {
      byte[] text = new byte[1 + random.nextInt(255)];
      random.nextBytes(text);
      text[0] = (byte) (text.length - 1);
      update.add(Record.newRecord(Zones.under("t" + i), Type.TXT, DClass.IN, 60, text));
      update.add(
          Record.newRecord(Zones.under("t" + i), Type.TXT, DClass.IN, 61, new byte[] {1, 59}));
    }
    update.delete(Zones.under("www"));
    update.delete(Zones.under("_dive"), Type.TXT);
    update.add(Zones.record("_dive", "TXT", "\"quoted \\\" and \\\\ and \\195\\164\""));
    assertEquals(Rcode.NOERROR, send(update, key.tsig(CLOCK), false).getRcode());
    List<Record> stored = file.read().orElseThrow();

    PrimaryZone again = PrimaryZone.open(Zones.KEYS, file, stored, CLOCK, Duration.ofDays(7));

    assertTrue(Serial.compare(again.current().serial(), zone.current().serial()) > 0);
    assertEquals(withoutSoa(zone.current()), withoutSoa(again.current()));
    for (Record record : update.getSection(Section.UPDATE)) {
      if (record.getType() == Type.TXT && record.getName().getLabelString(0).startsWith("t")) {
        assertTrue(again.current().records().contains(record), record.toString());
      }
    }
    assertTrue(again.current().rrset(Zones.under("new"), Type.TXT).isPresent());
    assertTrue(again.current().rrsets(Zones.under("www")).isEmpty());
  }

  @Test
  void update_thatCannotBeStored_serverFailureAndNothingPublished() throws Exception {
    SignedZone before = zone.current();
    Files.delete(file.path());
    Files.createDirectories(file.path().resolve("in-the-way"));

    assertEquals(Rcode.SERVFAIL, send(adding(NEW), key.tsig(CLOCK), false).getRcode());
    assertEquals(before, zone.current());
  }

  @Test
  void manyAtOnce_noneLost() throws Exception {
    long before = zone.current().serial();
    ExecutorService clients = Executors.newFixedThreadPool(4);
    try {
      List<Future<Message>> responses =
          IntStream.range(0, 20)
              .mapToObj(i -> Zones.record("n" + i, "TXT", "x"))
              .map(r -> clients.submit(() -> send(adding(r), key.tsig(CLOCK), true)))
              .toList();
      for (Future<Message> response : responses) {
        assertEquals(Rcode.NOERROR, response.get().getRcode());
      }
    } finally {
      clients.shutdownNow();
    }
    for (int i = 0; i < 20; i++) {
      assertTrue(zone.current().rrset(Zones.under("n" + i), Type.TXT).isPresent());
    }
    assertTrue(zone.current().serial() >= before + 20);
  }

  private static List<String> withoutSoa(SignedZone zone) {
    return zone.data().stream()
        .filter(record -> record.getType() != Type.SOA)
        .map(Record::toString)
        .toList();
  }

  private static List<Integer> types(Message message) {
    return message.getSection(Section.ANSWER).stream().map(Record::getType).toList();
  }
}
