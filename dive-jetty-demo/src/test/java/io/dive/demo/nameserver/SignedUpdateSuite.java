// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import io.dive.dns.TsigKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.Type;
import org.xbill.DNS.Update;

/**
 * A server of a zone, asked over real sockets with a key that it knows by dnsjava's client. The
 * time-out only ends a hanging test.
 */
@Timeout(60)
abstract class SignedUpdateSuite {
  static final Clock CLOCK = Clock.systemUTC();
  static final Record NEW = Zones.record("new", "TXT", "here");

  Path directory;
  Path keyFile;
  ZoneFile file;
  TsigKey key;
  PrimaryZone zone;
  NameServer server;

  @BeforeEach
  void serveZone(@TempDir Path given) throws Exception {
    directory = given;
    keyFile = directory.resolve("update.key");
    file = new ZoneFile(directory.resolve("zone.txt"));
    key = new TsigKeyFile(keyFile).readOrCreate("update-key");
    zone = PrimaryZone.open(Zones.KEYS, file, Zones.records(), CLOCK, Duration.ofDays(7));
    server =
        NameServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), zone, key, CLOCK);
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  static int rcode(byte[] response) throws IOException {
    return new Message(response).getHeader().getRcode();
  }

  static Update adding(Record record) {
    Update update = new Update(Zones.APEX);
    update.add(record);
    return update;
  }

  static Message query(String name) {
    return Zones.dnssecQuery(Zones.under(name), name.equals("big") ? Type.TXT : Type.A);
  }

  SimpleResolver resolver() {
    SimpleResolver resolver = new SimpleResolver(server.address());
    resolver.setTimeout(Duration.ofSeconds(10));
    return resolver;
  }

  Message send(Message query, TSIG tsig, boolean tcp) throws IOException {
    SimpleResolver resolver = resolver();
    resolver.setTSIGKey(tsig);
    resolver.setTCP(tcp);
    return resolver.send(query);
  }

  /** The answer as it is, also where its signature does not hold. */
  Message exchange(Message query, TSIG tsig) throws IOException {
    query.setTSIG(tsig);
    return new Message(Tcp.exchange(server.address(), query.toWire(Message.MAXLENGTH)));
  }

  static byte[] signed(Message query, TsigKey key, Clock clock) {
    query.setTSIG(key.tsig(clock));
    return query.toWire(Message.MAXLENGTH);
  }

  PacketHandler handler() {
    return handler(CLOCK);
  }

  PacketHandler handler(Clock clock) {
    return new PacketHandler(
        zone::current, Optional.of(new PacketHandler.Updates(key, zone::update)), clock);
  }
}
