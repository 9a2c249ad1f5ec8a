// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class PeriodicCheckTest {
  private static final Duration OFTEN = Duration.ofMillis(1);

  private final AtomicInteger runs = new AtomicInteger();
  private final BlockingQueue<CheckReport> heard = new LinkedBlockingQueue<>();
  private volatile Optional<Thread> ranOn = Optional.empty();

  private static CheckReport report(int number) {
    return new CheckReport(Instant.ofEpochSecond(number), Duration.ZERO, List.of());
  }

  private CheckReport next() {
    ranOn = Optional.of(Thread.currentThread());
    return report(runs.incrementAndGet());
  }

  @Test
  void latest_isEmptyBeforeTheFirstRun_thenTheLast() {
    try (PeriodicCheck check = new PeriodicCheck("test", this::next, heard::add)) {
      assertEquals(Optional.empty(), check.latest());
      check.runNow();
      CheckReport second = check.runNow();
      assertEquals(Optional.of(second), check.latest());
      assertEquals(List.of(report(1), report(2)), List.copyOf(heard));
      assertEquals(Optional.of(Thread.currentThread()), ranOn);
    }
  }

  @Test
  void start_repeatsOnAThreadOfItsOwn() throws Exception {
    try (PeriodicCheck check = new PeriodicCheck("test", this::next, heard::add)) {
      check.start(Duration.ZERO, OFTEN);
      assertEquals(report(1), heard.take());
      assertEquals(report(2), heard.take());
      Thread thread = ranOn.orElseThrow();
      assertNotSame(Thread.currentThread(), thread);
      assertEquals("dive-test", thread.getName());
      assertTrue(thread.isDaemon());
    }
  }

  @Test
  void runAheadOfTheStart_isToldByTheStart() {
    try (PeriodicCheck check = new PeriodicCheck("test", this::next, heard::add)) {
      assertEquals(report(1), check.runAhead());
      assertEquals(Optional.of(report(1)), check.latest());
      assertEquals(List.of(), List.copyOf(heard));
      check.start(Duration.ofDays(1), Duration.ofDays(1));
      assertEquals(List.of(report(1)), List.copyOf(heard));
    }
  }

  @Test
  void throwingCheck_isTriedAgain() throws Exception {
    PeriodicCheck check =
        new PeriodicCheck(
            "test",
            () -> {
              CheckReport report = next();
              if (runs.get() == 1) {
                throw new IllegalStateException("the first run");
              }
              return report;
            },
            heard::add);
    try (check) {
      check.start(Duration.ZERO, OFTEN);
      assertEquals(report(2), heard.take());
    }
  }

  @Test
  void close_interruptsTheRunAndSilencesItsReport() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    PeriodicCheck check =
        new PeriodicCheck(
            "test",
            () -> {
              CheckReport report = next();
              running.countDown();
              try {
                never.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return report;
            },
            heard::add);
    check.start(Duration.ZERO, OFTEN);
    running.await();
    check.close();
    Thread thread = ranOn.orElseThrow();
    thread.join();
    assertFalse(thread.isAlive());
    assertEquals(List.of(), List.copyOf(heard), "it would be about the interruption");
    assertEquals(Optional.empty(), check.latest());
  }
}
