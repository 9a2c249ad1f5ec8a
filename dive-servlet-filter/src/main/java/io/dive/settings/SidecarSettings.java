// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static io.dive.settings.CacheSettings.requireNotNegative;
import static java.util.Objects.requireNonNull;

import io.dive.sidecar.FreshnessGuard;

/**
 * Signatures made beforehand.
 *
 * @param cacheEntries how many of them are remembered
 * @param serve whether the sidecar files themselves are served
 */
public record SidecarSettings(Stale stale, Verify verify, int cacheEntries, boolean serve) {
  /** Checks the number. */
  public SidecarSettings {
    requireNonNull(stale, "stale");
    requireNonNull(verify, "verify");
    requireNotNegative(cacheEntries, "cacheEntries");
  }

  /** What the guard is told. */
  public FreshnessGuard.Mode guardMode() {
    return switch (verify) {
      case BACKGROUND -> FreshnessGuard.Mode.BACKGROUND;
      case FIRST -> FreshnessGuard.Mode.FIRST;
      case SIZE -> FreshnessGuard.Mode.SIZE;
    };
  }

  /** What is sent for a file that does not match its sidecar (decision 19). */
  public enum Stale {
    /** The file without signatures. */
    UNSIGNED,
    /** The file with the signatures as they are stored. */
    SERVE,
    /** 503. */
    FAIL
  }

  /** When a file is compared with its sidecar (decision 19). */
  public enum Verify {
    /** Its digest, in the background, after the first response. */
    BACKGROUND,
    /** Its digest, before the first response. */
    FIRST,
    /** Its size only. */
    SIZE
  }
}
