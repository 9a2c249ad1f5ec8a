// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.RecordChange;
import io.dive.protocol.DiveException;
import io.dive.protocol.DnsUpdateException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyId;
import io.dive.protocol.RotationException;
import io.dive.rotation.RotationState.RevocationPhase;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** A revocation is remembered before anything is done, and does what it can. */
class RevocationRecordTest extends RotationFixture {
  RevocationRecordTest(@TempDir Path directory) {
    super(directory);
  }

  private List<String> status() throws Exception {
    return Rotation.underWay(site.state, site.clock.instant()).stream()
        .map(Progress.Awaited::sentence)
        .toList();
  }

  private RevocationPhase phase() throws Exception {
    return RotationStateFile.read(site.state).revocation(K1).orElseThrow().phase();
  }

  private static void assertFails(ErrorCode code, Executable work) {
    DiveException failure = assertThrows(DiveException.class, work);
    assertEquals(code, failure.code(), failure::getMessage);
  }

  @Test
  void revocation_isRememberedBeforeTheFirstAct() throws Exception {
    RotationListener crashing =
        new RotationListener() {
          @Override
          public void starting(String action) {
            throw new Crash();
          }
        };
    for (boolean withoutReplacement : new boolean[] {false, true}) {
      Revocation crashes = new Revocation(site.setup().listener(crashing).build());
      assertThrows(Crash.class, () -> crashes.advance(K1, withoutReplacement));
      assertEquals(
          withoutReplacement ? RevocationPhase.WITHDRAW : RevocationPhase.REPLACE, phase());
      assertEquals(1, site.zone.at(RotationSite.owner("k1")).size());
    }
  }

  @Test
  void revocationThatReplaces_isWhatStatusSays_andRefusesARotation() throws Exception {
    revocation().advance(K1, false);
    assertEquals(
        List.of(
            "revocation of k1 under way, step replace (by "
                + NEW
                + ", which is at step propagate)"),
        status());
    for (Optional<KeyId> key : List.of(OF_K1, Optional.<KeyId>empty())) {
      RotationException refused =
          assertThrows(RotationException.class, () -> rotation().advance(key));
      assertEquals(ErrorCode.ROTATION_IMPOSSIBLE, refused.code());
      assertTrue(
          String.valueOf(refused.getMessage()).contains("dive revoke --key k1"),
          refused::getMessage);
    }
    site.clock.pass(Duration.ofMinutes(2));
    revocation().advance(K1, false);
    assertEquals(List.of(), site.zone.at(RotationSite.owner("k1")));
    assertEquals(List.of("revocation of k1 under way, step keep"), status());
  }

  @Test
  void revocationThatReplaces_canGoOnWithoutThat() throws Exception {
    revocation().advance(K1, false);
    revocation().advance(K1, true);
    assertEquals(List.of(), site.zone.at(RotationSite.owner("k1")));
    assertEquals(RevocationPhase.KEEP, phase());
  }

  @Test
  void revocationThatWaitsForAnotherKeysSignature_isRemembered() throws Exception {
    publishKey("k2", RotationSite.owner("k2"));
    edit("k1.pem", "k1.pem\ndive.key.2.id = k2\ndive.key.2.file = k2.pem");
    assertFalse(revocation().advance(K1, false).isDone(), "k2 does not sign yet");
    assertEquals(List.of("revocation of k1 under way, step replace"), status());
    assertEquals(List.of("k1", "k2"), site.settingsKeys());
    site.sign();
    revocation().advance(K1, false);
    assertEquals(List.of("k2"), site.settingsKeys());
    assertEquals(RevocationPhase.KEEP, phase());
  }

  @Test
  void revokedKeyThatTheSettingsKeep_cannotBeRotated() throws Exception {
    edit("mode = sidecar", "mode = sidecar, static");
    revocation().advance(K1, true);
    assertEquals(List.of("k1"), site.settingsKeys());
    assertFails(ErrorCode.ROTATION_IMPOSSIBLE, () -> rotation().advance(OF_K1));
  }

  @Test
  void rotationOfAnotherKey_isFinishedFirst_andNothingIsRemembered() throws Exception {
    publishKey("k2", "k2._divekey.b.site.test");
    edit(
        "dive.hosts = www.site.test",
        "dive.hosts = www.site.test, b.site.test",
        "k1.pem",
        "k1.pem\ndive.key.1.hosts = www.site.test\ndive.key.2.id = k2\ndive.key.2.file = k2.pem\n"
            + "dive.key.2.hosts = b.site.test");
    site.sign();
    rotation().advance(OF_K1);
    assertFails(ErrorCode.ROTATION_IMPOSSIBLE, () -> revocation().advance(new KeyId("k2"), false));
    assertEquals(1, status().size());
    rotation().finish(OF_K1, site.clock::pass);
    assertEquals(List.of(NEW, "k2"), site.settingsKeys());
  }

  /** Refuses to change some names, and may say so beforehand. */
  private final class Refusing implements RecordPublisher {
    private final Set<String> owners;
    private final boolean beforehand;

    Refusing(boolean beforehand, String... owners) {
      this.beforehand = beforehand;
      this.owners = Set.of(owners);
    }

    @Override
    public void publish(RecordChange change) throws DiveException {
      refuse(change.owner());
      site.publish(change);
    }

    @Override
    public void requirePermission(String owner) throws DiveException {
      if (beforehand) {
        refuse(owner);
      }
    }

    private void refuse(String owner) throws DiveException {
      if (owners.contains(owner)) {
        throw new DnsUpdateException(ErrorCode.UPDATE_REFUSED, "refused: " + owner);
      }
    }
  }

  @Test
  void publisherThatMayNothing_isFoundBeforeAnythingIsMade() throws Exception {
    RecordPublisher nothing =
        new Refusing(true, RotationSite.owner("k1"), RotationSite.owner(NEW), "_dive.site.test");
    Rotation rotation = new Rotation(site.setup(nothing).build());
    Revocation revocation = new Revocation(site.setup(nothing).build());
    assertFails(ErrorCode.UPDATE_REFUSED, () -> rotation.advance(OF_K1));
    assertFails(ErrorCode.UPDATE_REFUSED, () -> revocation.advance(K1, false));
    assertFails(ErrorCode.UPDATE_REFUSED, () -> revocation.advance(K1, true));
    assertFalse(Files.exists(site.state));
    assertFalse(Files.exists(directory.resolve(NEW + ".pem")));
  }

  @Test
  void publisherThatMayNotRemoveTheOldRecord_isFoundBeforeAnythingIsMade() {
    RecordPublisher publisher = new Refusing(true, RotationSite.owner("k1"));
    assertFails(
        ErrorCode.UPDATE_REFUSED, () -> new Rotation(site.setup(publisher).build()).advance(OF_K1));
    assertFalse(Files.exists(site.state));
  }

  @Test
  void zoneThatRefuses_doesNotKeepTheOthersFromBeingWithdrawn() throws Exception {
    RecordPublisher publisher = new Refusing(true, "_dive.site.test");
    Progress.Awaited awaited =
        awaited(new Revocation(site.setup(publisher).build()).advance(K1, true));
    assertTrue(awaited.sentence().contains("refused: _dive.site.test"), awaited::sentence);
    assertEquals(List.of(), site.zone.at(RotationSite.owner("k1")));
    assertEquals(RevocationPhase.WITHDRAW, phase());
    revocation().advance(K1, true);
    assertEquals(RevocationPhase.KEEP, phase());
  }

  @Test
  void zoneThatRefuses_doesNotKeepARotationFromPublishingInTheOthers() throws Exception {
    site.zone.put("_dive.b.site.test", RotationSite.POLICY_01);
    site.zone.put(
        "k1._divekey.b.site.test", site.zone.at(RotationSite.owner("k1")).toArray(String[]::new));
    edit("dive.hosts = www.site.test", "dive.hosts = www.site.test, b.site.test");
    List<URI> urls = List.of(RotationSite.url("/a.txt"), URI.create("http://b.site.test/a.txt"));
    RecordPublisher publisher = new Refusing(false, RotationSite.owner(NEW));
    assertFails(
        ErrorCode.UPDATE_REFUSED,
        () -> new Rotation(site.setup(publisher).urls(urls).build()).advance(OF_K1));
    assertEquals(1, site.zone.at(NEW + "._divekey.b.site.test").size());
    assertEquals(List.of(), site.zone.at(RotationSite.owner(NEW)));
    new Rotation(site.setup().urls(urls).build()).finish(OF_K1, site.clock::pass);
    assertEquals(List.of(NEW), site.settingsKeys());
    assertEquals(List.of(), site.zone.at("k1._divekey.b.site.test"));
  }
}
