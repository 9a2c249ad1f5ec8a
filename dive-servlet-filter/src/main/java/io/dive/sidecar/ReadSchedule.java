// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import java.util.function.LongSupplier;

/** When the next piece may be read, without credit for time in which nothing was read. */
final class ReadSchedule {
  private static final double NANOS_PER_SECOND = 1e9;

  private final long rate;
  private final LongSupplier nanoTime;
  private long readyAt;

  ReadSchedule(long rate, LongSupplier nanoTime) {
    if (rate < 1) {
      throw new IllegalArgumentException("a rate of " + rate + " bytes per second");
    }
    this.rate = rate;
    this.nanoTime = nanoTime;
    this.readyAt = nanoTime.getAsLong();
  }

  /** How long to wait after a piece, in nanoseconds. */
  long delayNanos(int bytes) {
    long now = nanoTime.getAsLong();
    long from = readyAt - now > 0 ? readyAt : now;
    readyAt = from + (long) (bytes * NANOS_PER_SECOND / rate);
    return readyAt - now;
  }
}
