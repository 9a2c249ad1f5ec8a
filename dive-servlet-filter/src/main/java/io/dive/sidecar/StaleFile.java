// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Instant;

/**
 * A served file that is not what its stored signatures were made for.
 *
 * @param found when this was found
 */
public record StaleFile(Path file, Difference difference, Instant found) {
  /** What differs. */
  public enum Difference {
    /** The size, so the digest was not looked at. */
    SIZE,
    /** The digest, at the same size. */
    DIGEST
  }

  /** No component may be null. */
  public StaleFile {
    requireNonNull(file, "file");
    requireNonNull(difference, "difference");
    requireNonNull(found, "found");
  }
}
