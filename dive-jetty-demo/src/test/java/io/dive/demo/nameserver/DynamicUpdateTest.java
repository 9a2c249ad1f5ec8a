// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.TsigKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Serial;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TSIGRecord;
import org.xbill.DNS.Type;
import org.xbill.DNS.Update;
import org.xbill.DNS.ZoneTransferIn;

/** Signed updates over real sockets, by dnsjava's client. The time-out only ends a hanging test. */
@Timeout(60)
class DynamicUpdateTest {

  private static final Clock CLOCK = Clock.systemUTC();
  private static final Record NEW = Zones.record("new", "TXT", "here");

  private final Path directory;
  private final ZoneFile file;
  private final TsigKey key;
  private final PrimaryZone zone;
  private final NameServer server;

  DynamicUpdateTest(@TempDir Path directory) throws Exception {
    this.directory = directory;
    file = new ZoneFile(directory.resolve("zone.txt"));
    key = new TsigKeyFile(directory.resolve("update.key")).readOrCreate("update-key");
    zone = PrimaryZone.open(Zones.KEYS, file, Zones.records(), CLOCK, Duration.ofDays(7));
    server =
        NameServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), zone, key, CLOCK);
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

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

  @Test
  void query_sentAgain_answeredAgain() throws Exception {
    byte[] query = signed(query("www"), key, CLOCK);

    assertEquals(Rcode.NOERROR, rcode(Tcp.exchange(server.address(), query)));
    assertEquals(Rcode.NOERROR, rcode(Tcp.exchange(server.address(), query)));
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

  private static int rcode(byte[] response) throws IOException {
    return new Message(response).getHeader().getRcode();
  }

  private static int rcodeOfTsig(byte[] response) throws IOException {
    TSIGRecord tsig = new Message(response).getTSIG();
    assertNotNull(tsig);
    return tsig.getError();
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

  private static TSIGRecord assertError(int error, Message response, int signatureOctets) {
    assertEquals(Rcode.NOTAUTH, response.getHeader().getRcode(), response.toString());
    TSIGRecord tsig = response.getTSIG();
    assertNotNull(tsig);
    assertEquals(error, tsig.getError());
    assertEquals(signatureOctets, tsig.getSignature().length);
    return tsig;
  }

  private static Update adding(Record record) {
    Update update = new Update(Zones.APEX);
    update.add(record);
    return update;
  }

  private static Message query(String name) {
    return Zones.dnssecQuery(Zones.under(name), name.equals("big") ? Type.TXT : Type.A);
  }

  private static List<Integer> types(Message message) {
    return message.getSection(Section.ANSWER).stream().map(Record::getType).toList();
  }

  private SimpleResolver resolver() {
    SimpleResolver resolver = new SimpleResolver(server.address());
    resolver.setTimeout(Duration.ofSeconds(10));
    return resolver;
  }

  private Message send(Message query, TSIG tsig, boolean tcp) throws IOException {
    SimpleResolver resolver = resolver();
    resolver.setTSIGKey(tsig);
    resolver.setTCP(tcp);
    return resolver.send(query);
  }

  /** The answer as it is, also where its signature does not hold. */
  private Message exchange(Message query, TSIG tsig) throws IOException {
    query.setTSIG(tsig);
    return new Message(Tcp.exchange(server.address(), query.toWire(Message.MAXLENGTH)));
  }

  private static byte[] signed(Message query, TsigKey key, Clock clock) {
    query.setTSIG(key.tsig(clock));
    return query.toWire(Message.MAXLENGTH);
  }

  private PacketHandler handler() {
    return handler(CLOCK);
  }

  private PacketHandler handler(Clock clock) {
    return new PacketHandler(
        zone::current, Optional.of(new PacketHandler.Updates(key, zone::update)), clock);
  }
}
