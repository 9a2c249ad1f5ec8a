// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against BIND: a primary, a server that lags behind, one that lies, one without the zone. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class AuthoritiesNamedTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Fqdn ZONE = new Fqdn("zone.test");
  private static final String RECORDS =
      """
      @ NS ns2
      @ NS nowhere.other.test.
      ns2 A 127.0.0.2
      _dive TXT "%s"
      _dive.away CNAME record.other.test.
      away CNAME record.other.test.
      """;

  private Named primary;
  private Named stale;
  private Named tampered;
  private Named lame;
  private Named recursive;
  private TrustAnchors anchors;

  @BeforeAll
  void startServers(@TempDir Path directory) throws Exception {
    Assumptions.assumeTrue(Named.isInstalled(), "named is not installed");
    NamedZones zones = new NamedZones(directory);
    zones.signed("zone.test", RECORDS.formatted("old"));
    String zoneOnly = zones.statements();
    Path staleCopy = zones.copy("stale");
    zones.sign("zone.test", 2, RECORDS.formatted("new"));
    zones.signed("other.test", "record TXT \"elsewhere\"\n");
    Path tamperedCopy = zones.copy("tampered");
    NamedZones.tamper(tamperedCopy, "zone.test", "\"new\"", "\"bad\"");
    anchors = TrustAnchors.read(zones.anchorFile());
    Named all = Named.start(directory, "recursion no;", zones.statements());
    recursive =
        Named.start(
            directory,
            "recursion yes; forward only; forwarders { 127.0.0.1 port %d; };"
                .formatted(all.address().getPort()),
            "");
    holder = all;
    primary = Named.start(directory, "recursion no;", zoneOnly);
    stale = Named.start(staleCopy, "recursion no;", zoneOnly);
    tampered = Named.start(tamperedCopy, "recursion no;", zoneOnly);
    lame = Named.start(directory, "recursion no;", "");
  }

  private Named holder;

  @AfterAll
  void stopServers() {
    for (Named server : new Named[] {recursive, holder, primary, stale, tampered, lame}) {
      if (server != null) {
        server.close();
      }
    }
  }

  private Authorities published() {
    return Authorities.published(
        Upstream.of(recursive.address()), anchors, LIMIT, Clock.systemUTC());
  }

  private Authorities listed(Named... servers) {
    return Authorities.listed(
        List.of(servers).stream().map(Named::address).toList(),
        Upstream.of(recursive.address()),
        anchors,
        LIMIT,
        Clock.systemUTC());
  }

  private static Deadline deadline() {
    return Deadline.in(LIMIT);
  }

  private TxtAnswer ask(Named server, String name) {
    ZoneServers zone = ZoneServers.listed(ZONE, List.of(server.address()));
    return published().lookup(zone, zone.servers().get(0)).lookup(name, LIMIT);
  }

  private static void assertFailed(ErrorCode code, TxtAnswer answer) {
    assertEquals(
        code, assertInstanceOf(TxtAnswer.Failed.class, answer).code(), () -> answer.toString());
  }

  @Test
  void zoneAndServers_areFoundThroughTheResolver() {
    for (String name : List.of("_dive.zone.test", "no.such.name.zone.test", "zone.test")) {
      ZoneAnswer.Found found =
          assertInstanceOf(ZoneAnswer.Found.class, published().find(name, deadline()));
      assertEquals(ZONE, found.zone().apex());
      assertEquals(
          List.of("ns.zone.test (127.0.0.1)", "ns2.zone.test (127.0.0.2)"),
          found.zone().servers().stream().map(ZoneServers.Server::toString).toList());
      assertEquals(List.of("nowhere.other.test"), found.withoutAddress());
    }
  }

  @Test
  void aliasIntoAnotherZone_stillLiesInItsOwn() {
    ZoneAnswer answer = published().find("_dive.away.zone.test", deadline());
    assertEquals(ZONE, assertInstanceOf(ZoneAnswer.Found.class, answer).zone().apex());
  }

  @Test
  void listedServers_areAskedForTheZoneThemselves() {
    ZoneAnswer answer = listed(lame, primary).find("k1._divekey.zone.test", deadline());
    ZoneServers zone = assertInstanceOf(ZoneAnswer.Found.class, answer).zone();
    assertEquals(ZONE, zone.apex());
    assertEquals(
        List.of(lame.address(), primary.address()),
        zone.servers().stream().map(ZoneServers.Server::address).toList());
    assertEquals("127.0.0.1:" + lame.address().getPort(), zone.servers().get(0).toString());
  }

  @Test
  void noServerOfTheZone_isAFailure() {
    ZoneAnswer answer = listed(lame).find("_dive.zone.test", deadline());
    assertEquals(ErrorCode.DNS_LAME, assertInstanceOf(ZoneAnswer.Failed.class, answer).code());
  }

  @Test
  void everyServer_givesItsOwnAnswerValidated() {
    TxtAnswer.Found current =
        assertInstanceOf(TxtAnswer.Found.class, ask(primary, "_dive.zone.test"));
    assertEquals(List.of("new"), current.values());
    assertEquals(DnssecStatus.SECURE, current.status());
    TxtAnswer.Found old = assertInstanceOf(TxtAnswer.Found.class, ask(stale, "_dive.zone.test"));
    assertEquals(List.of("old"), old.values());
    assertEquals(DnssecStatus.SECURE, old.status());
    assertFailed(ErrorCode.DNS_SIGNATURE_WRONG, ask(tampered, "_dive.zone.test"));
    assertEquals(
        new TxtAnswer.Absent(DnssecStatus.SECURE, false), ask(primary, "_dive.no.zone.test"));
  }

  @Test
  void aliasThatLeavesTheZone_isFollowedByTheResolver() {
    TxtAnswer.Found found =
        assertInstanceOf(TxtAnswer.Found.class, ask(primary, "_dive.away.zone.test"));
    assertEquals(List.of("elsewhere"), found.values());
    assertEquals("record.other.test", found.owner());
    assertEquals(DnssecStatus.SECURE, found.status());
  }

  @Test
  void serverWithoutTheZone_isLame() {
    assertFailed(ErrorCode.DNS_LAME, ask(lame, "_dive.zone.test"));
    ZoneServers zone = ZoneServers.listed(ZONE, List.of(lame.address()));
    SoaAnswer soa = published().soa(zone, zone.servers().get(0), deadline());
    assertEquals(ErrorCode.DNS_LAME, assertInstanceOf(SoaAnswer.Failed.class, soa).code());
  }

  @Test
  void resolverThatAnswersWithoutAuthority_isLame() {
    assertInstanceOf(
        TxtAnswer.Found.class,
        new ValidatingTxtLookup(Upstream.of(recursive.address()), anchors, LIMIT, Clock.systemUTC())
            .lookup("_dive.zone.test", LIMIT));
    assertFailed(ErrorCode.DNS_LAME, ask(recursive, "_dive.zone.test"));
  }

  @Test
  void serverThatIsDown_isAFailure() throws Exception {
    ZoneServers zone = ZoneServers.listed(ZONE, List.of(Named.nobody()));
    SoaAnswer soa = published().soa(zone, zone.servers().get(0), deadline());
    assertEquals(
        ErrorCode.DNS_SERVER_FAILURE, assertInstanceOf(SoaAnswer.Failed.class, soa).code());
  }

  @Test
  void serials_tellWhoIsBehind() {
    Authorities authorities = listed(primary, stale);
    ZoneServers zone =
        assertInstanceOf(ZoneAnswer.Found.class, authorities.find("zone.test", deadline())).zone();
    List<SoaAnswer.Found> soas =
        zone.servers().stream()
            .map(server -> authorities.soa(zone, server, deadline()))
            .map(answer -> assertInstanceOf(SoaAnswer.Found.class, answer))
            .toList();
    assertEquals(List.of(2L, 1L), soas.stream().map(SoaAnswer.Found::serial).toList());
    assertEquals(Duration.ofSeconds(60), soas.get(0).negativeTtl());
    assertTrue(soas.get(1).isBehind(soas.get(0)));
    assertFalse(soas.get(0).isBehind(soas.get(1)));
  }

  @Test
  void serialsThatWrapAround_areCompared() {
    SoaAnswer.Found high = new SoaAnswer.Found(4_294_967_290L, Duration.ZERO);
    SoaAnswer.Found low = new SoaAnswer.Found(5, Duration.ZERO);
    assertTrue(high.isBehind(low));
    assertFalse(low.isBehind(high));
  }
}
