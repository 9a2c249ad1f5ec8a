// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.dive.protocol.BodyDigest;
import io.dive.sidecar.FileAttributes;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the latest state of each file, and so which contents the container may send for it.
 * Containers answer from caches of their own for some seconds (Tomcat 5, Jetty 1 by default), large
 * files included, so that right after a change nobody can tell from the file which of its contents
 * is sent; and a file that is being written changes all the time, so that hashing it is in vain.
 * What has kept its size and modification time they take for unchanged, and send the old content
 * for ever. Safe for use by many threads.
 */
final class RecentChanges {
  /** Longer than the containers' caches. */
  static final Duration SETTLING_TIME = Duration.ofSeconds(10);

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
   * What is known of a file in its present state, which is remembered.
   *
   * @param attributes the file's present ones
   */
  Seen look(Path file, BasicFileAttributes attributes) {
    Seen known = seen.getIfPresent(file);
    return known != null && known.isOf(attributes)
        ? known
        : seen.asMap().compute(file, (path, latest) -> next(latest, attributes));
  }

  private Seen next(@Nullable Seen known, BasicFileAttributes attributes) {
    if (known != null && known.isOf(attributes)) {
      return known;
    }
    if (known == null) {
      // The container cannot have sent it before.
      return new Seen(attributes, false, false, null);
    }
    return known.isTakenFor(attributes)
        ? known.followedBy(attributes)
        : new Seen(attributes, true, false, null);
  }

  /** One state of one file. */
  final class Seen {
    private final long size;
    private final FileTime modified;
    private final @Nullable Object fileKey;
    private final boolean changed;
    private final @Nullable BodyDigest kept;
    private final long sinceNanos = nanoTime.getAsLong();
    private volatile @Nullable BodyDigest digest;
    private volatile boolean reused;
    private volatile @Nullable String sentAt;
    private volatile boolean told;

    /**
     * A state seen now.
     *
     * @param changed whether containers notice, after a while, that the file has changed
     * @param reused whether there was another state that they cannot tell from this one
     * @param kept the digest that the content had in all those other states; null if unknown
     */
    private Seen(
        BasicFileAttributes attributes,
        boolean changed,
        boolean reused,
        @Nullable BodyDigest kept) {
      this.size = attributes.size();
      this.modified = attributes.lastModifiedTime();
      this.fileKey = attributes.fileKey();
      this.changed = changed;
      this.reused = reused;
      this.kept = kept;
    }

    private boolean isOf(BasicFileAttributes attributes) {
      return size == attributes.size()
          && modified.equals(attributes.lastModifiedTime())
          && Objects.equals(fileKey, attributes.fileKey());
    }

    /** Whether containers cannot tell it from another state; Tomcat counts in milliseconds. */
    private boolean isTakenFor(BasicFileAttributes attributes) {
      return size == attributes.size()
          && modified.toMillis() == attributes.lastModifiedTime().toMillis();
    }

    /** The next state, which containers cannot tell from this one. */
    private Seen followedBy(BasicFileAttributes attributes) {
      BodyDigest latest = digest;
      if (latest != null) {
        return new Seen(attributes, false, true, latest);
      }
      if (!FileAttributes.isSameFile(fileKey, attributes.fileKey())) {
        return new Seen(attributes, false, true, null);
      }
      // Such as a change of owner right after an upload.
      return new Seen(attributes, !reused, reused, kept);
    }

    long size() {
      return size;
    }

    /** Whether the file was seen to change less than {@link #SETTLING_TIME} ago. */
    boolean isRecent() {
      return changed && !isOld();
    }

    private boolean isOld() {
      return nanoTime.getAsLong() - sinceNanos >= SETTLING_TIME.toNanos();
    }

    /**
     * Whether the container can have no other content for this state than the one with this digest.
     * A file that changed its owner, or was copied anew, has the content it had.
     *
     * @param isOfFile whether the digest was made from the file itself, and not found beside it
     */
    boolean admits(BodyDigest present, boolean isOfFile) {
      if (reused && !present.equals(kept)) {
        return false;
      }
      digest = present;
      if (isOfFile && reused) {
        reused = false;
      }
      return true;
    }

    /** Whether no digest is admitted, ever. */
    boolean admitsNone() {
      return reused && kept == null;
    }

    /** The container was seen to send a file of this length and modification time at a path. */
    void wasSent(String path) {
      sentAt = path;
    }

    /** Whether it is certain that the container has this state there, and no longer any before. */
    boolean hasSettled(String path) {
      return path.equals(sentAt) && isOld();
    }

    /** Whether the log says already that this content is not admitted. */
    boolean isTold() {
      return told;
    }

    /** The log says it. */
    void tell() {
      told = true;
    }
  }
}
