// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.key.KeyFile;
import io.dive.key.Signer;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.settings.DiveSettings;
import io.dive.sidecar.Sidecar;
import io.dive.sidecar.SigningProgress;
import io.dive.sidecar.TreeSigner;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rotation where keys, trees and URLs belong to some of the hosts, and where trees are links. */
class SeveralHostsRotationTest extends RotationFixture {
  SeveralHostsRotationTest(@TempDir Path directory) {
    super(directory);
  }

  /** Hosts h2, h3 and so on, each with a key of its own; k1 is for www alone. */
  private void addHosts(int last) throws Exception {
    StringBuilder hosts = new StringBuilder("dive.hosts = www.site.test");
    append("dive.key.1.hosts = www.site.test\n");
    for (int i = 2; i <= last; i++) {
      hosts.append(", h%d.site.test".formatted(i));
      publishKey("k" + i, RotationSite.owner("k" + i));
      append(
          """
          dive.key.%1$d.id = k%1$d
          dive.key.%1$d.file = k%1$d.pem
          dive.key.%1$d.hosts = h%1$d.site.test
          """
              .formatted(i));
    }
    edit("dive.hosts = www.site.test", hosts.toString());
  }

  /** A tree with one signed file for the hosts h2, h3 and so on. */
  private Path addTree(String name, int rule, String... keys) throws Exception {
    Path tree = Files.createDirectory(directory.resolve(name));
    Files.writeString(tree.resolve("x.txt"), "x\n");
    List<Signer> signers = new ArrayList<>();
    for (String key : keys) {
      signers.add(
          KeyFile.of(directory.resolve(key + ".pem"))
              .read()
              .signer(KeyReference.of(new KeyId(key))));
    }
    new TreeSigner(signers, HashAlgorithm.SHA_256, TreeSigner.Options.DEFAULT)
        .sign(List.of(tree), SigningProgress.NONE);
    append(
        """
        dive.rule.%1$d.path = /**
        dive.rule.%1$d.mode = sidecar
        dive.rule.%1$d.root = %2$s
        """
            .formatted(rule, name));
    return tree;
  }

  private static List<String> keysIn(Path tree) throws Exception {
    Sidecar sidecar = (Sidecar) Sidecar.parse(Files.readAllBytes(tree.resolve("x.txt.dive")));
    return sidecar.publicKeys().keySet().stream().map(k -> k.serialize()).toList();
  }

  @Test
  void rootThatIsALink_isSignedAnew_andAnUnsignedOneIsNamed() throws Exception {
    Path release = addTree("release", 2, "k1");
    Files.createSymbolicLink(directory.resolve("current"), release);
    edit("dive.rule.2.path = /**", "dive.rule.2.path = /**\ndive.rule.2.hosts = www.site.test");
    edit("root = release", "root = current");
    edit("rule.1.path = /**", "rule.1.path = /sub/**");
    Path unsigned = Files.createDirectory(directory.resolve("unsigned"));
    edit(
        "# the site",
        """
        dive.rule.3.path = /**
        dive.rule.3.mode = sidecar
        dive.rule.3.root = unsigned
        dive.rule.3.hosts = h2.site.test
        """);
    edit("dive.hosts = www.site.test", "dive.hosts = www.site.test, h2.site.test");
    append("dive.key.1.hosts = www.site.test\n");
    Heard heard = new Heard();
    new Rotation(site.setup().listener(heard).build()).finish(OF_K1, site.clock::pass);
    assertEquals(List.of(NEW), keysIn(release));
    assertEquals(List.of(NEW), site.sidecarKeys());
    assertTrue(
        heard.done.contains(unsigned.toRealPath() + " has no sidecar and stays without"),
        heard.done::toString);
  }

  @Test
  void eachTree_isSignedWithTheKeysOfItsHosts() throws Exception {
    addHosts(5);
    Path tree2 = addTree("tree2", 2, "k2");
    edit("rule.2.path", "rule.2.hosts = h2.site.test\ndive.rule.2.path");
    Path shared = addTree("shared", 3, "k1", "k3");
    edit("rule.3.path", "rule.3.hosts = www.site.test, h3.site.test\ndive.rule.3.path");
    edit("rule.1.path = /**", "rule.1.path = /a.txt\ndive.rule.1.hosts = www.site.test");
    rotation().finish(OF_K1, site.clock::pass);
    assertEquals(List.of(NEW), site.sidecarKeys());
    assertEquals(List.of("k2"), keysIn(tree2));
    assertEquals(List.of(NEW, "k3"), keysIn(shared));
  }

  @Test
  void treeWithMoreKeysThanASidecarHolds_isRefusedBeforeAnythingIsDone() throws Exception {
    addHosts(5);
    DiveException failure = assertThrows(DiveException.class, () -> rotation().advance(OF_K1));
    assertEquals(ErrorCode.ROTATION_IMPOSSIBLE, failure.code(), failure::getMessage);
    assertTrue(
        String.valueOf(failure.getMessage()).contains(site.tree.toRealPath().toString()),
        failure::getMessage);
    assertFalse(Files.exists(site.state));
  }

  @Test
  void treeWithMoreKeysThanASidecarHolds_doesNotHoldUpARevocation() throws Exception {
    addHosts(5);
    assertTrue(
        new Revocation(site.setup().build())
            .advance(K1, true)
            .awaited()
            .orElseThrow()
            .until()
            .isPresent());
    assertEquals(List.of(), site.zone.at(RotationSite.owner("k1")));
    assertEquals(List.of("k1"), site.sidecarKeys(), "to be signed by hand");
  }

  @Test
  void urlOfAnotherHostOnly_isNotEnough() throws Exception {
    addHosts(2);
    edit("http://www.site.test/a.txt", "http://h2.site.test/a.txt");
    DiveException failure = assertThrows(DiveException.class, () -> rotation().advance(OF_K1));
    assertEquals(ErrorCode.SETTING_MISSING, failure.code(), failure::getMessage);
    assertTrue(
        String.valueOf(failure.getMessage()).contains("no URL of www.site.test"),
        failure::getMessage);
    assertFalse(Files.exists(site.state));
  }

  @Test
  void urlOfAnotherHost_isNotExpectedToCarryTheKey() throws Exception {
    addHosts(2);
    Path other = addTree("other", 2, "k2");
    edit("rule.2.path", "rule.2.hosts = h2.site.test\ndive.rule.2.path");
    edit("rule.1.path = /**", "rule.1.path = /**\ndive.rule.1.hosts = www.site.test");
    RotationSetup setup =
        site.setup()
            .urls(List.of(URI.create("http://h2.site.test/none"), RotationSite.url("/a.txt")))
            .build();
    new Rotation(setup).finish(OF_K1, site.clock::pass);
    assertEquals(List.of(NEW), site.sidecarKeys());
    assertEquals(List.of("k2"), keysIn(other));
  }

  @Test
  void urlOfAnotherHost_doesNotHoldUpARevocation() throws Exception {
    addHosts(2);
    addTree("other", 2, "k2");
    edit("rule.2.path", "rule.2.hosts = h2.site.test\ndive.rule.2.path");
    edit("rule.1.path = /**", "rule.1.path = /**\ndive.rule.1.hosts = www.site.test");
    RotationSetup setup =
        site.setup()
            .urls(List.of(URI.create("http://h2.site.test/none"), RotationSite.url("/a.txt")))
            .build();
    new Revocation(setup).advance(K1, false);
    site.clock.pass(Duration.ofMinutes(2));
    new Revocation(setup).advance(K1, false);
    assertEquals(
        RotationState.RevocationPhase.KEEP,
        RotationStateFile.read(site.state).revocation(K1).orElseThrow().phase());
  }

  @Test
  void wildcard_isSeenAtANameBelowIt() throws Exception {
    edit("dive.hosts = www.site.test", "dive.hosts = *.site.test");
    rotation().finish(OF_K1, site.clock::pass);
    assertEquals(List.of(NEW), site.sidecarKeys());
  }

  @Test
  void newKeyId_isFreeWhereverClientsLook() throws Exception {
    site.zone.put(NEW + "._divekey.www.site.test", "somebody's");
    rotation().finish(OF_K1, site.clock::pass);
    assertEquals(List.of(NEW + "_2"), site.settingsKeys());
  }

  @Test
  void checkPlanOfAServerWithoutKeys_looksBehindALink() throws Exception {
    Files.createSymbolicLink(directory.resolve("current"), site.tree);
    edit("dive.key.1.id = k1\ndive.key.1.file = k1.pem\n", "");
    edit("root = files", "root = current");
    assertEquals(
        List.of("k1"),
        DiveSettings.load(site.settings).checkPlan().hosts().get(0).keys().stream()
            .map(key -> key.reference().keyId().value())
            .toList());
  }
}
