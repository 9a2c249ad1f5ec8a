// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.dive.check.CheckPlan;
import io.dive.key.Signer;
import io.dive.key.SigningKey;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.sidecar.SigningProgress;
import io.dive.sidecar.TreeSigner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the check of a server without keys learns from its sidecars. */
class SidecarKeysTest {
  private static KeyReference reference(String id) {
    return KeyReference.of(new KeyId(id));
  }

  private static Signer signer(String id) throws Exception {
    return SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom())
        .signer(reference(id));
  }

  private static void sign(Path file, Signer... signers) throws Exception {
    Files.writeString(file, file.toString());
    new TreeSigner(List.of(signers), HashAlgorithm.SHA_256, TreeSigner.Options.DEFAULT)
        .sign(List.of(file), SigningProgress.NONE);
  }

  @Test
  void hostWithoutAKey_namesTheKeysOfEachFile(@TempDir Path directory) throws Exception {
    Path files = Files.createDirectory(directory.resolve("files"));
    Signer fresh = signer("fresh");
    Signer old = signer("old");
    sign(files.resolve("a"), fresh, old);
    sign(files.resolve("b"), fresh, old);
    sign(files.resolve("c"), fresh);
    Path settings =
        Files.writeString(
            directory.resolve("dive.properties"),
            """
            dive.hosts = www.site.test
            dive.rule.1.path = /**
            dive.rule.1.mode = sidecar
            dive.rule.1.root = files
            """);
    CheckPlan.Host host = DiveSettings.load(settings).checkPlan().hosts().get(0);
    assertEquals(
        Set.of(reference("fresh"), reference("old")),
        Set.copyOf(host.keys().stream().map(CheckPlan.Key::reference).toList()));
    assertEquals(
        Set.of(Set.of(reference("fresh"), reference("old")), Set.of(reference("fresh"))),
        host.storedTogether());
  }
}
