// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps that add others: when they end, and how. */
@Timeout(60)
class ScanStepsTest {
  private static void addTree(ScanSteps steps, int depth, AtomicInteger done) {
    steps.add(
        () -> {
          for (int i = 0; i < 3 && depth > 0; i++) {
            addTree(steps, depth - 1, done);
          }
          done.incrementAndGet();
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void run_doesEachStepOnce_andThoseThatTheyAdd(int threads) throws Exception {
    ScanSteps steps = new ScanSteps(threads);
    AtomicInteger done = new AtomicInteger();
    addTree(steps, 6, done);
    steps.run();
    assertEquals((3 * 729 - 1) / 2, done.get());
    assertFalse(steps.isStopped());
  }

  @Test
  void run_severalThreads_workAtTheSameTime() throws Exception {
    ScanSteps steps = new ScanSteps(3);
    CountDownLatch together = new CountDownLatch(3);
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < 3; i++) {
      steps.add(
          () -> {
            threads.add(Thread.currentThread());
            together.countDown();
            try {
              together.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
    }
    steps.run();
    assertEquals(3, threads.size());
  }

  @Test
  void run_stepThatFails_endsThemAll_thoseThatWaitToo() {
    ScanSteps steps = new ScanSteps(4);
    OutOfMemoryError failure = new OutOfMemoryError("for the test");
    steps.add(
        () -> {
          throw failure;
        });
    steps.add(
        () -> {
          while (!steps.isStopped()) {
            Thread.onSpinWait();
          }
        });
    IllegalStateException thrown = assertThrows(IllegalStateException.class, steps::run);
    assertSame(failure, thrown.getCause());
  }

  @Test
  void run_interrupted_waitsForTheStepUnderWay() {
    ScanSteps steps = new ScanSteps(2);
    Thread caller = Thread.currentThread();
    AtomicBoolean ended = new AtomicBoolean();
    steps.add(
        () -> {
          caller.interrupt();
          while (!steps.isStopped()) {
            Thread.onSpinWait();
          }
          ended.set(true);
        });
    assertThrows(InterruptedException.class, steps::run);
    assertTrue(ended.get());
  }
}
