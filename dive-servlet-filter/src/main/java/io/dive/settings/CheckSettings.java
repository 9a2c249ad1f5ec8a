// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/** The comparison of keys and DNS at the start and after it. */
public record CheckSettings(Level level, Duration interval, Duration timeout) {
  /** No component may be null. */
  public CheckSettings {
    requireNonNull(level, "level");
    requireNonNull(interval, "interval");
    requireNonNull(timeout, "timeout");
  }

  /** What an error found by the check means. */
  public enum Level {
    /** The start fails. */
    ENFORCE,
    /** It is logged. */
    WARN,
    /** There is no check. */
    OFF
  }
}
