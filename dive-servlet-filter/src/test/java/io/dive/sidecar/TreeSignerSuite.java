// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.key.Signer;
import io.dive.protocol.HashAlgorithm;
import io.dive.sidecar.SigningSummary.Failure;
import io.dive.sidecar.SigningSummary.Reason;
import io.dive.sign.BodyDigester;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A tree of files to sign. */
abstract class TreeSignerSuite {
  Path tree;
  Path elsewhere;

  @BeforeEach
  void createTree(@TempDir Path directory) throws IOException {
    tree = Files.createDirectories(directory.resolve("tree"));
    elsewhere = Files.createDirectories(directory.resolve("elsewhere"));
  }

  SigningSummary sign(Signer... signers) throws InterruptedException {
    return sign(new TreeSigner.Options(false, false, 2), signers);
  }

  SigningSummary sign(TreeSigner.Options options, Signer... signers) throws InterruptedException {
    return new TreeSigner(List.of(signers), HashAlgorithm.SHA_256, options)
        .sign(List.of(tree), SigningProgress.NONE);
  }

  Path write(String name, String content) throws IOException {
    Path file = tree.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }

  static Sidecar sidecarOf(Path file) throws IOException {
    return assertInstanceOf(
        Sidecar.class, Sidecar.parse(Files.readAllBytes(Sidecar.pathFor(file))), file.toString());
  }

  static void requireRight(Path file, Signer... signers) throws IOException {
    Sidecar sidecar = sidecarOf(file);
    assertEquals(Files.size(file), sidecar.fileSize());
    assertEquals(
        BodyDigester.digest(HashAlgorithm.SHA_256, Files.readAllBytes(file)),
        sidecar.body().digest());
    assertEquals(
        Stream.of(signers).map(Signer::publicKey).toList(),
        List.copyOf(sidecar.publicKeys().values()));
    assertTrue(
        sidecar.body().signatures().stream()
            .allMatch(s -> s.draft00().isPresent() && s.draft01().isPresent()));
  }

  static Reason onlyFailure(SigningSummary summary, Path path) {
    assertEquals(List.of(path), summary.failures().stream().map(Failure::path).toList());
    assertFalse(summary.isComplete());
    return summary.failures().get(0).reason();
  }

  /** Lets the clock of the file system move on, as it has when files are older than a tick. */
  void awaitTick() throws IOException {
    Path probe = elsewhere.resolve("probe");
    FileTime start = Files.getLastModifiedTime(Files.writeString(probe, "x"));
    while (Files.getLastModifiedTime(Files.writeString(probe, "x")).compareTo(start) <= 0) {
      Thread.onSpinWait();
    }
  }
}
