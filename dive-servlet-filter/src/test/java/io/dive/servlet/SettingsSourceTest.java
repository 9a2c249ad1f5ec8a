// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.dive.settings.DiveSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files are looked at for a change. */
class SettingsSourceTest {
  @Test
  void everyFileThatIsReadWithTheSettings_isLookedAt(@TempDir Path directory) throws Exception {
    List<String> watched =
        List.of("own.pem", "passphrase", "agent.pub", "anchor", "ca.pem", "transfer.key");
    List<String> readLater = List.of("good.zone", "signatures.json");
    for (String name : watched) {
      Files.writeString(directory.resolve(name), "");
    }
    for (String name : readLater) {
      Files.writeString(directory.resolve(name), "");
    }
    Path file =
        Files.writeString(
            directory.resolve("dive.properties"),
            """
            dive.hosts = example.com
            dive.key.1.id = own
            dive.key.1.file = own.pem
            dive.key.1.passphrase-file = passphrase
            dive.key.2.id = kept
            dive.key.2.file = agent.pub
            dive.key.2.agent = agent.sock
            dive.rule.1.path = **
            dive.rule.1.mode = sidecar
            dive.rule.1.root = .
            dive.rule.1.signatures-json = signatures.json
            dive.dns.resolver = tls://127.0.0.1
            dive.dns.trust-anchor = anchor
            dive.dns.tls-ca = ca.pem
            dive.zone.name = example
            dive.zone.file = good.zone
            dive.zone.axfr = 127.0.0.1
            dive.zone.tsig-file = transfer.key
            """);
    DiveSettings settings = DiveSettings.load(file);
    SettingsSource source = new SettingsSource(() -> settings, Optional.of(file));
    for (String name : watched) {
      assertChanges(source, settings, directory.resolve(name), true);
    }
    assertChanges(source, settings, file, true);
    for (String name : readLater) {
      assertChanges(source, settings, directory.resolve(name), false);
    }
  }

  private static void assertChanges(
      SettingsSource source, DiveSettings settings, Path changed, boolean expected)
      throws Exception {
    Fingerprint before = source.fingerprint(settings);
    Files.writeString(changed, "changed");
    if (expected) {
      assertNotEquals(before, source.fingerprint(settings), changed.toString());
    } else {
      assertEquals(before, source.fingerprint(settings), changed.toString());
    }
  }
}
