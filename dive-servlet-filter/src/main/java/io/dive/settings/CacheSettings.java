// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * Bounds of the caches, and how they are filled.
 *
 * @param staticEntries digests of files
 * @param signatureEntries signatures by digest
 * @param warmUpBytesPerSecond how fast the files of mode {@code static} are read after the start,
 *     at least 1; empty if they are left to the requests for them
 */
public record CacheSettings(
    int staticEntries, int signatureEntries, Optional<Long> warmUpBytesPerSecond) {
  /** Checks the numbers. */
  public CacheSettings {
    requireNotNegative(staticEntries, "staticEntries");
    requireNotNegative(signatureEntries, "signatureEntries");
    requireNonNull(warmUpBytesPerSecond, "warmUpBytesPerSecond");
    warmUpBytesPerSecond.ifPresent(
        rate -> requireNotNegative(rate - 1, "warmUpBytesPerSecond - 1"));
  }

  static void requireNotNegative(long number, String name) {
    if (number < 0) {
      throw new IllegalArgumentException(name + " is negative: " + number);
    }
  }
}
