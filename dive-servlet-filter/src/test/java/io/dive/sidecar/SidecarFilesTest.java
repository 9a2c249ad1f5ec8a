// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static io.dive.sidecar.SampleKeys.BOTH;
import static io.dive.sidecar.SampleKeys.ED25519;
import static io.dive.sidecar.SampleKeys.ED25519_OTHER;
import static io.dive.sidecar.SampleKeys.ED448;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dive.protocol.FieldNames;
import io.dive.protocol.HeaderField;
import io.dive.protocol.ProtocolVersion;
import io.dive.sidecar.SidecarStore.Absent;
import io.dive.sidecar.SidecarStore.Found;
import io.dive.sidecar.SidecarStore.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SidecarFilesTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  private Path directory;
  private Path file;
  private final List<Unusable> heard = new CopyOnWriteArrayList<>();
  private final SidecarListener listener =
      new SidecarListener() {
        @Override
        public void unusable(Path source, Unusable verdict) {
          heard.add(verdict);
        }
      };
  private final UnusableSidecars unusable = new UnusableSidecars(Clock.fixed(NOW, ZoneOffset.UTC));
  private final SidecarFiles store = new SidecarFiles(BOTH, 100, listener, unusable);

  @BeforeEach
  void createFile(@TempDir Path fresh) throws IOException {
    directory = fresh;
    file = Files.writeString(directory.resolve("file.bin"), "hello\n");
  }

  private Outcome find() throws IOException {
    return find(file);
  }

  private Outcome find(Path path) throws IOException {
    return store.find(path, FileAttributes.read(file));
  }

  private UnusableReason reason() throws IOException {
    return assertInstanceOf(Unusable.class, find()).reason();
  }

  @Test
  void find_noSidecar_absent() throws Exception {
    assertInstanceOf(Absent.class, find());
  }

  @Test
  void find_sidecar_givesSizeKeysAndReadyFields() throws Exception {
    SampleKeys.writeSidecar(file, ED25519, ED448);
    StoredSignatures found = assertInstanceOf(Found.class, find()).signatures();
    assertEquals(OptionalLong.of(6), found.fileSize());
    assertEquals(
        List.of(ED25519.publicKey(), ED448.publicKey()), List.copyOf(found.publicKeys().values()));
    assertEquals(
        SampleKeys.sign("hello\n".getBytes(UTF_8), ED25519, ED448).fields(BOTH), found.fields());
    assertSame(found, assertInstanceOf(Found.class, find()).signatures());
  }

  @Test
  void find_oneDraftConfigured_givesItsFieldsOnly() throws Exception {
    SampleKeys.writeSidecar(file, ED25519);
    SidecarFiles draft00 = new SidecarFiles(Set.of(ProtocolVersion.DRAFT_00), 1, listener);
    Outcome outcome = draft00.find(file, FileAttributes.read(file));
    assertEquals(
        List.of(FieldNames.DIVE_SIG),
        assertInstanceOf(Found.class, outcome).signatures().fields().stream()
            .map(HeaderField::name)
            .toList());
  }

  @Test
  void find_changeOnDisk_countsFromTheNextLookUp() throws Exception {
    SampleKeys.writeSidecar(file, ED25519);
    assertEquals(Set.of(ED25519.key()), keys());
    Path sidecar = Sidecar.pathFor(file);
    // Same size and modification time, by rename: the file key tells.
    FileTime before = Files.getLastModifiedTime(sidecar);
    Path renamed = directory.resolve("new");
    byte[] other = SampleKeys.sidecar("hello\n".getBytes(UTF_8), ED25519_OTHER).serialize();
    Files.setLastModifiedTime(Files.write(renamed, other), before);
    Files.move(renamed, sidecar, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    assertEquals(Set.of(ED25519_OTHER.key()), keys());
    // In place: the modification time tells.
    SampleKeys.writeSidecar(file, ED25519);
    Files.setLastModifiedTime(
        sidecar, FileTime.from(before.toInstant().plus(Duration.ofSeconds(5))));
    assertEquals(Set.of(ED25519.key()), keys());
    Files.delete(sidecar);
    assertInstanceOf(Absent.class, find());
    SampleKeys.writeSidecar(file, ED25519, ED448);
    assertEquals(Set.of(ED25519.key(), ED448.key()), keys());
  }

  private Set<io.dive.protocol.KeyReference> keys() throws IOException {
    return assertInstanceOf(Found.class, find()).signatures().publicKeys().keySet();
  }

  @Test
  void find_badSidecar_toldOnceForEachState() throws Exception {
    Path sidecar = Files.writeString(Sidecar.pathFor(file), "nonsense");
    for (int i = 0; i < 5; i++) {
      assertEquals(UnusableReason.NOT_JSON, reason());
    }
    assertEquals(1, heard.size());
    Files.writeString(sidecar, "{\"dive-sidecar\": 2}");
    assertEquals(UnusableReason.UNKNOWN_FORMAT, reason());
    assertEquals(UnusableReason.UNKNOWN_FORMAT, reason());
    assertEquals(2, heard.size());
    SampleKeys.writeSidecar(file, ED25519);
    assertInstanceOf(Found.class, find());
    assertEquals(2, heard.size());
  }

  private List<UnusableReason> listed() {
    return unusable.list().stream().map(UnusableSidecars.Entry::reason).toList();
  }

  @Test
  void find_badSidecar_isListedUntilItIsAnotherOrGone() throws Exception {
    Path sidecar = Files.writeString(Sidecar.pathFor(file), "nonsense");
    assertEquals(List.of(), listed(), "not asked for");
    reason();
    reason();
    assertEquals(1, unusable.list().size());
    UnusableSidecars.Entry found = unusable.list().get(0);
    assertEquals(sidecar, found.source());
    assertEquals(NOW, found.found());
    Path aside = Files.move(sidecar, directory.resolve("aside"));
    assertEquals(List.of(), listed(), "gone");
    Files.move(aside, sidecar);
    reason();
    assertEquals(List.of(UnusableReason.NOT_JSON), listed(), "the same is back");
    SampleKeys.writeSidecar(file, ED25519);
    assertEquals(List.of(), listed(), "signed again");
    Files.writeString(sidecar, "{}");
    assertEquals(UnusableReason.UNKNOWN_FORMAT, reason());
    assertEquals(List.of(UnusableReason.UNKNOWN_FORMAT), listed());
    assertEquals(2, heard.size());
  }

  @Test
  void find_manyBadSidecars_theLatestAreListed() throws Exception {
    for (int i = 0; i < 130; i++) {
      Path each = Files.writeString(directory.resolve("f" + i), "content");
      Files.writeString(Sidecar.pathFor(each), "bad");
      assertInstanceOf(Unusable.class, find(each));
    }
    List<UnusableSidecars.Entry> listed = unusable.list();
    assertEquals(100, listed.size());
    assertEquals(directory.resolve("f129.dive"), listed.get(99).source());
  }

  @Test
  void find_sidecarThatMayNotBeRead_isListedUntilItMayBe() throws Exception {
    SampleKeys.writeSidecar(file, ED25519);
    Path sidecar = Sidecar.pathFor(file);
    assumeTrue(
        Files.getFileStore(directory).supportsFileAttributeView("posix"), "no POSIX permissions");
    Files.setPosixFilePermissions(sidecar, Set.of());
    assumeTrue(!Files.isReadable(sidecar), "this user (root) may read everything");
    assertEquals(UnusableReason.UNREADABLE, reason());
    assertEquals(List.of(UnusableReason.UNREADABLE), listed());
    Files.setPosixFilePermissions(sidecar, PosixFilePermissions.fromString("rw-------"));
    assertEquals(List.of(), listed());
    assertInstanceOf(Found.class, find());
  }

  @Test
  void find_tooLargeSidecar_tooLarge() throws Exception {
    Files.write(Sidecar.pathFor(file), new byte[Sidecar.MAX_BYTES + 1]);
    assertEquals(UnusableReason.TOO_LARGE, reason());
  }

  @Test
  void find_directoryInItsPlace_notAFile() throws Exception {
    Files.createDirectory(Sidecar.pathFor(file));
    assertEquals(UnusableReason.NOT_A_FILE, reason());
  }

  @Test
  void find_sidecarThatCannotBeReached_unreadableToldOnceAndTriedAgain() throws Exception {
    Path sidecar = Sidecar.pathFor(file);
    Files.createSymbolicLink(sidecar, sidecar.getFileName());
    assertEquals(UnusableReason.UNREADABLE, reason());
    assertEquals(UnusableReason.UNREADABLE, reason());
    assertEquals(1, heard.size());
    assertEquals(List.of(UnusableReason.UNREADABLE), listed());
    Files.delete(sidecar);
    assertEquals(List.of(), listed());
    SampleKeys.writeSidecar(file, ED25519);
    assertInstanceOf(Found.class, find());
  }

  @Test
  void find_nameTooLongForASidecar_absent() throws Exception {
    assertInstanceOf(Absent.class, find(directory.resolve("x".repeat(253))));
    assertInstanceOf(Absent.class, find(directory.resolve("ä".repeat(126))));
  }

  @Test
  void find_manyAtOnce_readTheSidecarOnce() throws Exception {
    int threads = 16;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      for (int round = 0; round < 20; round++) {
        Path each = Files.writeString(directory.resolve("f" + round), "content " + round);
        boolean good = round % 2 == 0;
        if (good) {
          SampleKeys.writeSidecar(each, ED25519);
        } else {
          Files.writeString(Sidecar.pathFor(each), "bad");
        }
        heard.clear();
        CyclicBarrier barrier = new CyclicBarrier(threads);
        Callable<Outcome> look =
            () -> {
              barrier.await();
              return find(each);
            };
        List<Future<Outcome>> answers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
          answers.add(pool.submit(look));
        }
        Outcome first = answers.get(0).get();
        for (Future<Outcome> answer : answers) {
          assertSame(first, answer.get());
        }
        assertEquals(good ? Found.class : Unusable.class, first.getClass());
        assertEquals(good ? 0 : 1, heard.size());
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void find_moreSidecarsThanEntries_allAnsweredRightly() throws Exception {
    SidecarFiles small = new SidecarFiles(BOTH, 2, listener);
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 20; i++) {
        Path each = Files.writeString(directory.resolve("g" + i), "content " + i);
        SampleKeys.writeSidecar(each, ED25519);
        Outcome outcome = small.find(each, FileAttributes.read(each));
        assertEquals(
            SampleKeys.sign(Files.readAllBytes(each), ED25519),
            assertInstanceOf(Found.class, outcome).signatures().body());
      }
    }
  }
}
