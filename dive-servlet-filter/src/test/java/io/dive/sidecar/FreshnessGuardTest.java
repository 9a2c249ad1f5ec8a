// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.HashAlgorithm;
import io.dive.sidecar.FreshnessGuard.Mode;
import io.dive.sidecar.FreshnessGuard.Settings;
import io.dive.sidecar.StaleFile.Difference;
import io.dive.sign.BodyDigester;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreshnessGuardTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  private static final SidecarStore STORE =
      new SidecarFiles(SampleKeys.BOTH, 1, SidecarListener.NONE);

  private Path directory;
  private Path file;
  private final BlockingQueue<Freshness> compared = new LinkedBlockingQueue<>();
  private final List<StaleFile> stale = new CopyOnWriteArrayList<>();
  private final SidecarListener listener =
      new SidecarListener() {
        @Override
        public void compared(Path path, Freshness freshness) {
          compared.add(freshness);
        }

        @Override
        public void stale(StaleFile found) {
          stale.add(found);
        }
      };

  @BeforeEach
  void createFile(@TempDir Path fresh) throws IOException {
    directory = fresh;
    file = Files.writeString(directory.resolve("file"), "hello\n");
  }

  private FreshnessGuard guard(Mode mode, ReadPace pace) {
    return new FreshnessGuard(
        new Settings(mode, 1, 1000), pace, listener, Clock.fixed(NOW, ZoneOffset.UTC));
  }

  private static Freshness check(FreshnessGuard guard, Path path, StoredSignatures signatures)
      throws IOException {
    return guard.check(path, FileAttributes.read(path), signatures, STORE);
  }

  private static StoredSignatures signatures(Path path) throws Exception {
    Sidecar sidecar = SampleKeys.sidecar(Files.readAllBytes(path), SampleKeys.ED25519);
    return new StoredSignatures(
        sidecar.body(),
        OptionalLong.of(sidecar.fileSize()),
        sidecar.publicKeys(),
        sidecar.body().fields(SampleKeys.BOTH));
  }

  private Freshness nextCompared() throws InterruptedException {
    Freshness next = compared.poll(1, TimeUnit.MINUTES);
    assertTrue(next != null, "the background compares nothing");
    return next;
  }

  @Test
  void size_sameSize_isTrustedWithoutReading() throws Exception {
    StoredSignatures signed = signatures(file);
    Files.writeString(file, "other\n");
    try (FreshnessGuard guard = guard(Mode.SIZE, bytes -> {})) {
      assertEquals(Freshness.ASSUMED_FRESH, check(guard, file, signed));
    }
    assertTrue(compared.isEmpty());
  }

  @Test
  void everyMode_otherSize_isStaleAtOnceAndToldOnce() throws Exception {
    StoredSignatures signed = signatures(file);
    Files.writeString(file, "longer than before\n");
    for (Mode mode : Mode.values()) {
      stale.clear();
      try (FreshnessGuard guard = guard(mode, bytes -> {})) {
        assertEquals(Freshness.STALE, check(guard, file, signed));
        assertEquals(Freshness.STALE, check(guard, file, signed));
        assertEquals(List.of(new StaleFile(file, Difference.SIZE, NOW)), stale);
        assertEquals(stale, guard.staleFiles());
        assertEquals(1, guard.staleCount());
      }
    }
    assertTrue(compared.isEmpty());
  }

  @Test
  void background_assumesFreshUntilHashedOnce() throws Exception {
    Semaphore mayRead = new Semaphore(0);
    StoredSignatures signed = signatures(file);
    try (FreshnessGuard guard = guard(Mode.BACKGROUND, bytes -> mayRead.acquire())) {
      assertEquals(Freshness.ASSUMED_FRESH, check(guard, file, signed));
      assertEquals(Freshness.ASSUMED_FRESH, check(guard, file, signed));
      mayRead.release();
      assertEquals(Freshness.FRESH, nextCompared());
      assertEquals(Freshness.FRESH, check(guard, file, signed));
      assertEquals(Freshness.FRESH, check(guard, file, signed));
    }
    assertTrue(compared.isEmpty(), "hashed once only");
    assertTrue(stale.isEmpty());
  }

  @Test
  void background_changedFileOfTheSameSize_becomesStale_andRecoversWhenRestored() throws Exception {
    Semaphore mayRead = new Semaphore(0);
    StoredSignatures signed = signatures(file);
    Files.writeString(file, "other\n");
    try (FreshnessGuard guard = guard(Mode.BACKGROUND, bytes -> mayRead.acquire())) {
      assertEquals(Freshness.ASSUMED_FRESH, check(guard, file, signed));
      mayRead.release();
      assertEquals(Freshness.STALE, nextCompared());
      assertEquals(Freshness.STALE, check(guard, file, signed));
      assertEquals(List.of(new StaleFile(file, Difference.DIGEST, NOW)), guard.staleFiles());
      assertEquals(stale, guard.staleFiles());
      // Signed anew: the same state of the file, another digest.
      StoredSignatures renewed = signatures(file);
      assertEquals(Freshness.ASSUMED_FRESH, check(guard, file, renewed));
      mayRead.release();
      assertEquals(Freshness.FRESH, nextCompared());
      assertTrue(guard.staleFiles().isEmpty());
      assertEquals(1, guard.staleCount());
    }
  }

  @Test
  void staleFiles_leavesOutWhatChangedOrWentSince() throws Exception {
    Path second = Files.writeString(directory.resolve("second"), "longer than signed\n");
    Path third = Files.writeString(directory.resolve("third"), "longer than signed\n");
    StoredSignatures signed = signatures(file);
    try (FreshnessGuard guard = guard(Mode.SIZE, bytes -> {})) {
      Files.writeString(file, "longer than signed\n");
      for (Path path : List.of(file, second, third)) {
        assertEquals(Freshness.STALE, check(guard, path, signed));
      }
      Files.delete(second);
      Files.writeString(third, "x");
      assertEquals(List.of(file), guard.staleFiles().stream().map(StaleFile::file).toList());
    }
  }

  @Test
  void staleFiles_leavesOutWhatWasSignedAgainUnlessTheOldSidecarComesBack() throws Exception {
    Path sidecar = Sidecar.pathFor(file);
    byte[] old = SampleKeys.sidecar(Files.readAllBytes(file), SampleKeys.ED25519).serialize();
    for (String changed : List.of("other\n", "longer than signed\n")) {
      Files.writeString(file, "hello\n");
      StoredSignatures signed = signatures(file);
      Files.write(sidecar, old);
      Files.writeString(file, changed);
      try (FreshnessGuard guard = guard(Mode.FIRST, bytes -> {})) {
        assertEquals(Freshness.STALE, check(guard, file, signed));
        assertEquals(1, guard.staleFiles().size());
        SampleKeys.writeSidecar(file, SampleKeys.ED25519, SampleKeys.ED448);
        assertEquals(List.of(), guard.staleFiles());
        Files.write(sidecar, old);
        assertEquals(Freshness.STALE, check(guard, file, signed));
        assertEquals(1, guard.staleFiles().size());
        Files.setLastModifiedTime(sidecar, FileTime.from(NOW));
        assertEquals(Freshness.STALE, check(guard, file, signed));
        assertEquals(1, guard.staleFiles().size(), "asked for before health was");
        Files.delete(sidecar);
        assertEquals(List.of(), guard.staleFiles());
      }
    }
  }

  @Test
  void background_signedAgainWhileItIsHashed_isNotListed() throws Exception {
    Semaphore mayRead = new Semaphore(0);
    StoredSignatures signed = signatures(file);
    SampleKeys.writeSidecar(file, SampleKeys.ED25519);
    Files.writeString(file, "other\n");
    try (FreshnessGuard guard = guard(Mode.BACKGROUND, bytes -> mayRead.acquire())) {
      assertEquals(Freshness.ASSUMED_FRESH, check(guard, file, signed));
      SampleKeys.writeSidecar(file, SampleKeys.ED25519, SampleKeys.ED448);
      mayRead.release();
      assertEquals(Freshness.STALE, nextCompared());
      assertEquals(List.of(), guard.staleFiles());
    }
  }

  @Test
  void staleFiles_areBounded() throws Exception {
    StoredSignatures signed = signatures(file);
    try (FreshnessGuard guard = guard(Mode.SIZE, bytes -> {})) {
      for (int i = 0; i < 130; i++) {
        check(guard, Files.writeString(directory.resolve("f" + i), "longer than that"), signed);
      }
      assertEquals(130, guard.staleCount());
      List<StaleFile> listed = guard.staleFiles();
      assertEquals(100, listed.size());
      assertEquals(directory.resolve("f129"), listed.get(99).file());
    }
  }

  @Test
  void first_waitsForTheOneHash() throws Exception {
    Path changed = Files.writeString(directory.resolve("changed"), "12345\n");
    StoredSignatures signed = signatures(file);
    int threads = 8;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try (FreshnessGuard guard = guard(Mode.FIRST, bytes -> {})) {
      for (Path path : List.of(file, changed)) {
        CyclicBarrier barrier = new CyclicBarrier(threads);
        List<Future<Freshness>> answers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
          answers.add(
              pool.submit(
                  () -> {
                    barrier.await();
                    return check(guard, path, signed);
                  }));
        }
        for (Future<Freshness> answer : answers) {
          assertEquals(path.equals(file) ? Freshness.FRESH : Freshness.STALE, answer.get());
        }
      }
    } finally {
      pool.shutdownNow();
    }
    assertEquals(List.of(Freshness.FRESH, Freshness.STALE), List.copyOf(compared));
  }

  @Test
  void first_stateThatIsGoneBeforeHashing_isUndecidedAndNotRemembered() throws Exception {
    StoredSignatures signed = signatures(file);
    try (FreshnessGuard guard = guard(Mode.FIRST, bytes -> {})) {
      BasicFileAttributes old = FileAttributes.read(file);
      Path aside = Files.move(file, directory.resolve("aside"));
      assertEquals(Freshness.UNDECIDED, guard.check(file, old, signed, STORE));
      Files.writeString(file, "hello\n");
      assertEquals(Freshness.UNDECIDED, guard.check(file, old, signed, STORE));
      Files.move(aside, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      assertEquals(Freshness.FRESH, guard.check(file, FileAttributes.read(file), signed, STORE));
    }
    assertTrue(stale.isEmpty());
  }

  @Test
  void background_fileReplacedWhileItIsRead_isNeitherFreshNorStale() throws Exception {
    StoredSignatures signed = signatures(file);
    ReadPace replacing = bytes -> replace(directory, file);
    try (FreshnessGuard guard = guard(Mode.BACKGROUND, replacing)) {
      assertEquals(Freshness.ASSUMED_FRESH, check(guard, file, signed));
      assertEquals(Freshness.UNDECIDED, nextCompared());
      assertEquals(Freshness.ASSUMED_FRESH, check(guard, file, signed));
      assertEquals(Freshness.UNDECIDED, nextCompared());
    }
    assertTrue(stale.isEmpty());
  }

  private static void replace(Path directory, Path file) {
    try {
      Path other = Files.createTempFile(directory, "other", "");
      Files.writeString(other, "other\n");
      Files.move(other, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void background_failingRead_doesNotEndTheWatch() throws Exception {
    Path second = Files.writeString(directory.resolve("second"), "second\n");
    StoredSignatures signed = signatures(file);
    StoredSignatures signedSecond = signatures(second);
    Semaphore firstFails = new Semaphore(1);
    ReadPace failing =
        bytes -> {
          if (firstFails.tryAcquire()) {
            throw new IllegalStateException("odd file");
          }
        };
    try (FreshnessGuard guard = guard(Mode.BACKGROUND, failing)) {
      check(guard, file, signed);
      assertEquals(Freshness.UNDECIDED, nextCompared());
      check(guard, second, signedSecond);
      assertEquals(Freshness.FRESH, nextCompared());
    }
  }

  @Test
  void noSizeKnown_digestDecides() throws Exception {
    StoredSignatures sized = signatures(file);
    StoredSignatures unsized =
        new StoredSignatures(
            sized.body(), OptionalLong.empty(), sized.publicKeys(), sized.fields());
    Files.writeString(file, "of another size\n");
    try (FreshnessGuard guard = guard(Mode.FIRST, bytes -> {})) {
      assertEquals(Freshness.STALE, check(guard, file, unsized));
      assertEquals(Difference.DIGEST, stale.get(0).difference());
    }
  }

  @Test
  void close_endsTheThreadEvenWhileItReads_andCheckGoesOnAnswering() throws Exception {
    Semaphore reading = new Semaphore(0);
    StoredSignatures signed = signatures(file);
    FreshnessGuard guard =
        guard(
            Mode.BACKGROUND,
            bytes -> {
              reading.release();
              new Semaphore(0).acquire();
            });
    check(guard, file, signed);
    assertTrue(reading.tryAcquire(1, TimeUnit.MINUTES));
    List<Thread> before = guardThreads();
    assertTrue(before.stream().allMatch(Thread::isDaemon));
    guard.close();
    assertFalse(before.isEmpty());
    assertTrue(guardThreads().isEmpty());
    assertEquals(Freshness.ASSUMED_FRESH, check(guard, file, signed));
  }

  private static List<Thread> guardThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("dive-freshness"))
        .toList();
  }

  @Test
  void interruptedRequest_isUndecidedAndStaysInterrupted() throws Exception {
    StoredSignatures signed = signatures(file);
    try (FreshnessGuard guard = guard(Mode.FIRST, bytes -> {})) {
      BasicFileAttributes attributes = FileAttributes.read(file);
      Thread.currentThread().interrupt();
      assertEquals(Freshness.UNDECIDED, guard.check(file, attributes, signed, STORE));
      assertTrue(Thread.interrupted());
      assertEquals(Freshness.FRESH, guard.check(file, attributes, signed, STORE));
    }
  }

  @Test
  void publicGuard_hashesALargeFileAtItsRate() throws Exception {
    Path large = directory.resolve("large");
    Files.write(large, new byte[3_000_000]);
    StoredSignatures signed = signatures(large);
    Settings settings = new Settings(Mode.BACKGROUND, Long.MAX_VALUE, 10);
    try (FreshnessGuard guard = new FreshnessGuard(settings, listener, Clock.systemUTC())) {
      check(guard, large, signed);
      assertEquals(Freshness.FRESH, nextCompared());
    }
  }

  @Test
  void hasher_growingFile_isNotReadForEver() throws Exception {
    FileState state = FileState.read(file);
    ReadPace growing =
        bytes -> {
          try {
            Files.writeString(file, "more\n", java.nio.file.StandardOpenOption.APPEND);
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        };
    assertEquals(
        Optional.empty(), new FileHasher(4).hash(file, state, HashAlgorithm.SHA_256, growing));
  }

  @Test
  void hasher_everyAlgorithm_isTheDigestOfTheContent() throws Exception {
    byte[] content = new byte[10_000];
    new java.util.Random(1).nextBytes(content);
    Files.write(file, content);
    for (HashAlgorithm algorithm : HashAlgorithm.values()) {
      assertEquals(
          Optional.of(BodyDigester.digest(algorithm, content)),
          new FileHasher(777).hash(file, FileState.read(file), algorithm, ReadPace.UNLIMITED));
    }
  }

  @Test
  void settingsAndModes_areChecked() {
    assertThrows(IllegalArgumentException.class, () -> new Settings(Mode.SIZE, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> new Settings(Mode.SIZE, 1, 0));
    for (Mode mode : Mode.values()) {
      assertEquals(Optional.of(mode), Mode.fromToken(mode.token()));
    }
    assertEquals(Optional.empty(), Mode.fromToken("Size"));
  }
}
