// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.RecordChange;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyId;
import io.dive.protocol.PolicyRecord;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RevocationTest extends RotationFixture {
  private static final String POLICY = "_dive.site.test";
  private static final Set<String> ORIGINAL =
      Set.of(RotationSite.POLICY_00, RotationSite.POLICY_01, "something else");

  RevocationTest(@TempDir Path directory) {
    super(directory);
  }

  /** The value of the directive, which must be in both policies and change nothing else. */
  private Instant directive(RotationSite at) throws Exception {
    Instant directive = null;
    for (String original : List.of(RotationSite.POLICY_00, RotationSite.POLICY_01)) {
      String version = PolicyRecord.parse(original).version().token();
      String now =
          at.zone.at(POLICY).stream().filter(r -> r.contains(version)).findFirst().orElseThrow();
      Instant value = PolicyRecord.parse(now).invalidateKeysCache().orElseThrow();
      assertEquals(original + ", invalidate-keys-cache=" + value.getEpochSecond(), now.strip());
      assertTrue(directive == null || directive.equals(value));
      directive = value;
    }
    assertTrue(at.zone.at(POLICY).contains("something else"));
    return directive == null ? Instant.MIN : directive;
  }

  private List<Boolean> protectedByStatus() throws Exception {
    return Rotation.underWay(site.state, site.clock.instant()).stream()
        .map(Progress.Awaited::isProtected)
        .toList();
  }

  @Test
  void onlyKey_isReplacedFirst_thenGoneWithoutOverlap() throws Exception {
    Revocation revocation = revocation();
    Progress first = revocation.advance(K1, false);
    assertEquals(1, site.zone.at(RotationSite.owner("k1")).size(), "nothing else is served yet");
    site.clock.pass(
        Duration.between(site.clock.instant(), first.awaited().orElseThrow().until().get()));

    Instant removed = site.clock.instant();
    Progress second = revocation.advance(K1, false);
    assertEquals(List.of(), site.zone.at(RotationSite.owner("k1")));
    assertEquals(List.of(NEW), site.settingsKeys());
    assertEquals(List.of(NEW), site.sidecarKeys());
    Instant directive = directive(site);
    // Clients may cache the key again as long as resolvers have it: 300 s in this zone.
    assertFalse(directive.isBefore(removed.plusSeconds(300)), directive::toString);
    assertTrue(directive.isBefore(removed.plusSeconds(700)), directive::toString);
    assertEquals(Optional.of(directive), awaited(second).until());
    assertFalse(awaited(second).isProtected(), "resolvers may hand the record out");

    site.clock.pass(Duration.between(site.clock.instant(), directive));
    Progress.Awaited cleanUp = awaited(revocation().advance(K1, false));
    assertTrue(cleanUp.isProtected(), cleanUp::sentence);
    assertEquals(List.of(true), protectedByStatus());
    Instant due = cleanUp.until().orElseThrow();
    assertEquals(directive.plusSeconds(86_400), due);
    site.clock.pass(Duration.between(site.clock.instant(), due).minusSeconds(1));
    assertFalse(revocation().advance(K1, false).isDone());
    assertEquals(directive, directive(site));
    site.clock.pass(Duration.ofSeconds(1));
    assertTrue(revocation().advance(K1, false).isDone());
    assertEquals(ORIGINAL, Set.copyOf(site.zone.at(POLICY)));
    assertTrue(revocation().advance(K1, false).isDone());
    assertTrue(new Rotation(site.setup().build()).advance(OF_K1).isDone());
    assertTrue(RotationStateFile.read(site.state).usedKeyIds().contains(K1));
  }

  @Test
  void rotationUnderWay_isCutShort() throws Exception {
    Rotation rotation = new Rotation(site.setup().build());
    rotation.advance(OF_K1);
    site.clock.pass(Duration.ofMinutes(2));
    assertFalse(rotation.advance(OF_K1).isDone(), "the overlap takes a day");
    revocation().advance(K1, false);
    assertEquals(List.of(), site.zone.at(RotationSite.owner("k1")));
    directive(site);
    assertEquals(List.of(NEW), site.settingsKeys());
    assertEquals(Optional.empty(), RotationStateFile.read(site.state).running());
  }

  @Test
  void withoutReplacement_goesAtOnce_andKeepsSettingsThatNeedAKey() throws Exception {
    Files.writeString(
        site.settings,
        Files.readString(site.settings).replace("mode = sidecar", "mode = sidecar, static"));
    String settings = Files.readString(site.settings);
    assertFalse(revocation().advance(K1, true).isDone());
    assertEquals(List.of(), site.zone.at(RotationSite.owner("k1")));
    directive(site);
    assertEquals(settings, Files.readString(site.settings));
  }

  @Test
  void newKeyOfARotation_isRevoked_andTheOldOneStays() throws Exception {
    Rotation rotation = new Rotation(site.setup().build());
    rotation.advance(OF_K1);
    KeyId compromised = new KeyId(NEW);
    assertFalse(revocation().advance(compromised, false).isDone());
    assertEquals(List.of(), site.zone.at(RotationSite.owner(NEW)));
    assertEquals(1, site.zone.at(RotationSite.owner("k1")).size());
    assertEquals(List.of("k1"), site.settingsKeys());
    directive(site);
    new Rotation(site.setup().build()).finish(OF_K1, site.clock::pass);
    assertEquals(List.of("key20261101_2"), site.settingsKeys());
  }

  @Test
  void unknownKey_isRefused() {
    DiveException failure =
        assertThrows(DiveException.class, () -> revocation().advance(new KeyId("nobody"), true));
    assertEquals(ErrorCode.ROTATION_IMPOSSIBLE, failure.code());
  }

  @Test
  void keyThatARotationReplaced_isRevokedWhereItWasPublished() throws Exception {
    Files.writeString(
        site.settings,
        Files.readString(site.settings).replace("k1.pem", "k1.pem\ndive.key.1.fqdn = site.test"));
    site.sign();
    new Rotation(site.setup().build()).finish(OF_K1, site.clock::pass);
    assertEquals(List.of(), site.zone.at(RotationSite.owner("k1")));
    Instant start = site.clock.instant();
    assertFalse(revocation().advance(K1, false).isDone());
    Instant directive = directive(site);
    assertFalse(directive.isBefore(start.plusSeconds(300)), directive::toString);
    assertEquals(List.of(NEW), site.settingsKeys());
    revocation().finish(K1, false, site.clock::pass);
    assertEquals(ORIGINAL, Set.copyOf(site.zone.at(POLICY)));
  }

  @Test
  void keyThatWasOnceUsed_isRevokedThoughNothingOfItIsLeft() throws Exception {
    RotationState used = RotationState.NEW.withUsed(List.of(new KeyId("OLD")));
    try (RotationStateFile file = RotationStateFile.take(site.state)) {
      file.write(used);
    }
    assertFalse(revocation().advance(new KeyId("OLD"), false).isDone());
    directive(site);
    assertEquals(List.of("k1"), site.settingsKeys());
  }

  @Test
  void recordThatGoesLate_hasItsLaterMomentPublishedBeforeTheServerDropsTheKey() throws Exception {
    publishKey("k2", RotationSite.owner("k2"));
    edit("k1.pem", "k1.pem\ndive.key.2.id = k2\ndive.key.2.file = k2.pem");
    site.sign();
    site.serveAsNow();
    List<RecordChange> asked = new ArrayList<>();
    RecordPublisher byHand = RecordPublisher.telling(asked::add);
    assertFalse(new Revocation(site.setup(byHand).build()).advance(K1, false).isDone());
    site.clock.pass(Duration.ofHours(2));
    asked.forEach(site::publish);
    asked.clear();
    Instant gone = site.clock.instant();
    assertFalse(new Revocation(site.setup(byHand).build()).advance(K1, false).isDone());
    assertEquals(List.of(POLICY), asked.stream().map(RecordChange::owner).toList());
    asked.forEach(site::publish);
    assertFalse(directive(site).isBefore(gone.plusSeconds(300)));
    Progress next = revocation().advance(K1, false);
    assertTrue(next.awaited().orElseThrow().sentence().contains("no signature of k1"));
    site.change = fields -> fields;
    revocation().finish(K1, false, site.clock::pass);
    assertEquals(ORIGINAL, Set.copyOf(site.zone.at(POLICY)));
  }

  @Test
  void directiveOfSomebodyElse_isNeitherShortenedNorDeleted() throws Exception {
    String later = RotationSite.POLICY_00 + ", invalidate-keys-cache=1893456000";
    String earlier = RotationSite.POLICY_01 + ", invalidate-keys-cache=1700000000";
    site.zone.put(POLICY, later, earlier);
    Instant start = site.clock.instant();
    revocation().advance(K1, true);
    List<String> meanwhile = site.zone.at(POLICY);
    assertTrue(meanwhile.contains(later), meanwhile::toString);
    String other = meanwhile.stream().filter(r -> !r.equals(later)).findFirst().orElseThrow();
    assertTrue(PolicyRecord.parse(other).invalidateKeysCache().orElseThrow().isAfter(start), other);
    revocation().finish(K1, true, site.clock::pass);
    assertEquals(Set.of(later, earlier), Set.copyOf(site.zone.at(POLICY)));
    assertEquals(List.of(), RotationStateFile.read(site.state).directives());
  }

  @Test
  void hostWithoutPolicy_doesNotKeepTheKeyInUse() throws Exception {
    edit("dive.hosts = www.site.test", "dive.hosts = www.site.test, www.other.test");
    revocation().advance(K1, true);
    assertEquals(List.of(), site.zone.at(RotationSite.owner("k1")));
    directive(site);
    assertTrue(revocation().finish(K1, true, site.clock::pass).isDone());
  }

  @Test
  void hostWhoseDnsIsBroken_isAwaited_andTheOthersAreWithdrawn() throws Exception {
    edit("dive.hosts = www.site.test", "dive.hosts = b.site.test, www.site.test");
    site.zone.put("_dive.b.site.test", RotationSite.POLICY_01);
    site.zone.spoil("_dive.b.site.test");
    Progress first = revocation().advance(K1, true);
    assertTrue(first.awaited().orElseThrow().sentence().contains("b.site.test"));
    assertEquals(List.of(), site.zone.at(RotationSite.owner("k1")));
    directive(site);
    site.clock.pass(Duration.ofDays(3));
    assertFalse(revocation().advance(K1, true).isDone(), "it may still have the key");
    edit("b.site.test, ", "");
    assertTrue(revocation().finish(K1, true, site.clock::pass).isDone());
    assertEquals(ORIGINAL, Set.copyOf(site.zone.at(POLICY)));
  }

  @Test
  void serversThatDoNotAnswer_areAwaited() throws Exception {
    try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      RotationSetup setup =
          site.setup(
                  site::publish,
                  site.dns(),
                  Duration.ofSeconds(1),
                  (InetSocketAddress) silent.getLocalSocketAddress())
              .build();
      String sentence = awaited(new Revocation(setup).advance(K1, true)).sentence();
      assertTrue(sentence.contains("no server of the zone answers"), sentence);
    }
    assertEquals(List.of("k1"), site.settingsKeys(), "nothing is known to be withdrawn yet");
    assertEquals(1, site.zone.at(RotationSite.owner("k1")).size());
    revocation().finish(K1, true, site.clock::pass);
    assertEquals(List.of(), site.zone.at(RotationSite.owner("k1")));
    assertEquals(ORIGINAL, Set.copyOf(site.zone.at(POLICY)));
  }

  @Test
  void keyOfAnotherHost_isNoReplacement() throws Exception {
    publishKey("k2", "k2._divekey.b.site.test");
    edit(
        "dive.hosts = www.site.test",
        "dive.hosts = www.site.test, b.site.test",
        "k1.pem",
        "k1.pem\ndive.key.1.hosts = www.site.test\ndive.key.2.id = k2\ndive.key.2.file = k2.pem\n"
            + "dive.key.2.hosts = b.site.test");
    site.sign();
    revocation().advance(K1, false);
    assertEquals(1, site.zone.at(RotationSite.owner("k1")).size(), "www has no other key yet");
    assertEquals(1, site.zone.at(RotationSite.owner(NEW)).size());
    assertEquals(List.of("k1", "k2"), site.settingsKeys());
  }

  @Test
  void directive_staysAsLongAsAnyRevocationNeedsIt() throws Exception {
    KeyId second = new KeyId(NEW);
    Revocation first = revocation();
    first.advance(K1, false);
    site.clock.pass(Duration.ofMinutes(2));
    first.advance(K1, false);
    site.clock.pass(Duration.ofHours(12));
    Instant due = awaited(first.advance(K1, false)).until().orElseThrow();
    Revocation next = revocation();
    next.advance(second, false);
    site.clock.pass(Duration.ofMinutes(2));
    next.advance(second, false);
    Instant later = directive(site);
    site.clock.pass(Duration.between(site.clock.instant(), due));
    assertTrue(first.advance(K1, false).isDone());
    assertEquals(later, directive(site));
    next.finish(second, false, site.clock::pass);
    assertEquals(ORIGINAL, Set.copyOf(site.zone.at(POLICY)));
  }

  @Test
  void crashAnywhere_leadsToTheSameEnd() throws Exception {
    assertCrashesDoNotMatter(
        (setup, waiter) -> new Revocation(setup).finish(K1, false, waiter),
        crashed -> {
          assertEquals(ORIGINAL, Set.copyOf(crashed.zone.at(POLICY)));
          assertEquals(List.of(), crashed.zone.at(RotationSite.owner("k1")));
          assertEquals(List.of(NEW), crashed.settingsKeys());
          assertEquals(List.of(NEW), crashed.sidecarKeys());
        });
  }
}
