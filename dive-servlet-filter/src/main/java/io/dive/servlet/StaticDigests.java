// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.stats.CacheStats;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.HashAlgorithm;
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
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Hashes and signs each version of a file once; those who ask meanwhile wait for that one
 * computation. A version is told by path, size, modification time and file key. Safe for use by
 * many threads.
 */
final class StaticDigests implements FileSignatures {
  private static final int CHUNK = 64 * 1024;

  private record Version(Path file, long size, FileTime modified, @Nullable Object fileKey) {
    static Version of(Path file, BasicFileAttributes attributes) {
      return new Version(
          file, attributes.size(), attributes.lastModifiedTime(), attributes.fileKey());
    }
  }

  private final HashAlgorithm hash;
  private final ResponseSigner signer;
  private final ResponseMetrics metrics;
  private final AsyncCache<Version, Known> known;

  /** Of files that could not be signed, so that they are not hashed at every try. */
  private final Cache<Version, BodyDigest> unsigned;

  /**
   * Digests made on request.
   *
   * @param cacheEntries how many versions are remembered
   */
  StaticDigests(
      HashAlgorithm hash, ResponseSigner signer, int cacheEntries, ResponseMetrics metrics) {
    this.hash = requireNonNull(hash, "hash");
    this.signer = requireNonNull(signer, "signer");
    this.metrics = requireNonNull(metrics, "metrics");
    this.unsigned = Caffeine.newBuilder().maximumSize(cacheEntries).build();
    this.known = Caffeine.newBuilder().maximumSize(cacheEntries).recordStats().buildAsync();
  }

  /** Signed, changing or failed; only what is signed is remembered. */
  @Override
  public Known find(Path file, BasicFileAttributes attributes) {
    Version version = Version.of(file, attributes);
    CompletableFuture<Known> present = known.getIfPresent(version);
    if (present != null) {
      return present.join();
    }
    CompletableFuture<Known> mine = new CompletableFuture<>();
    CompletableFuture<Known> first = known.asMap().putIfAbsent(version, mine);
    if (first != null) {
      return first.join();
    }
    Known result = new Failed(new IllegalStateException("not computed"));
    try {
      result = signFile(version, attributes);
    } finally {
      // Also after an Error: nobody may wait for ever.
      if (!(result instanceof Signed)) {
        known.asMap().remove(version, mine);
      }
      mine.complete(result);
    }
    return result;
  }

  private Known signFile(Version version, BasicFileAttributes attributes) {
    try {
      return signOnce(version, attributes);
    } catch (IOException | KeyMaterialException | RuntimeException e) {
      return new Failed(e);
    }
  }

  private Known signOnce(Version version, BasicFileAttributes attributes)
      throws IOException, KeyMaterialException {
    BodyDigest hashed = unsigned.getIfPresent(version);
    BodyDigest digest = hashed == null ? digest(version) : hashed;
    BasicFileAttributes after = FileAttributes.read(version.file());
    if (!Version.of(version.file(), after).equals(version)) {
      return new Changing();
    }
    unsigned.put(version, digest);
    long start = System.nanoTime();
    Signed signed = new Signed(digest, signer.fields(digest), attributes);
    unsigned.invalidate(version);
    metrics.signed(Duration.ofNanos(System.nanoTime() - start));
    return signed;
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
    return known.synchronous().stats();
  }
}
