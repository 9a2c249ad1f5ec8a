// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

/**
 * Bounds of the caches.
 *
 * @param staticEntries digests of files
 * @param signatureEntries signatures by digest
 */
public record CacheSettings(int staticEntries, int signatureEntries) {
  /** Checks the numbers. */
  public CacheSettings {
    requireNotNegative(staticEntries, "staticEntries");
    requireNotNegative(signatureEntries, "signatureEntries");
  }

  static void requireNotNegative(long number, String name) {
    if (number < 0) {
      throw new IllegalArgumentException(name + " is negative: " + number);
    }
  }
}
