// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.HashAlgorithm;
import io.dive.settings.CacheSettings;
import io.dive.settings.Mode;
import io.dive.sidecar.FileAttributes;
import io.dive.sidecar.ReadPace;
import io.dive.sidecar.SigningProgress;
import io.dive.sidecar.TreeSigner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WarmUpTest extends DiveFilterSuite {
  private static final long FAST = 10L << 30;
  private static final long SLOW = 256 << 10;

  private DiveFilter filter = new DiveFilter();

  private int start(int cacheEntries, long bytesPerSecond, Mode... modes) throws Exception {
    filter =
        new DiveFilter(
            settings()
                .rule("/**", modes)
                .caches(new CacheSettings(cacheEntries, 100, Optional.of(bytesPerSecond)))
                .build(),
            new MicrometerMetrics(meters));
    FilterContainer.Running running = FilterContainer.JETTY.start(files, List.of(filter), Map.of());
    started.add(running);
    return running.port();
  }

  private Map<String, Object> health() {
    List<HealthCheck> found =
        filter.health().stream().filter(check -> check.name().equals("dive-warm-up")).toList();
    assertEquals(1, found.size());
    assertTrue(found.get(0).up());
    return found.get(0).data();
  }

  private Map<String, Object> healthAtTheEnd() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    Map<String, Object> health = health();
    while ("under way".equals(health.get("sentence")) && System.nanoTime() < deadline) {
      Thread.onSpinWait();
      health = health();
    }
    return health;
  }

  private long bytesOfAllFiles() throws IOException {
    try (var all = Files.walk(files)) {
      long bytes = 0;
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
      return bytes;
    }
  }

  @Test
  void filesOfModeStatic_areHashedBeforeAnyRequest() throws Exception {
    int port = start(100, FAST, Mode.STATIC);

    assertEquals(
        Map.of("sentence", "done", "files", 5L, "bytes", bytesOfAllFiles()), healthAtTheEnd());
    assertEquals((double) bytesOfAllFiles(), digestedBytes());
    assertSigned(get(port, "/big.bin"), big);
    assertSigned(get(port, "/sub/b%20c.txt"), Files.readAllBytes(files.resolve("sub/b c.txt")));
    assertEquals((double) bytesOfAllFiles(), digestedBytes());
  }

  @Test
  void filesWithASidecar_areLeftToIt() throws Exception {
    new TreeSigner(List.of(signer), HashAlgorithm.SHA_256, TreeSigner.Options.DEFAULT)
        .sign(List.of(files.resolve("big.bin")), SigningProgress.NONE);
    Files.delete(files.resolve("middle.bin"));
    start(100, FAST, Mode.SIDECAR, Mode.STATIC);

    // The sidecar is a file too, but none that is served.
    assertEquals(3L, healthAtTheEnd().get("files"));
    assertTrue(digestedBytes() < BIG);
  }

  @Test
  void moreFilesThanTheCacheHolds_endsThere() throws Exception {
    start(2, FAST, Mode.STATIC);

    Map<String, Object> health = healthAtTheEnd();
    assertEquals(2L, health.get("files"));
    assertTrue(String.valueOf(health.get("sentence")).contains("dive.static.cache-entries"));
  }

  @Test
  void whileItIsUnderWay_theFilterStops() throws Exception {
    start(100, SLOW, Mode.STATIC);
    assertEquals("under way", health().get("sentence"));

    started.remove(0).close();

    assertFalse(
        Thread.getAllStackTraces().keySet().stream()
            .anyMatch(thread -> thread.getName().equals("dive-warm-up")));
  }

  @Test
  void withoutTheSetting_thereIsNone() throws Exception {
    startStatic(FilterContainer.JETTY);

    assertEquals(0, digestedBytes());
  }

  /** A request for the file, from a thread of its own, as soon as the first piece was read. */
  private static final class Request {
    private final CompletableFuture<FileSignatures.Known> answer = new CompletableFuture<>();
    private final Thread thread;

    Request(StaticDigests digests, Path file, HostKeys keys) {
      thread =
          new Thread(
              () -> {
                try {
                  answer.complete(digests.find(file, FileAttributes.read(file), keys));
                } catch (IOException e) {
                  answer.completeExceptionally(e);
                }
              });
    }

    void startAndAwaitThatItWaits() {
      thread.start();
      while (thread.getState() != Thread.State.WAITING && !answer.isDone()) {
        Thread.onSpinWait();
      }
    }
  }

  private Request request(StaticDigests digests, Path file) {
    KeySets sets = new KeySets(settings().rule("/**", Mode.STATIC).build().drafts(), 10);
    return new Request(
        digests,
        file,
        new HostKeys(
            List.of(signer),
            List.of(signer),
            sets,
            settings().rule("/**", Mode.STATIC).build().drafts()));
  }

  @Test
  void aRequestForTheFileAtHand_makesItHurry() throws Exception {
    StaticDigests digests = new StaticDigests(HashAlgorithm.SHA_256, 10, ResponseMetrics.NONE);
    Path file = files.resolve("big.bin");
    Request request = request(digests, file);
    AtomicInteger paced = new AtomicInteger();

    assertTrue(
        digests.warm(
            file,
            FileAttributes.read(file),
            bytes -> {
              paced.incrementAndGet();
              request.startAndAwaitThatItWaits();
            }));

    assertInstanceOf(FileSignatures.Signed.class, request.answer.get(60, TimeUnit.SECONDS));
    assertEquals(1, paced.get());
  }

  @Test
  void aRequestForAFileThatTheWarmUpGivesUp_hashesItself() throws Exception {
    StaticDigests digests = new StaticDigests(HashAlgorithm.SHA_256, 10, ResponseMetrics.NONE);
    Path file = files.resolve("big.bin");
    Request request = request(digests, file);
    ReadPace interrupted =
        bytes -> {
          request.startAndAwaitThatItWaits();
          throw new InterruptedException("planned");
        };
    var attributes = FileAttributes.read(file);

    assertThrows(InterruptedException.class, () -> digests.warm(file, attributes, interrupted));

    assertInstanceOf(FileSignatures.Signed.class, request.answer.get(60, TimeUnit.SECONDS));
  }
}
