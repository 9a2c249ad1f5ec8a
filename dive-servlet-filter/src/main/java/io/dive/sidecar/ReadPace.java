// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import java.util.concurrent.TimeUnit;

/** Slows down, or counts, the reading of files; called after each piece. */
public interface ReadPace {
  /** Reads as fast as the disk gives. */
  ReadPace UNLIMITED = bytes -> {};

  /**
   * Called after a piece was read; may wait.
   *
   * @throws InterruptedException if the thread is to stop reading
   */
  void read(int bytes) throws InterruptedException;

  /**
   * At most so many bytes per second on average. For one thread.
   *
   * @param rate at least 1
   */
  static ReadPace bytesPerSecond(long rate) {
    ReadSchedule schedule = new ReadSchedule(rate, System::nanoTime);
    return bytes -> TimeUnit.NANOSECONDS.sleep(schedule.delayNanos(bytes));
  }
}
