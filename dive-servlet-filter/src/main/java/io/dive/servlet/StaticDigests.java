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
import io.dive.sidecar.FileAttributes;
import io.dive.sign.BodyDigester;
import io.dive.sign.ResponseSigner;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
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
  private static final int CHUNK = 64 * 1024;

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
    Outcome outcome = hashOnce(Version.of(file, attributes));
    return outcome instanceof Hashed hashed
        ? sign(hashed.digest(), signer.orElseThrow(), attributes)
        : ((NotHashed) outcome).why();
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
  private Outcome hashOnce(Version version) {
    CompletableFuture<Outcome> present = outcomes.getIfPresent(version);
    if (present != null) {
      return present.join();
    }
    CompletableFuture<Outcome> mine = new CompletableFuture<>();
    CompletableFuture<Outcome> first = outcomes.asMap().putIfAbsent(version, mine);
    if (first != null) {
      return first.join();
    }
    Outcome result = new NotHashed(new Failed(new IllegalStateException("not computed")));
    try {
      result = hash(version);
    } finally {
      // Also after an Error: nobody may wait for ever.
      if (!(result instanceof Hashed)) {
        outcomes.asMap().remove(version, mine);
      }
      mine.complete(result);
    }
    return result;
  }

  private Outcome hash(Version version) {
    try {
      BodyDigest digest = digest(version);
      BasicFileAttributes after = FileAttributes.read(version.file());
      return Version.of(version.file(), after).equals(version)
          ? new Hashed(digest)
          : new NotHashed(new Changing());
    } catch (IOException | RuntimeException e) {
      return new NotHashed(new Failed(e));
    }
  }

  private BodyDigest digest(Version version) throws IOException {
    BodyDigester digester = new BodyDigester(hash);
    byte[] chunk = new byte[CHUNK];
    try (InputStream in = Files.newInputStream(version.file())) {
      // One byte more than expected is enough to know; a growing file must not be read for ever.
      int count = in.read(chunk);
      while (count >= 0 && digester.length() <= version.size()) {
        digester.update(chunk, 0, count);
        count = in.read(chunk);
      }
    }
    metrics.digested(digester.length());
    return digester.finish();
  }

  /** Hits, misses and evictions since the start. */
  CacheStats cacheStats() {
    return outcomes.synchronous().stats();
  }
}
