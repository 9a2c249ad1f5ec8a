// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.check.KeyHistory;
import io.dive.settings.DiveSettings;
import io.dive.sidecar.FreshnessGuard;
import io.dive.sidecar.UnusableSidecars;
import java.time.Clock;
import java.util.function.LongSupplier;

/**
 * What was learnt about files and keys, and outlives the settings at work: which contents of files
 * the container may send, which keys were seen in DNS, the digests of files, which of them do not
 * match their sidecar, and which sidecars cannot be used.
 */
record SiteMemory(
    RecentChanges recentChanges,
    KeyHistory keyHistory,
    StaticDigests digests,
    FreshnessGuard.Settings guardSettings,
    FreshnessGuard guard,
    UnusableSidecars unusableSidecars) {
  /** Reading for comparison must not starve the downloads themselves. */
  private static final long VERIFY_BYTES_PER_SECOND = 50L << 20;

  /** Nothing learnt yet. Starts the guard. */
  static SiteMemory start(
      DiveSettings settings, ResponseMetrics metrics, Clock clock, LongSupplier nanoTime) {
    FreshnessGuard.Settings guard = guardSettings(settings);
    return new SiteMemory(
        new RecentChanges(filesRemembered(settings), nanoTime),
        new KeyHistory(),
        new StaticDigests(settings.hash(), settings.caches().staticEntries(), metrics),
        guard,
        new FreshnessGuard(guard, new SidecarMeters(metrics), clock),
        new UnusableSidecars(clock));
  }

  /**
   * As much of it as fits other settings; what does not fit starts anew. Changes nothing of this
   * one: the bounds follow with {@link #resize}.
   */
  SiteMemory carriedTo(DiveSettings settings, ResponseMetrics metrics, Clock clock) {
    FreshnessGuard.Settings wanted = guardSettings(settings);
    return new SiteMemory(
        recentChanges,
        keyHistory,
        digests.hash() == settings.hash()
            ? digests
            : new StaticDigests(settings.hash(), settings.caches().staticEntries(), metrics),
        wanted,
        wanted.equals(guardSettings)
            ? guard
            : new FreshnessGuard(wanted, new SidecarMeters(metrics), clock),
        unusableSidecars);
  }

  /** Gives the caches the bounds of the settings that are at work now. */
  void resize(DiveSettings settings) {
    recentChanges.resize(filesRemembered(settings));
    digests.resize(settings.caches().staticEntries());
  }

  private static long filesRemembered(DiveSettings settings) {
    return Math.max(settings.caches().staticEntries(), settings.sidecars().cacheEntries());
  }

  private static FreshnessGuard.Settings guardSettings(DiveSettings settings) {
    return new FreshnessGuard.Settings(
        settings.sidecars().guardMode(),
        VERIFY_BYTES_PER_SECOND,
        Math.max(1, settings.sidecars().cacheEntries()));
  }
}
