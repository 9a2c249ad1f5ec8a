// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The threads of a part of a signing run, which do not outlive it. An executor could lose one, and
 * be waited for in vain, when the memory runs out.
 */
final class WorkingThreads {
  private WorkingThreads() {}

  /** One of them. Its fields are for others once it has ended. */
  private static final class Worker extends Thread {
    private final Runnable work;
    private boolean succeeded;
    private @Nullable Throwable failure;

    Worker(Runnable work, String name) {
      super(name);
      this.work = work;
      setDaemon(true);
    }

    @Override
    public void run() {
      try {
        work.run();
        succeeded = true;
      } catch (Throwable e) { // the end of the thread
        failure = e;
      }
    }
  }

  /**
   * Has several threads do the same, and waits for all of them.
   *
   * @param work ends soon when its thread is interrupted
   * @throws IllegalStateException if one failed
   * @throws InterruptedException if the calling thread is interrupted
   */
  static void run(int count, String name, Runnable work) throws InterruptedException {
    List<Worker> workers =
        IntStream.rangeClosed(1, count)
            .mapToObj(number -> new Worker(work, name + "-" + number))
            .toList();
    try {
      workers.forEach(Thread::start);
      for (Worker worker : workers) {
        worker.join();
      }
    } finally {
      workers.forEach(Thread::interrupt);
      awaitEnd(workers);
    }
    for (Worker worker : workers) {
      if (!worker.succeeded) {
        throw new IllegalStateException("a thread " + name + " failed", worker.failure);
      }
    }
  }

  /** No thread may look or write after the run has returned. */
  private static void awaitEnd(List<Worker> workers) {
    boolean interrupted = false;
    for (Worker worker : workers) {
      while (worker.isAlive()) {
        try {
          worker.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
