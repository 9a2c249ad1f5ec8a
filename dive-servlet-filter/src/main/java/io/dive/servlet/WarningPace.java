// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Keeps warnings that requests trigger to one in ten seconds. Safe for use by many threads. */
final class WarningPace {
  private static final long PAUSE = TimeUnit.SECONDS.toNanos(10);

  private final AtomicLong next = new AtomicLong(System.nanoTime());

  /** Whether a warning may be logged now. */
  boolean permits() {
    long due = next.get();
    long now = System.nanoTime();
    return now - due >= 0 && next.compareAndSet(due, now + PAUSE);
  }
}
