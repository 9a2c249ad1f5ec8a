// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Slows down, or counts, the reading of files; called after each piece. */
interface ReadPace {
  /** Reads as fast as the disk gives. */
  ReadPace UNLIMITED = bytes -> {};

  /**
   * Called after a piece was read; may wait.
   *
   * @throws InterruptedException if the thread is to stop reading
   */
  void read(int bytes) throws InterruptedException;

  /** At most so many bytes per second on average. For one thread. */
  static ReadPace bytesPerSecond(long rate) {
    Schedule schedule = new Schedule(rate, System::nanoTime);
    return bytes -> TimeUnit.NANOSECONDS.sleep(schedule.delayNanos(bytes));
  }

  /** When the next piece may be read, without credit for time in which nothing was read. */
  final class Schedule {
    private static final double NANOS_PER_SECOND = 1e9;

    private final long rate;
    private final LongSupplier nanoTime;
    private long readyAt;

    Schedule(long rate, LongSupplier nanoTime) {
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
}
