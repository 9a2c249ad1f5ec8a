// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which files have changed a moment ago. Containers answer from caches of their own for
 * some seconds (Tomcat 5, Jetty 1 by default), large files included, so that right after a change
 * nobody can tell from the file which of its contents is sent; and a file that is being written
 * changes all the time, so that hashing it is in vain. Safe for use by many threads.
 */
final class RecentChanges {
  /** Longer than the containers' caches. */
  static final Duration SETTLING_TIME = Duration.ofSeconds(10);

  private record State(long size, FileTime modified, @Nullable Object fileKey) {}

  private record Seen(State state, boolean hasChanged, long atNanos) {}

  private final LongSupplier nanoTime;
  private final Cache<Path, Seen> seen;

  /**
   * Nothing seen yet.
   *
   * @param files how many files are remembered
   */
  RecentChanges(long files, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.seen = Caffeine.newBuilder().maximumSize(files).build();
  }

  /** Changes how many files are remembered. */
  void resize(long files) {
    seen.policy().eviction().orElseThrow().setMaximum(files);
  }

  /**
   * Whether the file was seen to change less than {@link #SETTLING_TIME} ago. A file seen for the
   * first time has not: the container cannot have sent it before.
   *
   * @param attributes the file's present ones
   */
  boolean include(Path file, BasicFileAttributes attributes) {
    State state = new State(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey());
    Seen known = seen.getIfPresent(file);
    if (known != null && known.state().equals(state)) {
      return known.hasChanged() && nanoTime.getAsLong() - known.atNanos() < SETTLING_TIME.toNanos();
    }
    seen.put(file, new Seen(state, known != null, nanoTime.getAsLong()));
    return known != null;
  }
}
