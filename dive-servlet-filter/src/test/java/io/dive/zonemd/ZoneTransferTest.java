// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.Deadline;
import io.dive.dns.Named;
import io.dive.dns.TsigKey;
import io.dive.dns.Upstream;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.ZoneException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TSIGRecord;
import org.xbill.DNS.Type;

/** Transfers from servers that do it right, wrong, late and never. */
@Timeout(120)
class ZoneTransferTest {
  private static final String KEY =
      "key \"transfer\" { algorithm hmac-sha256; secret \"g6UerIGdP+6u8g3XMg/Mh17PFMMehjjOsg7HA/U/RMk=\"; };";

  private final Path directory;
  private List<Record> zone = List.of();

  ZoneTransferTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @BeforeEach
  void readZone() throws IOException {
    zone = records(ZoneFiles.vector("A.3.EXAMPLE-Zone-with-multiple-digests"));
  }

  /** The records of a file in its order. */
  static List<Record> records(Path file) throws IOException {
    List<Record> records = new ArrayList<>();
    try (InputStream in = Files.newInputStream(file)) {
      ZoneFileReader reader = new ZoneFileReader(in, Optional.of(Name.fromString("example.")));
      for (Record record = reader.next(); record != null; record = reader.next()) {
        records.add(record);
      }
    }
    return records;
  }

  private static ZoneResult verify(AxfrServer server) throws Exception {
    Zone zone = ZoneSource.transfer(server.address(), "example").read(ZoneFiles.noHurry());
    return ZoneVerifier.unanchored(Clock.systemUTC()).verify(zone, ZoneFiles.noHurry());
  }

  private ZoneException refused(AxfrServer.Script script) throws Exception {
    try (AxfrServer server = AxfrServer.start(script)) {
      ZoneException e = assertThrows(ZoneException.class, () -> verify(server));
      assertTrue(e.toString().contains("example. from 127.0.0.1 port"), e.toString());
      return e;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 100})
  void transferredZone_verifiesHoweverItIsCut(int perMessage) throws Exception {
    try (AxfrServer server =
        AxfrServer.start((query, wire) -> AxfrServer.transfer(query, zone, perMessage))) {
      ZoneResult result = verify(server);
      assertInstanceOf(ZoneResult.Verified.class, result, result.sentence());
    }
  }

  @Test
  void query_asksForTheWholeZone() throws Exception {
    List<Message> queries = new ArrayList<>();
    try (AxfrServer server =
        AxfrServer.start(
            (query, wire) -> {
              queries.add(query);
              return AxfrServer.transfer(query, zone, 100);
            })) {
      verify(server);
    }
    assertEquals(Type.AXFR, queries.get(0).getQuestion().getType());
    assertEquals(Name.fromString("example."), queries.get(0).getQuestion().getName());
  }

  @Test
  void droppedRecord_isFoundByTheDigest() throws Exception {
    List<Record> damaged = zone.subList(0, zone.size() - 1);
    try (AxfrServer server = AxfrServer.serve(damaged)) {
      assertEquals(
          ZoneResult.Failure.DIGEST_MISMATCH,
          assertInstanceOf(ZoneResult.Failed.class, verify(server)).failure());
    }
  }

  @Test
  void refusal_isNamed() throws Exception {
    ZoneException e =
        refused(
            (query, wire) -> {
              Message message = AxfrServer.message(query, List.of());
              message.getHeader().setRcode(Rcode.REFUSED);
              return List.of(message.toWire());
            });
    assertEquals(ErrorCode.ZONE_TRANSFER_FAILED, e.code());
    assertTrue(e.toString().contains("REFUSED"), e.toString());
  }

  @Test
  void errorAmongTheMessages_isNoData() throws Exception {
    refused(
        (query, wire) -> {
          List<byte[]> messages = new ArrayList<>(AxfrServer.transfer(query, zone, 4));
          messages.get(1)[3] |= Rcode.SERVFAIL;
          return messages;
        });
  }

  @Test
  void transferThatBreaksOff_isNoZone() throws Exception {
    ZoneException e =
        refused(
            (query, wire) -> {
              List<byte[]> messages = AxfrServer.transfer(query, zone, 2);
              return messages.subList(0, messages.size() - 1);
            });
    assertEquals(ErrorCode.ZONE_TRANSFER_FAILED, e.code());
    assertTrue(e.toString().contains("complete"), e.toString());
  }

  @Test
  void zoneThatChangesMeanwhile_isNoZone() throws Exception {
    SOARecord soa = (SOARecord) zone.get(0);
    SOARecord next =
        new SOARecord(
            soa.getName(),
            DClass.IN,
            soa.getTTL(),
            soa.getHost(),
            soa.getAdmin(),
            soa.getSerial() + 1,
            soa.getRefresh(),
            soa.getRetry(),
            soa.getExpire(),
            soa.getMinimum());
    ZoneException e =
        refused((query, wire) -> List.of(AxfrServer.message(query, List.of(soa, next)).toWire()));
    assertTrue(e.toString().contains("changed"), e.toString());
  }

  @Test
  void whatIsNoTransfer_isRefused() throws Exception {
    refused((query, wire) -> List.of(AxfrServer.message(query, List.of()).toWire()));
    refused(
        (query, wire) -> List.of(AxfrServer.message(query, zone.subList(1, zone.size())).toWire()));
    refused(
        (query, wire) ->
            List.of(
                AxfrServer.message(query, List.of(zone.get(0), zone.get(0), zone.get(1)))
                    .toWire()));
    refused(
        (query, wire) -> {
          byte[] message = AxfrServer.transfer(query, zone, 100).get(0);
          message[0]++; // the ID
          return List.of(message);
        });
    refused((query, wire) -> List.of(wire)); // no response
    refused((query, wire) -> List.of(new byte[0]));
    refused((query, wire) -> List.of(new byte[11]));
    refused(
        (query, wire) -> {
          byte[] message = AxfrServer.transfer(query, zone, 100).get(0);
          return List.of(java.util.Arrays.copyOf(message, message.length - 7));
        });
  }

  @Test
  void silentServer_endsAtTheDeadline() throws Exception {
    try (AxfrServer server =
        AxfrServer.startHanging(
            (query, wire) -> AxfrServer.transfer(query, zone, 1).subList(0, 2))) {
      ZoneSource source = ZoneSource.transfer(server.address(), "example");
      ZoneException e =
          assertThrows(ZoneException.class, () -> source.read(Deadline.in(Duration.ofMillis(300))));
      assertEquals(ErrorCode.DNS_TIMEOUT, e.code());
    }
  }

  @Test
  void endlessTransfer_endsAtTheDeadline() throws Exception {
    Record first = zone.get(0);
    try (AxfrServer server =
        AxfrServer.start(
            (query, wire) ->
                new java.util.AbstractList<>() {
                  @Override
                  public byte[] get(int index) {
                    return AxfrServer.message(query, List.of(index == 0 ? first : zone.get(1)))
                        .toWire();
                  }

                  @Override
                  public int size() {
                    return Integer.MAX_VALUE;
                  }
                })) {
      ZoneSource source = ZoneSource.transfer(server.address(), "example");
      ZoneException e =
          assertThrows(ZoneException.class, () -> source.read(Deadline.in(Duration.ofMillis(300))));
      assertEquals(ErrorCode.DNS_TIMEOUT, e.code());
    }
  }

  @Test
  void noServer_isNamed() throws Exception {
    String nobody = Upstream.text(Named.nobody());
    ZoneException e =
        assertThrows(
            ZoneException.class,
            () -> ZoneSource.transfer(nobody, "example").read(ZoneFiles.noHurry()));
    assertEquals(ErrorCode.ZONE_TRANSFER_FAILED, e.code());
    assertTrue(e.toString().contains("connect"), e.toString());
  }

  private TsigKey key(String text) throws Exception {
    Path file = Files.writeString(directory.resolve("key"), text);
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(
          file, java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
    }
    return TsigKey.read(file);
  }

  /** Signs the given messages, as a server does, and leaves the others out. */
  private List<byte[]> signed(TSIG tsig, Message query, List<byte[]> messages, boolean lastToo)
      throws IOException {
    List<byte[]> signed = new ArrayList<>();
    TSIGRecord previous = query.getTSIG();
    for (int i = 0; i < messages.size(); i++) {
      Message message = new Message(messages.get(i));
      if (i < messages.size() - 1 || lastToo) {
        tsig.apply(message, previous, i == 0);
        previous = message.getTSIG();
      }
      signed.add(message.toWire(Message.MAXLENGTH));
    }
    return signed;
  }

  private ZoneResult verifyWithKey(AxfrServer.Script script) throws Exception {
    try (AxfrServer server = AxfrServer.start(script)) {
      Zone transferred =
          ZoneSource.transfer(server.address(), "example", key(KEY), Clock.systemUTC())
              .read(ZoneFiles.noHurry());
      return ZoneVerifier.unanchored(Clock.systemUTC()).verify(transferred, ZoneFiles.noHurry());
    }
  }

  /** The simple example, which dnsjava can put into messages that it parses again to sign them. */
  private static List<Record> simple() throws IOException {
    return records(ZoneFiles.vector("A.1.Simple-EXAMPLE-Zone"));
  }

  @Test
  void signedTransfer_isAccepted() throws Exception {
    TSIG tsig = key(KEY).tsig(Clock.systemUTC());
    ZoneResult result =
        verifyWithKey(
            (query, wire) -> {
              assertEquals(Rcode.NOERROR, tsig.verify(query, wire, null));
              return signed(tsig, query, AxfrServer.transfer(query, simple(), 2), true);
            });
    assertInstanceOf(ZoneResult.Verified.class, result, result.sentence());
  }

  @Test
  void unsignedOrWronglySignedTransfer_isRefused() throws Exception {
    TSIG tsig = key(KEY).tsig(Clock.systemUTC());
    TSIG other = key(KEY.replace("g6Ue", "g6Uf")).tsig(Clock.systemUTC());
    List<AxfrServer.Script> scripts =
        List.of(
            (query, wire) -> AxfrServer.transfer(query, simple(), 2),
            (query, wire) -> signed(other, query, AxfrServer.transfer(query, simple(), 2), true),
            (query, wire) -> signed(tsig, query, AxfrServer.transfer(query, simple(), 2), false),
            (query, wire) -> {
              List<byte[]> messages =
                  signed(tsig, query, AxfrServer.transfer(query, simple(), 2), true);
              byte[] second = messages.get(1);
              Message changed = new Message(second);
              int ttl = second.length; // any octet of an answer will do
              assertTrue(changed.getSection(Section.ANSWER).size() > 0);
              second[ttl / 3] ^= 1;
              return messages;
            },
            (query, wire) -> {
              // Data in a message with an error code is what dnsjava's own client takes unverified.
              List<byte[]> messages = AxfrServer.transfer(query, simple(), 2);
              List<byte[]> mixed =
                  new ArrayList<>(signed(tsig, query, messages.subList(0, 1), true));
              for (byte[] message : messages.subList(1, messages.size())) {
                message[3] |= Rcode.SERVFAIL;
                mixed.add(message);
              }
              return mixed;
            });
    for (AxfrServer.Script script : scripts) {
      ZoneException e = assertThrows(ZoneException.class, () -> verifyWithKey(script));
      assertEquals(ErrorCode.ZONE_TRANSFER_FAILED, e.code(), e.toString());
    }
  }
}
