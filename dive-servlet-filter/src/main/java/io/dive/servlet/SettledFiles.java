// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.dive.servlet.FileSignatures.Signed;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The files of one host that went out as the container sends them ({@link DirectAnswers}), so that
 * the next request for one costs one look at the file and nothing else. What was found out about
 * the rest of it, the sidecar above all, holds as long as the full look at the file does, which is
 * a second. Safe for use by many threads.
 */
final class SettledFiles {
  private static final int MAX_FILES = 2_048;

  private final Cache<String, Settled> files = Caffeine.newBuilder().maximumSize(MAX_FILES).build();

  /**
   * One of them.
   *
   * @param rawUri as it was sent: other spellings of the path are looked at themselves
   * @param joining how the fields join a response; empty if they are set on it
   */
  record Settled(
      String rawUri,
      FileMapping mapping,
      FileMapping.Located located,
      FileAnswer answer,
      Signed signed,
      Optional<JoiningFields> joining) {}

  /** The file for a path; null where something about it may have changed. */
  @Nullable Settled find(String rawUri, String path) {
    Settled known = files.getIfPresent(path);
    return known != null
            && known.rawUri().equals(rawUri)
            && known.mapping().isStillSo(known.located())
        ? known
        : null;
  }

  /** Remembers a file that was looked up and is about to be sent directly. */
  void keep(String path, Settled settled) {
    files.put(path, settled);
  }
}
