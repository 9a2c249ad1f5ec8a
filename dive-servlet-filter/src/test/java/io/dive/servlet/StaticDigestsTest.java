// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.dive.key.Signer;
import io.dive.key.SigningKey;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.servlet.FileSignatures.Failed;
import io.dive.servlet.FileSignatures.Signed;
import io.dive.sidecar.FileAttributes;
import io.dive.sign.BodyDigester;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StaticDigestsTest {
  private final Path file;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final StaticDigests digests =
      new StaticDigests(HashAlgorithm.SHA_256, 10, new MicrometerMetrics(meters));
  private final HostKeys keys = keys("k");

  private static HostKeys keys(String id) {
    Set<ProtocolVersion> drafts = EnumSet.allOf(ProtocolVersion.class);
    List<Signer> signers =
        List.of(
            SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom())
                .signer(KeyReference.of(new KeyId(id))));
    return new HostKeys(signers, signers, new KeySets(drafts, 10), drafts);
  }

  StaticDigestsTest(@TempDir Path directory) throws IOException {
    file = Files.writeString(directory.resolve("a"), "one");
  }

  private static BasicFileAttributes attributes(Path file) throws IOException {
    return FileAttributes.read(file);
  }

  private double digestedBytes() {
    return meters.get("dive.digested.bytes").counter().count();
  }

  @Test
  void find_sameVersion_hashesOnce() throws IOException {
    Signed first = assertInstanceOf(Signed.class, digests.find(file, attributes(file), keys));
    Signed second = assertInstanceOf(Signed.class, digests.find(file, attributes(file), keys));
    assertEquals(first.fields(), second.fields());
    assertEquals(3, digestedBytes());
    assertEquals(1, digests.cacheStats().hitCount());
  }

  @Test
  void find_forOtherKeys_hashesOnceAndSignsWithEach() throws IOException {
    Signed one = assertInstanceOf(Signed.class, digests.find(file, attributes(file), keys));
    Signed other =
        assertInstanceOf(Signed.class, digests.find(file, attributes(file), keys("other")));
    assertEquals(one.digest(), other.digest());
    assertNotEquals(one.fields(), other.fields());
    assertEquals(3, digestedBytes());
    assertEquals(2, meters.get("dive.signing").timer().count());
  }

  @Test
  void find_allKeysRevoked_isAbsentAndNotHashed() throws IOException {
    keys.revoke(Set.of(KeyReference.of(new KeyId("k"))));
    assertInstanceOf(FileSignatures.Absent.class, digests.find(file, attributes(file), keys));
    assertEquals(0, digestedBytes());
    keys.revoke(Set.of());
    assertInstanceOf(Signed.class, digests.find(file, attributes(file), keys));
  }

  /** As when the file is replaced between the look at it and the end of the hashing. */
  @Test
  void find_fileChangedMeanwhile_isChangingAndNotRemembered() throws IOException {
    BasicFileAttributes old = attributes(file);
    Files.writeString(file, "three");
    assertInstanceOf(FileSignatures.Changing.class, digests.find(file, old, keys));
    Signed signed = assertInstanceOf(Signed.class, digests.find(file, attributes(file), keys));
    assertEquals(
        BodyDigester.digest(HashAlgorithm.SHA_256, "three".getBytes(StandardCharsets.UTF_8)),
        signed.digest());
    assertEquals(5, signed.attributes().size());
  }

  /** Its size, its modification time and even its inode may be those of the one before. */
  @Test
  void find_fileOverwrittenWithItsTimeKept_hashesAnew() throws IOException {
    FileTime modified = Files.getLastModifiedTime(file);
    Signed one = assertInstanceOf(Signed.class, digests.find(file, attributes(file), keys));
    BasicFileAttributes before = attributes(file);
    Assumptions.assumeTrue(
        file.getFileSystem().supportedFileAttributeViews().contains("unix"),
        "this file system has no change time");
    // The change time moves with the clock of the system, which is coarse.
    do {
      Files.writeString(file, "two");
      Files.setLastModifiedTime(file, modified);
    } while (Objects.equals(attributes(file).fileKey(), before.fileKey()));
    Signed two = assertInstanceOf(Signed.class, digests.find(file, attributes(file), keys));
    assertNotEquals(one.digest(), two.digest());
  }

  @Test
  void find_fileGone_failsAndIsNotRemembered() throws IOException {
    BasicFileAttributes old = attributes(file);
    Files.delete(file);
    assertInstanceOf(Failed.class, digests.find(file, old, keys));
    Files.writeString(file, "back");
    assertInstanceOf(Signed.class, digests.find(file, attributes(file), keys));
  }

  /** As with an agent that is gone for a while. */
  @Test
  void find_signerFails_hashesOnceUntilItSigns() throws IOException {
    AtomicBoolean fails = new AtomicBoolean(true);
    Signer signer =
        SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom())
            .signer(KeyReference.of(new KeyId("k")));
    List<Signer> signers = List.of(new UnreliableSigner(signer, fails));
    Set<ProtocolVersion> drafts = EnumSet.allOf(ProtocolVersion.class);
    HostKeys failing = new HostKeys(signers, signers, new KeySets(drafts, 0), drafts);
    assertInstanceOf(Failed.class, digests.find(file, attributes(file), failing));
    assertInstanceOf(Failed.class, digests.find(file, attributes(file), failing));
    fails.set(false);
    assertInstanceOf(Signed.class, digests.find(file, attributes(file), failing));
    assertEquals(3, digestedBytes());
    Files.writeString(file, "other");
    assertInstanceOf(Signed.class, digests.find(file, attributes(file), failing));
    assertEquals(8, digestedBytes());
  }
}
