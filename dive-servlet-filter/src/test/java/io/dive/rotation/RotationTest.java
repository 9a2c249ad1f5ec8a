// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.RecordChange;
import io.dive.key.KeyFile;
import io.dive.key.SigningKey;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RotationTest extends RotationFixture {
  private static final RotationSetup.Waiter NEVER =
      time -> {
        throw new AssertionError("waits " + time);
      };

  RotationTest(@TempDir Path directory) {
    super(directory);
  }

  private static void assertFails(ErrorCode code, Rotation rotation) {
    DiveException failure = assertThrows(DiveException.class, () -> rotation.advance(OF_K1));
    assertEquals(code, failure.code(), failure::getMessage);
  }

  private void assertRotated(RotationSite rotated) throws Exception {
    assertEquals(List.of(NEW), rotated.settingsKeys());
    assertEquals(List.of(NEW), rotated.sidecarKeys());
    assertEquals(List.of(), rotated.zone.at(RotationSite.owner("k1")));
    assertEquals(1, rotated.zone.at(RotationSite.owner(NEW)).size());
    RotationState state = RotationStateFile.read(rotated.state);
    assertEquals(Optional.empty(), state.running());
    assertEquals(List.of("k1", NEW), state.usedKeyIds().stream().map(KeyId::value).toList());
    assertEquals(1, state.finished().size());
    try (Stream<Path> files = Files.list(rotated.settings.getParent())) {
      assertEquals(
          List.of(
              ".rotation.json.lock",
              "anchor.txt",
              "dive.properties",
              "files",
              "k1.pem",
              NEW + ".pem",
              "rotation.json"),
          files.map(file -> file.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void eachRun_goesAsFarAsItCan() throws Exception {
    Instant start = site.clock.instant();
    Rotation rotation = rotation();
    Progress.Awaited propagation = awaited(rotation.advance(OF_K1));
    assertEquals(Optional.of(start.plusSeconds(60)), propagation.until()); // the SOA's minimum
    assertEquals(List.of("k1"), site.settingsKeys());
    KeyRecord old = KeyRecord.parse(site.zone.at(RotationSite.owner("k1")).get(0));
    KeyRecord published = KeyRecord.parse(site.zone.at(RotationSite.owner(NEW)).get(0));
    assertEquals(old.allowedHash(), published.allowedHash());
    assertEquals(old.cacheSeconds(), published.cacheSeconds());
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(directory.resolve(NEW + ".pem"))));
    assertEquals(
        "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(site.state)));
    assertEquals(propagation, awaited(rotation.advance(OF_K1)));

    site.clock.pass(Duration.ofSeconds(60));
    Progress.Awaited overlap = awaited(rotation().advance(OF_K1));
    assertEquals(Optional.of(start.plusSeconds(60 + 86_400)), overlap.until());
    assertEquals(List.of(NEW), site.settingsKeys());
    assertEquals(List.of(NEW), site.sidecarKeys());
    assertEquals(1, site.zone.at(RotationSite.owner("k1")).size());
    assertEquals(1, Rotation.underWay(site.state, site.clock.instant()).size());

    site.clock.pass(Duration.ofDays(1));
    assertTrue(rotation().advance(OF_K1).isDone());
    assertRotated(site);
    assertEquals(List.of(), Rotation.underWay(site.state, site.clock.instant()));
    assertTrue(rotation().advance(OF_K1).isDone(), "a key that was replaced is done");
    assertRotated(site);
  }

  @Test
  void nextRotation_neverUsesAKeyIdAgain() throws Exception {
    rotation().finish(OF_K1, site.clock::pass);
    rotation().finish(Optional.empty(), site.clock::pass);
    assertEquals(List.of("key20261102"), site.settingsKeys());
    Files.writeString(
        site.state,
        Files.readString(site.state).replaceFirst("\"used-key-ids\": *\\[", "$0 \"key20261103\","));
    site.zone.put(RotationSite.owner("key20261103_2"), "somebody's");
    rotation().finish(Optional.empty(), site.clock::pass);
    assertEquals(List.of("key20261103_3"), site.settingsKeys());
  }

  @Test
  void crashAnywhere_leadsToTheSameEnd() throws Exception {
    assertCrashesDoNotMatter(
        (setup, waiter) -> new Rotation(setup).finish(OF_K1, waiter), this::assertRotated);
  }

  @Test
  void halfWrittenFiles_doNotDisturb() throws Exception {
    Files.writeString(directory.resolve(".rotation.json.dive-new"), "{\"dive-rot");
    Files.writeString(directory.resolve(".dive.properties.dive-new"), "dive.hos");
    Files.writeString(directory.resolve("." + NEW + ".pem.dive-new"), "-----BEGIN PRIV");
    rotation().finish(OF_K1, site.clock::pass);
    assertRotated(site);
  }

  @Test
  void toldWhatToPublish_theOperatorDoesIt() throws Exception {
    List<RecordChange> asked = new ArrayList<>();
    Heard heard = new Heard();
    Rotation rotation =
        new Rotation(site.setup(RecordPublisher.telling(asked::add)).listener(heard).build());
    Progress.Awaited awaited = awaited(rotation.advance(OF_K1));
    assertEquals(Optional.empty(), awaited.until());
    assertEquals(List.of(RotationSite.owner(NEW)), owners(asked));
    assertEquals(1, asked.get(0).added().size());
    assertEquals(awaited, awaited(rotation.advance(OF_K1)));
    assertEquals(1, asked.size(), "told once");
    assertTrue(
        heard.done.stream().noneMatch(done -> done.contains("publish")), heard.done::toString);
    site.publish(asked.get(0));
    assertTrue(awaited(rotation.advance(OF_K1)).until().isPresent());
    site.clock.pass(Duration.ofDays(1));
    rotation.advance(OF_K1);
    site.clock.pass(Duration.ofDays(1));
    assertFalse(rotation.advance(OF_K1).isDone());
    assertEquals(List.of(RotationSite.owner(NEW), RotationSite.owner("k1")), owners(asked));
    assertEquals(1, asked.get(1).removed().size());
    assertTrue(
        heard.done.stream().noneMatch(done -> done.contains("remove")), heard.done::toString);
    site.publish(asked.get(1));
    assertTrue(rotation.advance(OF_K1).isDone());
    assertRotated(site);
  }

  private static List<String> owners(List<RecordChange> changes) {
    return changes.stream().map(RecordChange::owner).toList();
  }

  @Test
  void foreignRecordAtTheNewName_stopsAndChangesNothing() throws Exception {
    Rotation rotation =
        new Rotation(
            site.setup(change -> site.zone.put(change.owner(), "somebody else's")).build());
    assertFails(ErrorCode.ROTATION_CHECK_FAILED, rotation);
    assertEquals(List.of("k1"), site.settingsKeys());
    assertEquals(List.of("k1"), site.sidecarKeys());
    site.zone.remove(RotationSite.owner(NEW));
    rotation().finish(OF_K1, site.clock::pass);
    assertRotated(site);
  }

  @Test
  void serverThatDoesNotReload_isWaitedFor() throws Exception {
    site.serveAsNow();
    rotation().advance(OF_K1);
    site.clock.pass(Duration.ofDays(1));
    Progress.Awaited awaited = awaited(rotation().advance(OF_K1));
    assertTrue(awaited.sentence().contains("load its settings"), awaited::sentence);
    assertEquals(List.of(NEW, "k1"), site.settingsKeys());
    site.change = fields -> fields;
    rotation().finish(OF_K1, site.clock::pass);
    assertRotated(site);
  }

  @Test
  void wrongSecondSignature_stopsThoughClientsAcceptTheOther() throws Exception {
    rotation().advance(OF_K1);
    site.clock.pass(Duration.ofDays(1));
    site.change =
        fields -> fields.stream().map(f -> f.name().equals("DIVE-Sig") ? swapped(f) : f).toList();
    assertFails(ErrorCode.ROTATION_CHECK_FAILED, rotation());
    assertEquals(List.of(NEW, "k1"), site.settingsKeys());
    site.change = fields -> fields;
    rotation().finish(OF_K1, site.clock::pass);
    assertRotated(site);
  }

  /** Each key's signature under the other one's name. */
  private static HeaderField swapped(HeaderField field) {
    String[] entries = field.value().split(", ", -1);
    if (entries.length != 2) {
      return field;
    }
    String[] first = entries[0].split(":", 2);
    String[] second = entries[1].split(":", 2);
    return new HeaderField(
        field.name(), first[0] + ":" + second[1] + ", " + second[0] + ":" + first[1]);
  }

  @Test
  void sidecarsOfTheWebApplication_haveToBeNamed() throws Exception {
    Files.writeString(
        site.settings, Files.readString(site.settings).replace("dive.rule.1.root = files\n", ""));
    assertFails(ErrorCode.SETTING_MISSING, rotation());
    Path empty = Files.createDirectory(directory.resolve("files/empty"));
    Files.writeString(empty.resolve("unsigned.txt"), "no sidecar\n");
    RotationSetup.Builder setup = site.setup().trees(List.of(empty));
    assertFalse(new Rotation(setup.build()).advance(OF_K1).isDone());
    site.clock.pass(Duration.ofMinutes(2));
    Progress.Awaited awaited = awaited(new Rotation(setup.build()).advance(OF_K1));
    assertTrue(awaited.sentence().contains("load its settings"), awaited::sentence);
    assertFalse(Files.exists(empty.resolve("unsigned.txt.dive")));
    assertFalse(
        new Rotation(site.setup().trees(List.of(site.tree)).build()).advance(OF_K1).isDone());
    assertEquals(List.of(NEW), site.sidecarKeys());
    assertTrue(Files.exists(empty.resolve("unsigned.txt.dive")));
  }

  @Test
  void symbolicLinkIntoAnotherDirectory_isNotEdited() throws Exception {
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Path moved = Files.move(site.settings, elsewhere.resolve("dive.properties"));
    Files.createSymbolicLink(site.settings, moved);
    assertFails(ErrorCode.ROTATION_IMPOSSIBLE, rotation());
    assertFalse(Files.exists(site.state));
  }

  @Test
  void unusableStateFile_isNotReplaced() throws Exception {
    Files.writeString(site.state, "{\"dive-rotation\": 2}");
    assertFails(ErrorCode.ROTATION_STATE_UNUSABLE, rotation());
    assertEquals("{\"dive-rotation\": 2}", Files.readString(site.state));
  }

  @Test
  void twoAtATime_areRefused() throws Exception {
    try (RotationStateFile taken = RotationStateFile.take(site.state)) {
      assertFails(ErrorCode.ROTATION_STATE_UNUSABLE, rotation());
      assertEquals(RotationState.NEW, taken.read());
    }
  }

  @Test
  void oneStateFileByTwoNames_isRefusedToo() throws Exception {
    Path byFile = directory.resolve("link.json");
    Path byDirectory = Files.createSymbolicLink(directory.resolve("here"), directory);
    Files.createSymbolicLink(byFile, site.state);
    try (RotationStateFile taken = RotationStateFile.take(site.state)) {
      assertInUse(byDirectory.resolve("rotation.json"));
      Files.writeString(
          site.state,
          "{\"dive-rotation\": 1, \"used-key-ids\": [], \"finished\": [],"
              + " \"revocations\": [], \"directives\": []}");
      assertEquals(RotationState.NEW, taken.read());
      assertInUse(byDirectory.resolve("rotation.json"));
      assertInUse(byFile);
    }
  }

  private static void assertInUse(Path state) {
    DiveException failure =
        assertThrows(DiveException.class, () -> RotationStateFile.take(state).close());
    assertTrue(String.valueOf(failure.getMessage()).contains("is in use"), failure::getMessage);
  }

  @Test
  void keyInAnAgent_isToBeRotatedByHand() throws Exception {
    SigningKey key = KeyFile.of(directory.resolve("k1.pem")).read();
    KeyFile.of(directory.resolve("a1")).createOpenSsh(key, "k1");
    Files.writeString(
        site.settings,
        Files.readString(site.settings)
            .replace("k1.pem", "a1.pub\ndive.key.1.agent = " + directory.resolve("agent.sock")));
    DiveException failure = assertThrows(DiveException.class, () -> rotation().advance(OF_K1));
    assertEquals(ErrorCode.ROTATION_IMPOSSIBLE, failure.code(), failure::getMessage);
    assertTrue(
        String.valueOf(failure.getMessage()).contains("k1 is in an ssh-agent"),
        failure::getMessage);
    assertFalse(Files.exists(site.state));
  }

  @Test
  void newKeyFile_isForItsOwnerOnly_whateverTheOldOneIs() throws Exception {
    Files.setPosixFilePermissions(
        directory.resolve("k1.pem"), PosixFilePermissions.fromString("rw-r-----"));
    Files.writeString(
        site.settings, Files.readString(site.settings) + "dive.key.allow-exposed = true\n");
    rotation().advance(OF_K1);
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(directory.resolve(NEW + ".pem"))));
  }

  @Test
  void newRecordThatVanished_keepsTheOldSignature() throws Exception {
    rotation().advance(OF_K1);
    site.clock.pass(Duration.ofMinutes(2));
    RotationListener crashing =
        new RotationListener() {
          @Override
          public void starting(String action) {
            if (action.startsWith("take key")) {
              throw new Crash();
            }
          }
        };
    assertThrows(
        Crash.class, () -> new Rotation(site.setup().listener(crashing).build()).advance(OF_K1));
    String record = site.zone.at(RotationSite.owner(NEW)).get(0);
    site.zone.remove(RotationSite.owner(NEW));
    Progress.Awaited awaited = awaited(rotation().advance(OF_K1));
    assertTrue(awaited.sentence().contains("the new key's record"), awaited::sentence);
    assertEquals(List.of(NEW, "k1"), site.settingsKeys());
    assertEquals(List.of(NEW, "k1"), site.sidecarKeys());
    site.zone.put(RotationSite.owner(NEW), record);
    rotation().finish(OF_K1, site.clock::pass);
    assertRotated(site);
  }

  @Test
  void unpublishedKey_isNotRotated() throws Exception {
    site.zone.remove(RotationSite.owner("k1"));
    assertFails(ErrorCode.ROTATION_CHECK_FAILED, rotation());
    assertFalse(Files.exists(site.state));
  }

  @Test
  void bogusZone_isNamed() throws Exception {
    site.zone.spoil(RotationSite.owner(NEW));
    assertFails(ErrorCode.ROTATION_CHECK_FAILED, rotation());
  }

  @Test
  void otherKeyWhileARotationIsUnderWay_isRefused() throws Exception {
    rotation().advance(OF_K1);
    DiveException failure =
        assertThrows(DiveException.class, () -> rotation().advance(Optional.of(new KeyId("k2"))));
    assertEquals(ErrorCode.ROTATION_IMPOSSIBLE, failure.code());
  }

  @Test
  void finish_withNothingToWaitFor_doesNotWait() throws Exception {
    rotation().finish(OF_K1, site.clock::pass);
    assertTrue(rotation().finish(OF_K1, NEVER).isDone());
  }
}
