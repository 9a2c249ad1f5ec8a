// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ReadScheduleTest {
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 500_000_000);
  private final ReadSchedule schedule = new ReadSchedule(1000, now::get);

  @Test
  void delay_isTheTimeThePieceShouldHaveTaken_acrossTheOverflowOfNanoTime() {
    assertEquals(500_000_000, schedule.delayNanos(500));
    now.addAndGet(200_000_000);
    assertEquals(800_000_000, schedule.delayNanos(500));
    now.addAndGet(800_000_000);
    assertEquals(1_000_000_000, schedule.delayNanos(1000));
  }

  @Test
  void delay_afterIdleTime_givesNoCredit() {
    now.addAndGet(60_000_000_000L);
    assertEquals(100_000_000, schedule.delayNanos(100));
  }

  @Test
  void rateOfNothing_refused() {
    assertThrows(IllegalArgumentException.class, () -> ReadPace.bytesPerSecond(0));
  }
}
