// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.check.CheckPlan;
import io.dive.check.PublishedRecords;
import io.dive.key.KeyFile;
import io.dive.key.SigningKey;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.SignatureAlgorithm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which keys sign, by what a crash or an operator left in the directory. */
class SigningKeysTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-03-04T05:06:07Z"), ZoneOffset.UTC);
  private static final Fqdn HOST = new Fqdn("sandbox.dive.test");

  @TempDir private Path directory = Path.of("");
  private final List<String> zone = new ArrayList<>();

  @BeforeEach
  void emptyZone() {
    zone.add("sandbox.dive.test. 300 IN SOA ns. hostmaster. 1 3600 600 86400 60");
  }

  @Test
  void nothingThere_firstKeyMade() throws Exception {
    assertKeys(true, "sandbox1");
    assertKeys(false, "sandbox1"); // as after a crash before the zone was stored
  }

  @Test
  void settingsLost_onlyKeysWithTheirRecordsSign_theNewestFirst() throws Exception {
    key("sandbox1", 1);
    publish("key20260301", key("key20260301", 2));
    publish("KEY20260302", key("key20260302", 3));
    publish("key20260303", SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom()));
    key("key20260303", 4);

    assertKeys(false, "key20260302", "key20260301");
  }

  @Test
  void settingsLost_recordUnusable_keyIdIsUsedAllTheSame() throws Exception {
    key("key20260304", 1);
    zone.add("key20260304._divekey.sandbox.dive.test. 60 IN TXT \"no key\"");
    zone.add("key20260304_2._divekey.sandbox.dive.test. 60 IN TXT \"no key\"");

    assertKeys(true, "key20260304_3");
  }

  @Test
  void settingsAndRecordsLost_replacedKeyIsNotUsedAgain() throws Exception {
    key("sandbox1", 1);
    rotationState("sandbox1", "key20260304");

    assertKeys(true, "key20260304_2");
  }

  @Test
  void allButTheRotationStateLost_noKeyIdIsUsedAgain() throws Exception {
    rotationState("sandbox1", "key20260304");

    assertKeys(true, "key20260304_2");
  }

  @Test
  void severalKeysAndNothingThatTellsWhichIsReplaced_newKey() throws Exception {
    key("sandbox1", 1);
    key("key20260304", 2);

    assertKeys(true, "key20260304_2");
  }

  @Test
  void settings_writtenInOneStep() throws Exception {
    DataDirectory data = DataDirectory.open(directory);
    SigningKeys keys = data.signingKeys(CLOCK);
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 53);
    data.writeSettings(HOST, keys, directory.resolve("ä"), address, address);
    Path before = Files.createLink(directory.resolve("before"), data.settings());
    String text = Files.readString(before);

    data.writeSettings(HOST, keys, directory.resolve("another"), address, address);

    assertTrue(text.contains("/ä\n"), text);
    assertEquals(text, Files.readString(before), "the old file is replaced, not written into");
    assertFalse(Files.readString(data.settings()).contains("ä"));
    try (Stream<Path> files = Files.list(directory)) {
      assertTrue(files.noneMatch(file -> file.toString().endsWith(".tmp")), "drafts are gone");
    }
  }

  private void assertKeys(boolean made, String... ids) throws Exception {
    if (zone.size() > 1) {
      Files.writeString(directory.resolve("zone.txt"), String.join("\n", zone) + "\n");
    }
    SigningKeys keys = DataDirectory.open(directory).signingKeys(CLOCK);

    assertEquals(List.of(ids), keys.keys().stream().map(key -> key.id().value()).toList());
    assertEquals(made, keys.made());
    assertEquals(ids.length, keys.signers().size());
  }

  private SigningKey key(String id, int age) throws Exception {
    SigningKey key = SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom());
    Path file = directory.resolve(id + ".pem");
    KeyFile.of(file).create(key);
    Files.setLastModifiedTime(file, FileTime.from(CLOCK.instant().plusSeconds(age)));
    return key;
  }

  private void publish(String id, SigningKey key) {
    zone.add(
        PublishedRecords.key(
            new CheckPlan.Key(KeyReference.of(new KeyId(id)), key.publicKey()),
            HOST,
            HashAlgorithm.SHA_256));
  }

  private void rotationState(String... used) throws IOException {
    Files.writeString(
        directory.resolve("rotation.json"),
        """
        {"dive-rotation": 1, "used-key-ids": ["%s"], "finished": [], "revocations": [], "directives": []}
        """
            .formatted(String.join("\", \"", used)));
  }
}
