// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.dive.key.Signer;
import io.dive.key.SigningKey;
import io.dive.protocol.Bytes;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.RawPublicKey;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.servlet.FileSignatures.Failed;
import io.dive.servlet.FileSignatures.Signed;
import io.dive.sidecar.FileAttributes;
import io.dive.sign.BodyDigester;
import io.dive.sign.ResponseSigner;
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
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StaticDigestsTest {
  private final Path file;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final StaticDigests digests =
      new StaticDigests(
          HashAlgorithm.SHA_256,
          new ResponseSigner(
              List.of(
                  SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom())
                      .signer(KeyReference.of(new KeyId("k")))),
              EnumSet.allOf(ProtocolVersion.class),
              0),
          10,
          new MicrometerMetrics(meters));

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
    FileSignatures.Known first = digests.find(file, attributes(file));
    assertEquals(first, digests.find(file, attributes(file)));
    assertInstanceOf(Signed.class, first);
    assertEquals(3, digestedBytes());
    assertEquals(1, digests.cacheStats().hitCount());
  }

  /** As when the file is replaced between the look at it and the end of the hashing. */
  @Test
  void find_fileChangedMeanwhile_isChangingAndNotRemembered() throws IOException {
    BasicFileAttributes old = attributes(file);
    Files.writeString(file, "three");
    assertInstanceOf(FileSignatures.Changing.class, digests.find(file, old));
    Signed signed = assertInstanceOf(Signed.class, digests.find(file, attributes(file)));
    assertEquals(
        BodyDigester.digest(HashAlgorithm.SHA_256, "three".getBytes(StandardCharsets.UTF_8)),
        signed.digest());
    assertEquals(5, signed.attributes().size());
  }

  /** Its size, its modification time and even its inode may be those of the one before. */
  @Test
  void find_fileOverwrittenWithItsTimeKept_hashesAnew() throws IOException {
    FileTime modified = Files.getLastModifiedTime(file);
    Signed one = assertInstanceOf(Signed.class, digests.find(file, attributes(file)));
    BasicFileAttributes before = attributes(file);
    Assumptions.assumeTrue(
        file.getFileSystem().supportedFileAttributeViews().contains("unix"),
        "this file system has no change time");
    // The change time moves with the clock of the system, which is coarse.
    do {
      Files.writeString(file, "two");
      Files.setLastModifiedTime(file, modified);
    } while (Objects.equals(attributes(file).fileKey(), before.fileKey()));
    Signed two = assertInstanceOf(Signed.class, digests.find(file, attributes(file)));
    assertNotEquals(one.digest(), two.digest());
  }

  @Test
  void find_fileGone_failsAndIsNotRemembered() throws IOException {
    BasicFileAttributes old = attributes(file);
    Files.delete(file);
    assertInstanceOf(Failed.class, digests.find(file, old));
    Files.writeString(file, "back");
    assertInstanceOf(Signed.class, digests.find(file, attributes(file)));
  }

  /** As with an agent that is gone for a while. */
  @Test
  void find_signerFails_hashesOnceUntilItSigns() throws IOException {
    AtomicBoolean fails = new AtomicBoolean(true);
    StaticDigests failing =
        new StaticDigests(
            HashAlgorithm.SHA_256,
            new ResponseSigner(
                List.of(new UnreliableSigner(fails)), EnumSet.allOf(ProtocolVersion.class), 0),
            10,
            new MicrometerMetrics(meters));
    assertInstanceOf(Failed.class, failing.find(file, attributes(file)));
    assertInstanceOf(Failed.class, failing.find(file, attributes(file)));
    fails.set(false);
    assertInstanceOf(Signed.class, failing.find(file, attributes(file)));
    assertEquals(3, digestedBytes());
    Files.writeString(file, "other");
    assertInstanceOf(Signed.class, failing.find(file, attributes(file)));
    assertEquals(8, digestedBytes());
  }

  private record UnreliableSigner(AtomicBoolean fails, Signer signer) implements Signer {
    UnreliableSigner(AtomicBoolean fails) {
      this(
          fails,
          SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom())
              .signer(KeyReference.of(new KeyId("k"))));
    }

    @Override
    public KeyReference key() {
      return signer.key();
    }

    @Override
    public RawPublicKey publicKey() {
      return signer.publicKey();
    }

    @Override
    public Bytes sign(byte[] message) throws KeyMaterialException {
      if (fails.get()) {
        throw new KeyMaterialException(ErrorCode.SIGNER_UNAVAILABLE, "gone");
      }
      return signer.sign(message);
    }
  }
}
