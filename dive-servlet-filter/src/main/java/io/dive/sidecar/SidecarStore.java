// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/**
 * Where signatures are kept that were made before the request. Operators may bring their own.
 * Implementations are safe for use by many threads, answer without throwing, and are cheap: they
 * stand on the path of every request.
 */
public interface SidecarStore {
  /** The answer of a store. */
  sealed interface Outcome permits Found, Absent, Unusable {}

  /** There are signatures. Whether they fit the file is for {@link FreshnessGuard} to say. */
  record Found(StoredSignatures signatures) implements Outcome {
    /** No component may be null. */
    public Found {
      requireNonNull(signatures, "signatures");
    }
  }

  /** The store has no signatures for the file, or none for the configured revisions. */
  record Absent() implements Outcome {}

  /**
   * The signatures stored for a regular file.
   *
   * @param file the file to be served
   * @param attributes the file's own, just read by the caller with {@link FileAttributes#read}
   */
  Outcome find(Path file, BasicFileAttributes attributes);

  /**
   * The file on disk from which the answer for a file is; health looks whether it has changed since
   * the file was found not to be what was signed. Empty where there is no such file.
   */
  default Optional<Path> source(Path file) {
    return Optional.empty();
  }
}
