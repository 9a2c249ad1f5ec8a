// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static io.dive.settings.CacheSettings.requireNotNegative;
import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Bounds of the bodies held back in stream mode.
 *
 * @param memoryBytes kept in memory per response, the rest goes to a temporary file
 * @param limitBytes longest body that is signed
 * @param tempDirectory empty for the system's
 * @param tempSpaceBytes all temporary files together
 * @param knownEntries how many bodies' digests are remembered by URL and strong ETag, so that they
 *     need not be held back again; 0 for none
 */
public record StreamSettings(
    long memoryBytes,
    long limitBytes,
    Overflow overflow,
    Optional<Path> tempDirectory,
    long tempSpaceBytes,
    long knownEntries) {
  /** Checks the numbers. */
  public StreamSettings {
    requireNotNegative(memoryBytes, "memoryBytes");
    requireNotNegative(limitBytes, "limitBytes");
    requireNonNull(overflow, "overflow");
    requireNonNull(tempDirectory, "tempDirectory");
    requireNotNegative(tempSpaceBytes, "tempSpaceBytes");
    requireNotNegative(knownEntries, "knownEntries");
  }

  /** What is sent for a body over the limit. */
  public enum Overflow {
    /** The body without signatures. */
    UNSIGNED,
    /** The body, with the fields as trailers (decision 17). */
    TRAILER,
    /** 500, or a broken connection where the body has begun. */
    FAIL
  }
}
