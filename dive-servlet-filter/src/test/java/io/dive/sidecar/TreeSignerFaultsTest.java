// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static io.dive.sidecar.SampleKeys.ED25519;
import static io.dive.sidecar.SampleKeys.ED25519_OTHER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.key.Signer;
import io.dive.protocol.Bytes;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.RawPublicKey;
import io.dive.sidecar.SigningSummary.Failure;
import io.dive.sidecar.SigningSummary.Reason;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Trees that cannot be signed as they are: what is skipped, refused, tried again or left alone. */
class TreeSignerFaultsTest extends TreeSignerSuite {
  @Test
  void sign_userFileInTheSidecarsPlace_isKeptUnlessForced() throws Exception {
    Path file = write("logbook", "content");
    Path users = write("logbook.dive", "40 m, 32 minutes");
    assertEquals(Reason.PLACE_TAKEN, onlyFailure(sign(ED25519), file));
    assertEquals("40 m, 32 minutes", Files.readString(users));
    assertEquals(1, sign(new TreeSigner.Options(true, false, 1), ED25519).signed());
    requireRight(file, ED25519);
    Path other = write("other", "content");
    Files.createDirectory(Sidecar.pathFor(other));
    assertEquals(Reason.PLACE_TAKEN, onlyFailure(sign(ED25519), other));
    assertEquals(
        Reason.UNWRITABLE,
        onlyFailure(sign(new TreeSigner.Options(true, false, 1), ED25519), other));
    try (Stream<Path> paths = Files.list(tree)) {
      assertEquals(4, paths.count(), "no temporary file is left");
    }
  }

  @Test
  void sign_missingRoot_isAFailureAndTheRestIsSigned() throws Exception {
    Path file = write("file", "content");
    Path missing = elsewhere.resolve("missing");
    SigningSummary summary =
        new TreeSigner(List.of(ED25519), HashAlgorithm.SHA_256, TreeSigner.Options.DEFAULT)
            .sign(List.of(missing, tree), SigningProgress.NONE);
    assertEquals(Reason.UNREADABLE, onlyFailure(summary, missing));
    requireRight(file, ED25519);
  }

  @Test
  void sign_unreadableDirectoryAndFile_areFailuresAndTheRestIsSigned() throws Exception {
    Path directory = Files.createDirectory(tree.resolve("closed"));
    Path closed = write("closedFile", "content");
    Files.setPosixFilePermissions(directory, Set.of());
    Files.setPosixFilePermissions(closed, Set.of());
    Assumptions.assumeFalse(Files.isReadable(closed), "this user (root) may read everything");
    Path file = write("file", "content");
    SigningSummary summary = sign(ED25519);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    assertEquals(
        Set.of(directory, closed),
        summary.failures().stream().map(Failure::path).collect(Collectors.toSet()));
    requireRight(file, ED25519);
  }

  @Test
  void sign_nameWithoutRoomForTheSuffix_isAFailureOfThatFileOnly() throws Exception {
    Path longName = write("x".repeat(253), "content");
    Path file = write("file", "content");
    assertEquals(Reason.PLACE_TAKEN, onlyFailure(sign(ED25519), longName));
    requireRight(file, ED25519);
  }

  @Test
  void sign_nameInBytesOfAnotherLocale_isAFailureOfThatFile_andItsSidecarIsNoOrphan()
      throws Exception {
    Path file = write("file", "content");
    sign(ED25519);
    Path latin1 = Path.of(URI.create(tree.toUri() + "caf%E9"));
    Path its = Path.of(URI.create(tree.toUri() + "caf%E9.dive"));
    try {
      Files.writeString(latin1, "content");
      Files.copy(Sidecar.pathFor(file), its);
    } catch (IOException e) {
      Assumptions.abort("names are characters on this file system");
    }
    SigningSummary summary = sign(new TreeSigner.Options(false, true, 2), ED25519);
    assertEquals(Reason.UNWRITABLE, onlyFailure(summary, latin1));
    assertEquals(List.of(), summary.pruned());
    try (Stream<Path> paths = Files.list(tree)) {
      assertEquals(Set.of(file, Sidecar.pathFor(file), latin1, its), Set.copyOf(paths.toList()));
    }
  }

  @Test
  void sign_fileThatChangesWhileItIsRead_isTriedTwiceThenReported() throws Exception {
    Path file = write("file", "content");
    AtomicInteger reads = new AtomicInteger();
    FileSigning signing =
        new FileSigning(List.of(ED25519), HashAlgorithm.SHA_256, false, new Semaphore(0));
    SigningFailedException failed =
        assertThrows(
            SigningFailedException.class,
            () ->
                signing.sign(
                    file,
                    new FileHasher(64),
                    bytes -> append(file, "more " + reads.incrementAndGet())));
    assertEquals(Reason.CHANGING, failed.at(file).reason());
    assertFalse(Files.exists(Sidecar.pathFor(file)));
    AtomicInteger once = new AtomicInteger();
    assertEquals(
        FileSigning.Result.SIGNED,
        signing.sign(
            file,
            new FileHasher(64),
            bytes -> {
              if (once.getAndIncrement() == 0) {
                append(file, "once");
              }
            }));
    requireRight(file, ED25519);
  }

  private static void append(Path file, String text) {
    try {
      Files.writeString(file, text, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void sign_leftoversOfACrash_areRemoved_butNotWhatALivingRunWrites() throws Exception {
    Path leftover = write("sub/.dive-0123456789abcdef.tmp", "half");
    Path users = write("sub/.dive-notes.tmp", "the user's");
    Path living = write("sub/.dive-fedcba9876543210.tmp", "being written");
    Path besideSingle = Files.writeString(elsewhere.resolve(".dive-0000000000000000.tmp"), "half");
    Path single = Files.writeString(elsewhere.resolve("single"), "single");
    try (FileChannel channel = FileChannel.open(living, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      assertTrue(lock.isValid());
      SigningSummary summary =
          new TreeSigner(List.of(ED25519), HashAlgorithm.SHA_256, TreeSigner.Options.DEFAULT)
              .sign(List.of(tree, single), SigningProgress.NONE);
      assertEquals(2, summary.signed(), "the user's file and the single one");
    }
    assertFalse(Files.exists(leftover));
    assertFalse(Files.exists(besideSingle));
    assertTrue(Files.exists(living));
    requireRight(users, ED25519);
  }

  private record OddSigner(KeyReference key, RawPublicKey publicKey, boolean fails)
      implements Signer {
    @Override
    public Bytes sign(byte[] message) throws KeyMaterialException {
      if (fails) {
        throw new KeyMaterialException(ErrorCode.SIGNER_UNAVAILABLE, "no answer");
      }
      return Bytes.of(new byte[64]);
    }
  }

  @Test
  void sign_signerThatFailsOrLies_leavesTheOldSidecar() throws Exception {
    Path file = write("file", "content");
    sign(ED25519);
    for (boolean fails : new boolean[] {true, false}) {
      Signer odd = new OddSigner(ED25519_OTHER.key(), ED25519_OTHER.publicKey(), fails);
      assertEquals(Reason.SIGNER_FAILED, onlyFailure(sign(odd), file));
      requireRight(file, ED25519);
    }
  }

  @Test
  void sign_interrupted_stopsAndLeavesWholeSidecars() throws Exception {
    for (int i = 0; i < 200; i++) {
      write("f" + i, "content " + i);
    }
    Thread caller = Thread.currentThread();
    AtomicBoolean interrupted = new AtomicBoolean();
    TreeSigner signer =
        new TreeSigner(
            List.of(ED25519), HashAlgorithm.SHA_256, new TreeSigner.Options(false, false, 2));
    assertThrows(
        InterruptedException.class,
        () ->
            signer.sign(
                List.of(tree),
                progress -> {
                  if (progress.filesDone() == 20 && interrupted.compareAndSet(false, true)) {
                    caller.interrupt();
                  }
                }));
    assertFalse(Thread.interrupted());
    try (Stream<Path> paths = Files.list(tree)) {
      for (Path path : paths.toList()) {
        if (path.toString().endsWith(Sidecar.SUFFIX)) {
          String name = path.getFileName().toString();
          requireRight(path.resolveSibling(name.substring(0, name.length() - 5)), ED25519);
        } else {
          assertTrue(path.getFileName().toString().startsWith("f"), "no temporary file is left");
        }
      }
    }
    assertTrue(sign(ED25519).isComplete());
  }

  @Test
  void sentences_holdNoControlCharacters() throws Exception {
    Path file = write("bad\nname", "content");
    Files.write(Sidecar.pathFor(file), "the user's".getBytes(StandardCharsets.UTF_8));
    String sentence = sign(ED25519).failures().get(0).sentence();
    assertTrue(sentence.chars().noneMatch(Character::isISOControl), sentence);
  }
}
