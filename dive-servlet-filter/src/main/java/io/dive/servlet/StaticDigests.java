// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.stats.CacheStats;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyMaterialException;
import io.dive.sidecar.FileHasher;
import io.dive.sidecar.ReadPace;
import io.dive.sign.ResponseSigner;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Hashes each version of a file once, whatever hosts and keys it is signed for; those who ask
 * meanwhile wait for that one computation. A version is told by path, size, modification time and
 * file key. Safe for use by many threads.
 */
final class StaticDigests implements FileSignatures {
  private record Version(Path file, long size, FileTime modified, @Nullable Object fileKey) {
    static Version of(Path file, BasicFileAttributes attributes) {
      return new Version(
          file, attributes.size(), attributes.lastModifiedTime(), attributes.fileKey());
    }
  }

  /** What became of one version. */
  private sealed interface Outcome {}

  private record Hashed(BodyDigest digest) implements Outcome {}

  private record NotHashed(Known why) implements Outcome {}

  /** Given up by a warm-up that was stopped; who waits for it has to hash. */
  private record Abandoned() implements Outcome {}

  /** One that is under way, or was. */
  private static final class Hashing extends CompletableFuture<Outcome> {
    private volatile boolean awaited;
  }

  private final HashAlgorithm hash;
  private final ResponseMetrics metrics;
  private final AsyncCache<Version, Outcome> outcomes;

  /**
   * Digests made on request.
   *
   * @param cacheEntries how many versions are remembered
   */
  StaticDigests(HashAlgorithm hash, int cacheEntries, ResponseMetrics metrics) {
    this.hash = requireNonNull(hash, "hash");
    this.metrics = requireNonNull(metrics, "metrics");
    this.outcomes = Caffeine.newBuilder().maximumSize(cacheEntries).recordStats().buildAsync();
  }

  /** The algorithm of all digests here. */
  HashAlgorithm hash() {
    return hash;
  }

  /** Changes how many versions are remembered. */
  void resize(int cacheEntries) {
    outcomes.synchronous().policy().eviction().orElseThrow().setMaximum(cacheEntries);
  }

  /** Signed, changing or failed; absent, and not hashed, where no key signs. */
  @Override
  public Known find(Path file, BasicFileAttributes attributes, HostKeys keys) {
    Optional<ResponseSigner> signer = keys.signer();
    if (signer.isEmpty()) {
      return Absent.INSTANCE;
    }
    Version version = Version.of(file, attributes);
    Outcome outcome = new Abandoned();
    while (outcome instanceof Abandoned) {
      outcome = hashOnce(version, attributes, ReadPace.UNLIMITED);
    }
    return outcome instanceof Hashed hashed
        ? sign(hashed.digest(), signer.orElseThrow(), attributes)
        : ((NotHashed) outcome).why();
  }

  /**
   * Hashes a version ahead of requests, at a pace of its own until one waits for it.
   *
   * @return whether its digest is known now
   * @throws InterruptedException if the pace was interrupted
   */
  boolean warm(Path file, BasicFileAttributes attributes, ReadPace pace)
      throws InterruptedException {
    Outcome outcome = hashOnce(Version.of(file, attributes), attributes, pace);
    if (outcome instanceof Abandoned) {
      throw new InterruptedException("the warm-up was stopped");
    }
    return outcome instanceof Hashed;
  }

  private Known sign(BodyDigest digest, ResponseSigner signer, BasicFileAttributes attributes) {
    try {
      Optional<List<HeaderField>> known = signer.remembered(digest);
      if (known.isPresent()) {
        return new Signed(digest, known.orElseThrow(), attributes);
      }
      long start = System.nanoTime();
      List<HeaderField> fields = signer.signAndRemember(digest);
      metrics.signed(Duration.ofNanos(System.nanoTime() - start));
      return new Signed(digest, fields, attributes);
    } catch (KeyMaterialException | RuntimeException e) {
      return new Failed(e);
    }
  }

  /** Only digests are remembered. */
  private Outcome hashOnce(Version version, BasicFileAttributes attributes, ReadPace pace) {
    CompletableFuture<Outcome> present = outcomes.getIfPresent(version);
    if (present != null) {
      return await(present);
    }
    Hashing mine = new Hashing();
    CompletableFuture<Outcome> first = outcomes.asMap().putIfAbsent(version, mine);
    if (first != null) {
      return await(first);
    }
    Outcome result = new NotHashed(new Failed(new IllegalStateException("not computed")));
    try {
      result = hash(version.file(), attributes, bytes -> pace(mine, pace, bytes));
    } finally {
      // Also after an Error: nobody may wait for ever.
      if (!(result instanceof Hashed)) {
        outcomes.asMap().remove(version, mine);
      }
      mine.complete(result);
    }
    return result;
  }

  /** Waits for one that another thread makes, which has to hurry now. */
  private static Outcome await(CompletableFuture<Outcome> outcome) {
    if (!outcome.isDone() && outcome instanceof Hashing hashing) {
      hashing.awaited = true;
    }
    return outcome.join();
  }

  private static void pace(Hashing hashing, ReadPace pace, int bytes) throws InterruptedException {
    if (!hashing.awaited) {
      pace.read(bytes);
    }
  }

  private Outcome hash(Path file, BasicFileAttributes attributes, ReadPace pace) {
    try {
      Optional<BodyDigest> digest =
          FileHasher.forSize(attributes.size()).hash(file, attributes, hash, pace);
      if (digest.isEmpty()) {
        return new NotHashed(new Changing());
      }
      metrics.digested(attributes.size());
      return new Hashed(digest.orElseThrow());
    } catch (InterruptedException e) {
      return new Abandoned();
    } catch (IOException | RuntimeException e) {
      return new NotHashed(new Failed(e));
    }
  }

  /** Hits, misses and evictions since the start. */
  CacheStats cacheStats() {
    return outcomes.synchronous().stats();
  }
}
