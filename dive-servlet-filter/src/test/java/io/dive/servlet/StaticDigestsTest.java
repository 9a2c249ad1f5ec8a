// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.dive.key.SigningKey;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.servlet.FileSignatures.Failed;
import io.dive.servlet.FileSignatures.Signed;
import io.dive.sign.BodyDigester;
import io.dive.sign.ResponseSigner;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.List;
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
    return Files.readAttributes(file, BasicFileAttributes.class);
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
  void find_fileChangedMeanwhile_triesOnceMoreAndDoesNotRememberTheOldVersion() throws IOException {
    BasicFileAttributes old = attributes(file);
    Files.writeString(file, "three");
    Signed signed = assertInstanceOf(Signed.class, digests.find(file, old));
    assertEquals(
        BodyDigester.digest(HashAlgorithm.SHA_256, "three".getBytes(StandardCharsets.UTF_8)),
        signed.digest());
    assertEquals(5, signed.attributes().size());
    assertEquals(10, digestedBytes());
    digests.find(file, old);
    assertEquals(20, digestedBytes());
  }

  @Test
  void find_fileGone_failsAndIsNotRemembered() throws IOException {
    BasicFileAttributes old = attributes(file);
    Files.delete(file);
    assertInstanceOf(Failed.class, digests.find(file, old));
    Files.writeString(file, "back");
    assertInstanceOf(Signed.class, digests.find(file, old));
  }
}
