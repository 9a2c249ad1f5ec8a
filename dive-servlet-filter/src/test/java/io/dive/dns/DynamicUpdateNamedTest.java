// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.DnsUpdateException;
import io.dive.protocol.ErrorCode;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Dynamic updates of a zone that BIND signs. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DynamicUpdateNamedTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Duration TTL = Duration.ofSeconds(7);
  private static final String LONG =
      "quotes \" and \\backslashes\\, ".repeat(20) + "in several strings";

  private Path directory;
  private DynamicZone zone;

  @BeforeAll
  void startServer(@TempDir Path directory) throws Exception {
    Assumptions.assumeTrue(DynamicZone.isPossible(), "named or tsig-keygen is not installed");
    this.directory = directory;
    zone =
        DynamicZone.start(
            directory,
            "site.test",
            """
            foreign._divekey TXT "somebody else's"
            alias._divekey CNAME foreign._divekey
            _dive 60 TXT "old policy"
            _dive 60 TXT "a" "nother" " record"
            """,
            false);
  }

  @AfterAll
  void stopServer() {
    if (zone != null) {
      zone.close();
    }
  }

  private DynamicUpdate update() throws Exception {
    return update(Optional.of(TsigKey.read(zone.tsig())), Clock.systemUTC());
  }

  private DynamicUpdate update(Optional<TsigKey> key, Clock clock) {
    return new DynamicUpdate(zone.primary(), key, LIMIT, clock);
  }

  private TxtAnswer ask(String owner) throws Exception {
    return new ValidatingTxtLookup(
            Upstream.of(zone.primary()), TrustAnchors.read(zone.anchor()), LIMIT, Clock.systemUTC())
        .lookup(owner, LIMIT);
  }

  private void assertPublished(String owner, Duration ttl, String... values) throws Exception {
    TxtAnswer.Found found = assertInstanceOf(TxtAnswer.Found.class, ask(owner));
    assertEquals(Set.of(values), Set.copyOf(found.values()));
    assertEquals(DnssecStatus.SECURE, found.status());
    assertEquals(ttl, found.ttl());
  }

  private static void assertFails(ErrorCode code, DynamicUpdate update, RecordChange change) {
    DnsUpdateException failure = assertThrows(DnsUpdateException.class, () -> update.apply(change));
    assertEquals(code, failure.code(), failure::getMessage);
  }

  @Test
  void record_comesAndGoesSigned_andRepeatingChangesNothing() throws Exception {
    String owner = "k1._divekey.site.test";
    assertTrue(update().apply(RecordChange.add(owner, LONG, TTL)));
    assertPublished(owner, TTL, LONG);
    assertFalse(update().apply(RecordChange.add(owner, LONG, TTL)));
    assertTrue(update().apply(RecordChange.remove(owner, LONG, TTL)));
    TxtAnswer.Absent absent = assertInstanceOf(TxtAnswer.Absent.class, ask(owner));
    assertEquals(DnssecStatus.SECURE, absent.status());
    assertFalse(update().apply(RecordChange.remove(owner, LONG, TTL)));
  }

  @Test
  void change_keepsTheOtherRecordAndItsTtl() throws Exception {
    RecordChange change =
        new RecordChange(
            "_dive.site.test",
            Set.of("old policy", "another record"),
            Set.of("another record", "new policy"),
            TTL);
    assertTrue(update().apply(change));
    assertPublished("_dive.site.test", Duration.ofSeconds(60), "another record", "new policy");
  }

  @Test
  void foreignRecord_isNeitherReplacedNorRemoved() throws Exception {
    String owner = "foreign._divekey.site.test";
    assertFails(ErrorCode.UPDATE_CONFLICT, update(), RecordChange.add(owner, "mine", TTL));
    assertFails(ErrorCode.UPDATE_CONFLICT, update(), RecordChange.remove(owner, "mine", TTL));
    assertPublished(owner, Duration.ofSeconds(1), "somebody else's");
  }

  @Test
  void alias_isNotFollowed() throws Exception {
    assertFails(
        ErrorCode.UPDATE_CONFLICT,
        update(),
        RecordChange.add("alias._divekey.site.test", "mine", TTL));
  }

  private static final RecordChange ANY = RecordChange.add("k2._divekey.site.test", "v", TTL);

  @Test
  void withoutKey_isRefused() {
    assertFails(ErrorCode.UPDATE_REFUSED, update(Optional.empty(), Clock.systemUTC()), ANY);
  }

  private String soa() throws Exception {
    return Named.run(
        directory,
        "dig",
        "@127.0.0.1",
        "-p",
        String.valueOf(zone.primary().getPort()),
        "+short",
        "site.test",
        "SOA");
  }

  @Test
  void permission_isSeenWithoutAnyChange() throws Exception {
    Assumptions.assumeTrue(Named.program("dig").isPresent(), "dig is not installed");
    String before = soa();
    update().requirePermission("k3._divekey.site.test");
    update().requirePermission("_dive.site.test");
    assertEquals(before, soa());
  }

  @Test
  void permissionThatIsNotThere_isNamed() throws Exception {
    TsigKey unknown = TsigKey.read(DynamicZone.tsigKey(directory, "nobody"));
    assertRefused(ErrorCode.TSIG_KEY_REFUSED, Optional.of(unknown), "k3._divekey.site.test");
    assertRefused(ErrorCode.UPDATE_REFUSED, Optional.empty(), "k3._divekey.site.test");
    Optional<TsigKey> key = Optional.of(TsigKey.read(zone.tsig()));
    assertRefused(ErrorCode.UPDATE_REFUSED, key, "www.site.test");
    assertRefused(ErrorCode.UPDATE_NOT_AUTHORITATIVE, key, "k3._divekey.other.test");
  }

  private void assertRefused(ErrorCode code, Optional<TsigKey> key, String owner) {
    DnsUpdateException failure =
        assertThrows(
            DnsUpdateException.class,
            () -> update(key, Clock.systemUTC()).requirePermission(owner));
    assertEquals(code, failure.code(), failure::getMessage);
  }

  @Test
  void nameOutsideTheServersPolicy_isRefused() throws Exception {
    assertFails(ErrorCode.UPDATE_REFUSED, update(), RecordChange.add("www.site.test", "v", TTL));
  }

  @Test
  void unknownKey_isNamed() throws Exception {
    TsigKey unknown = TsigKey.read(DynamicZone.tsigKey(directory, "unknown"));
    assertFails(ErrorCode.TSIG_KEY_REFUSED, update(Optional.of(unknown), Clock.systemUTC()), ANY);
  }

  @Test
  void wrongSecret_isNamed() throws Exception {
    Path other = DynamicZone.tsigKey(directory, "other");
    Files.writeString(other, Files.readString(other).replace("\"other\"", "\"rotation\""));
    assertFails(
        ErrorCode.TSIG_SIGNATURE_REFUSED,
        update(Optional.of(TsigKey.read(other)), Clock.systemUTC()),
        ANY);
  }

  @Test
  void wrongClock_isNamed() throws Exception {
    Clock late = Clock.offset(Clock.systemUTC(), Duration.ofHours(1));
    assertFails(
        ErrorCode.TSIG_TIME_REFUSED, update(Optional.of(TsigKey.read(zone.tsig())), late), ANY);
  }

  @Test
  void foreignZone_isNamed() throws Exception {
    assertFails(
        ErrorCode.UPDATE_NOT_AUTHORITATIVE,
        update(),
        RecordChange.add("k1._divekey.other.test", "v", TTL));
  }

  @Test
  void silentServer_timesOutWithinTheLimit() throws Exception {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket tcp = new ServerSocket(0, 1, loopback);
        DatagramSocket udp = new DatagramSocket(tcp.getLocalPort(), loopback)) {
      assertFails(
          ErrorCode.DNS_TIMEOUT,
          new DynamicUpdate(
              new InetSocketAddress(loopback, udp.getLocalPort()),
              Optional.empty(),
              Duration.ofMillis(300),
              Clock.systemUTC()),
          ANY);
    }
  }

  @Test
  void absentServer_cannotBeReached() throws Exception {
    assertFails(
        ErrorCode.UPDATE_FAILED,
        new DynamicUpdate(
            Named.nobody(), Optional.empty(), Duration.ofSeconds(3), Clock.systemUTC()),
        ANY);
  }
}
