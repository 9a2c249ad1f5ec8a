// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import java.time.Duration;

/** A moment by which a piece of work with several look-ups has to be done. Immutable. */
public final class Deadline {
  private final long endNanos;

  private Deadline(long endNanos) {
    this.endNanos = endNanos;
  }

  /** The given time from now. */
  public static Deadline in(Duration time) {
    return new Deadline(System.nanoTime() + time.toNanos());
  }

  /** This moment, or the given time from now if that comes first. */
  public Deadline orIn(Duration time) {
    return remaining().compareTo(time) <= 0 ? this : in(time);
  }

  /** The time that is left, zero when there is none. */
  public Duration remaining() {
    return Duration.ofNanos(Math.max(0, endNanos - System.nanoTime()));
  }
}
