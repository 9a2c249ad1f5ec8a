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
import io.dive.protocol.Bytes;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.RawPublicKey;
import io.dive.sidecar.SigningSummary.Failure;
import io.dive.sidecar.SigningSummary.Reason;
import io.dive.sign.BodyDigester;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeSignerTest {
  private Path tree;
  private Path elsewhere;

  @BeforeEach
  void createTree(@TempDir Path directory) throws IOException {
    tree = Files.createDirectories(directory.resolve("tree"));
    elsewhere = Files.createDirectories(directory.resolve("elsewhere"));
  }

  private SigningSummary sign(Signer... signers) throws InterruptedException {
    return sign(new TreeSigner.Options(false, false, 2), signers);
  }

  private SigningSummary sign(TreeSigner.Options options, Signer... signers)
      throws InterruptedException {
    return new TreeSigner(List.of(signers), HashAlgorithm.SHA_256, options)
        .sign(List.of(tree), SigningProgress.NONE);
  }

  private Path write(String name, String content) throws IOException {
    Path file = tree.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }

  private static Sidecar sidecarOf(Path file) throws IOException {
    return assertInstanceOf(
        Sidecar.class, Sidecar.parse(Files.readAllBytes(Sidecar.pathFor(file))), file.toString());
  }

  private static void requireRight(Path file, Signer... signers) throws IOException {
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

  private static Reason onlyFailure(SigningSummary summary, Path path) {
    assertEquals(List.of(path), summary.failures().stream().map(Failure::path).toList());
    assertFalse(summary.isComplete());
    return summary.failures().get(0).reason();
  }

  /** Lets the clock of the file system move on, as it has when files are older than a tick. */
  private void awaitTick() throws IOException {
    Path probe = elsewhere.resolve("probe");
    FileTime start = Files.getLastModifiedTime(Files.writeString(probe, "x"));
    while (Files.getLastModifiedTime(Files.writeString(probe, "x")).compareTo(start) <= 0) {
      Thread.onSpinWait();
    }
  }

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
  void sign_nameWithoutRoomForTheSuffix_isAFailureOfThatFileOnly() throws Exception {
    Path longName = write("x".repeat(253), "content");
    Path file = write("file", "content");
    assertEquals(Reason.PLACE_TAKEN, onlyFailure(sign(ED25519), longName));
    requireRight(file, ED25519);
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
  void sign_fileThatChangesWhileItIsRead_isTriedTwiceThenReported() throws Exception {
    Path file = write("file", "content");
    AtomicInteger reads = new AtomicInteger();
    FileSigning signing = new FileSigning(List.of(ED25519), HashAlgorithm.SHA_256, false);
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
  void sentences_holdNoControlCharacters() throws Exception {
    Path file = write("bad\nname", "content");
    Files.write(Sidecar.pathFor(file), "the user's".getBytes(StandardCharsets.UTF_8));
    String sentence = sign(ED25519).failures().get(0).sentence();
    assertTrue(sentence.chars().noneMatch(Character::isISOControl), sentence);
  }

  @Test
  void options_withoutThreads_refused() {
    assertThrows(IllegalArgumentException.class, () -> new TreeSigner.Options(false, false, 0));
  }
}
