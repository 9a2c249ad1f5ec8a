// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static io.dive.sidecar.SampleKeys.ED25519;
import static io.dive.sidecar.SampleKeys.ED25519_OTHER;
import static io.dive.sidecar.SampleKeys.ED448;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.key.Signer;
import io.dive.protocol.HashAlgorithm;
import io.dive.sign.BodyDigester;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What is signed, what is signed anew, and what a sidecar says. */
class TreeSignerTest extends TreeSignerSuite {
  @Test
  void sign_tree_everyFileHasItsSidecarOfBothDrafts() throws Exception {
    Path empty = write("empty", "");
    Path nested = write("a/b/c/file.tar.gz", "content");
    Path hidden = write(".hidden", "hidden");
    SigningSummary summary = sign(ED25519, ED448);
    assertEquals(new SigningSummary(3, 0, List.of(), List.of(), List.of(), List.of(), 13), summary);
    for (Path file : List.of(empty, nested, hidden)) {
      requireRight(file, ED25519, ED448);
    }
    assertTrue(summary.isComplete());
  }

  @Test
  void sign_thousandsOfFiles_secondRunReadsNone() throws Exception {
    int count = 2000;
    for (int i = 0; i < count; i++) {
      write("d" + i % 20 + "/f" + i, "content of file " + i);
    }
    awaitTick();
    assertEquals(count, sign(ED25519).signed());
    SigningSummary second = sign(ED25519);
    assertEquals(
        new SigningSummary(0, count, List.of(), List.of(), List.of(), List.of(), 0), second);
    requireRight(tree.resolve("d7/f1987"), ED25519);
  }

  @Test
  void sign_fileChangedWithSizeAndModificationTimeKept_isNoticed() throws Exception {
    Path file = write("file", "first");
    FileTime modified = Files.getLastModifiedTime(file);
    awaitTick();
    assertEquals(1, sign(ED25519).signed());
    Files.writeString(file, "other");
    Files.setLastModifiedTime(file, modified);
    assertEquals(1, sign(ED25519).signed());
    requireRight(file, ED25519);
  }

  @Test
  void sign_olderFileMovedInItsPlace_isNoticed() throws Exception {
    Path older = Files.writeString(elsewhere.resolve("older"), "older");
    Path file = write("file", "first");
    Files.setLastModifiedTime(older, Files.getLastModifiedTime(file));
    awaitTick();
    assertEquals(1, sign(ED25519).signed());
    Files.move(older, file, StandardCopyOption.ATOMIC_MOVE);
    assertEquals(1, sign(ED25519).signed());
    requireRight(file, ED25519);
  }

  @Test
  void sign_copiedTree_keepsSignaturesAfterHashingOnce() throws Exception {
    Path file = write("file", "content");
    awaitTick();
    sign(ED25519);
    Path copy = tree.resolve("copy");
    Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
    Files.copy(Sidecar.pathFor(file), Sidecar.pathFor(copy), StandardCopyOption.COPY_ATTRIBUTES);
    awaitTick();
    SigningSummary hashed = sign(ED25519);
    assertEquals(2, hashed.unchanged());
    assertEquals(7, hashed.bytesHashed());
    assertEquals(0, sign(ED25519).bytesHashed());
    requireRight(copy, ED25519);
  }

  @Test
  void sign_otherKeysOrHashOrForce_signsAnew() throws Exception {
    Path file = write("file", "content");
    awaitTick();
    sign(ED25519);
    assertEquals(1, sign(ED25519_OTHER, ED25519).signed());
    assertEquals(1, sign(ED25519, ED25519_OTHER).signed(), "the order counts");
    requireRight(file, ED25519, ED25519_OTHER);
    Signer renamed = SampleKeys.signer(io.dive.protocol.SignatureAlgorithm.ED25519, 1, "renamed");
    assertEquals(1, sign(renamed).signed());
    Signer sameName = SampleKeys.signer(io.dive.protocol.SignatureAlgorithm.ED25519, 8, "renamed");
    assertEquals(1, sign(sameName).signed());
    assertEquals(1, sign(sameName).unchanged());
    assertEquals(1, sign(new TreeSigner.Options(true, false, 1), sameName).signed());
    TreeSigner sha3 =
        new TreeSigner(List.of(sameName), HashAlgorithm.SHA3_256, TreeSigner.Options.DEFAULT);
    assertEquals(1, sha3.sign(List.of(tree), SigningProgress.NONE).signed());
    assertEquals(HashAlgorithm.SHA3_256, sidecarOf(file).body().digest().algorithm());
  }

  @Test
  void sign_damagedSidecar_isReplaced() throws Exception {
    Path file = write("file", "content");
    awaitTick();
    sign(ED25519);
    Path sidecar = Sidecar.pathFor(file);
    byte[] whole = Files.readAllBytes(sidecar);
    for (byte[] damaged :
        List.of(
            new byte[0],
            java.util.Arrays.copyOf(whole, whole.length / 2),
            new String(whole, UTF_8).replace("key1", "key2").getBytes(UTF_8))) {
      Files.write(sidecar, damaged);
      assertEquals(1, sign(ED25519).signed());
      requireRight(file, ED25519);
    }
  }

  @Test
  void sign_orphans_areReportedAndDeletedOnlyOnRequest() throws Exception {
    Path file = write("sub/gone", "content");
    sign(ED25519);
    Files.delete(file);
    Path orphan = Sidecar.pathFor(file);
    Path users = write("unrelated.dive", "not ours");
    SigningSummary reported = sign(ED25519);
    assertEquals(List.of(orphan), reported.orphans());
    assertTrue(Files.exists(orphan));
    SigningSummary pruned = sign(new TreeSigner.Options(false, true, 1), ED25519);
    assertEquals(List.of(orphan), pruned.pruned());
    assertEquals(List.of(), pruned.orphans());
    assertFalse(Files.exists(orphan));
    assertTrue(Files.exists(users));
  }

  @Test
  void sign_symbolicLinks_areSignedInsideAndSkippedOutside() throws Exception {
    Path file = write("release-1.0", "content");
    Path outside = Files.writeString(elsewhere.resolve("secret"), "secret");
    Path inside = Files.createSymbolicLink(tree.resolve("latest"), file.getFileName());
    Path leading = Files.createSymbolicLink(tree.resolve("out"), outside);
    Path leadingDirectory = Files.createSymbolicLink(tree.resolve("outDirectory"), elsewhere);
    Path broken = Files.createSymbolicLink(tree.resolve("broken"), tree.resolve("nothing"));
    Path loop = Files.createSymbolicLink(tree.resolve("loop"), tree);
    SigningSummary summary = sign(ED25519);
    assertEquals(2, summary.signed());
    assertEquals(Set.of(leading, leadingDirectory, broken, loop), Set.copyOf(summary.skipped()));
    requireRight(file, ED25519);
    requireRight(inside, ED25519);
    assertFalse(Files.exists(Sidecar.pathFor(outside)));
    assertTrue(Files.isRegularFile(Sidecar.pathFor(inside), LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void sign_rootThatIsALinkAFileOrNamedTwice_isSignedOnce() throws Exception {
    Path file = write("file", "content");
    Path link = Files.createSymbolicLink(elsewhere.resolve("link"), tree);
    Path single = Files.writeString(elsewhere.resolve("single"), "single");
    SigningSummary summary =
        new TreeSigner(List.of(ED25519), HashAlgorithm.SHA_256, TreeSigner.Options.DEFAULT)
            .sign(List.of(link, single, single, tree.toRealPath()), SigningProgress.NONE);
    assertEquals(2, summary.signed() + summary.unchanged());
    requireRight(file, ED25519);
    requireRight(single, ED25519);
  }

  /** As a shell does with {@code dive sign dir/*}. */
  @Test
  void sign_sidecarNamedItself_isSkippedAndNotSigned() throws Exception {
    Path file = write("file", "content");
    sign(ED25519);
    Path sidecar = Sidecar.pathFor(file);
    SigningSummary summary =
        new TreeSigner(List.of(ED25519), HashAlgorithm.SHA_256, TreeSigner.Options.DEFAULT)
            .sign(List.of(file, sidecar), SigningProgress.NONE);
    assertEquals(0, summary.signed());
    assertEquals(List.of(sidecar), summary.skipped());
    assertFalse(Files.exists(Sidecar.pathFor(sidecar)));
  }

  @Test
  void sign_sidecarIsReadableLikeItsFile() throws Exception {
    for (String permissions : List.of("rw-------", "rwxr-x---", "r--r--r--", "rw-rw-rw-")) {
      Path file = write(permissions, "content");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }
    sign(ED25519);
    assertEquals("rw-------", permissionsOf("rw-------"));
    assertEquals("rw-r-----", permissionsOf("rwxr-x---"));
    assertEquals("rw-r--r--", permissionsOf("r--r--r--"));
    assertEquals("rw-r--r--", permissionsOf("rw-rw-rw-"));
  }

  private String permissionsOf(String file) throws IOException {
    return PosixFilePermissions.toString(
        Files.getPosixFilePermissions(Sidecar.pathFor(tree.resolve(file))));
  }

  @Test
  void sign_namesOfAllKinds_areSignedAndFound() throws Exception {
    List<String> names =
        new ArrayList<>(List.of("line\nbreak", "tab\tand \"quotes\"", "-rf", " ", "a'b;c", "%00"));
    if ("UTF-8".equals(System.getProperty("sun.jnu.encoding"))) {
      names.addAll(List.of("Größe", "日本語", "🎈", "e\u0301", "\u202egnp.exe"));
    }
    for (String name : names) {
      write(name, "content of " + name);
    }
    assertEquals(names.size(), sign(ED25519).signed());
    SidecarFiles store = new SidecarFiles(SampleKeys.BOTH, 100, SidecarListener.NONE);
    for (String name : names) {
      Path file = tree.resolve(name);
      requireRight(file, ED25519);
      assertInstanceOf(
          SidecarStore.Found.class,
          store.find(
              file, Files.readAttributes(file, java.nio.file.attribute.BasicFileAttributes.class)));
    }
  }

  @Test
  void sign_largeSparseFile_isHashedWhole() throws Exception {
    Path file = tree.resolve("sparse");
    long size = 300L * 1024 * 1024;
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(size);
    }
    SigningSummary summary = sign(ED25519);
    assertEquals(size, summary.bytesHashed());
    BodyDigester expected = new BodyDigester(HashAlgorithm.SHA_256);
    byte[] zeros = new byte[1024 * 1024];
    for (int i = 0; i < 300; i++) {
      expected.update(zeros, 0, zeros.length);
    }
    assertEquals(expected.finish(), sidecarOf(file).body().digest());
    assertEquals(size, sidecarOf(file).fileSize());
  }

  @Test
  void sign_progress_endsAtTheTotals() throws Exception {
    write("a", "content");
    write("b", "x".repeat(3_000_000));
    write("c", "");
    List<SigningProgress.Snapshot> heard = new CopyOnWriteArrayList<>();
    for (int run = 0; run < 2; run++) {
      heard.clear();
      new TreeSigner(List.of(ED25519), HashAlgorithm.SHA_256, TreeSigner.Options.DEFAULT)
          .sign(List.of(tree), heard::add);
      assertEquals(
          new SigningProgress.Snapshot(3, 3, 3_000_007, 3_000_007), heard.get(heard.size() - 1));
      for (int i = 1; i < heard.size(); i++) {
        assertTrue(heard.get(i).bytesDone() >= heard.get(i - 1).bytesDone());
        assertTrue(heard.get(i).filesDone() >= heard.get(i - 1).filesDone());
      }
    }
  }

  @Test
  void noteOfTheState_isMadeOnlyWhenTheClockHasMovedOn() throws Exception {
    Path file = write("file", "content");
    awaitTick();
    sign(ED25519);
    Sidecar.SignedState state = sidecarOf(file).signedState().orElseThrow();
    assertEquals(Files.getLastModifiedTime(file).toInstant(), state.modified());
    assertTrue(
        state.changed().isBefore(Files.getLastModifiedTime(Sidecar.pathFor(file)).toInstant()));
  }

  @Test
  void options_withoutThreads_refused() {
    assertThrows(IllegalArgumentException.class, () -> new TreeSigner.Options(false, false, 0));
  }
}
