// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a scan, of which each may add more; the newest are done first, so that few wait.
 * Whatever a step throws ends all of them, also where no memory is left.
 */
final class ScanSteps {
  private final int threads;
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private int idleThreads;
  private volatile boolean stopped;

  ScanSteps(int threads) {
    this.threads = threads;
  }

  synchronized void add(Runnable step) {
    waiting.addLast(step);
    notify();
  }

  /**
   * Does all steps.
   *
   * @throws IllegalStateException if one failed
   * @throws InterruptedException if the calling thread is interrupted
   */
  void run() throws InterruptedException {
    WorkingThreads.run(threads, "dive-scan", this::work);
  }

  /** Whether a step shall end where it is: another one failed, or the run was cancelled. */
  boolean isStopped() {
    return stopped || Thread.currentThread().isInterrupted();
  }

  private void work() {
    boolean failed = true;
    try {
      for (Runnable step = next(); step != null; step = next()) {
        step.run();
      }
      failed = false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (failed) {
        stop();
      }
    }
  }

  /** The next step; null when none is left and no other thread can add one. */
  private synchronized @Nullable Runnable next() throws InterruptedException {
    idleThreads++;
    while (waiting.isEmpty() && idleThreads < threads && !isStopped()) {
      wait();
    }
    if (waiting.isEmpty() || isStopped()) {
      notifyAll();
      return null;
    }
    idleThreads--;
    return waiting.removeLast();
  }

  private synchronized void stop() {
    stopped = true;
    notifyAll();
  }
}
