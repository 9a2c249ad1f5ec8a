// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Repeats a check in a thread of its own, which begins with {@link #start}, and remembers the
 * latest report. Safe for use by many threads.
 */
public final class PeriodicCheck implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PeriodicCheck.class);

  private static final long CLOSE_SECONDS = 5;

  private final String name;
  private final Supplier<CheckReport> check;
  private final Consumer<CheckReport> listener;
  private final ScheduledExecutorService executor;
  private volatile @Nullable CheckReport latest;
  private volatile @Nullable CheckReport untold;
  private volatile boolean closed;

  /**
   * A check that has not run yet.
   *
   * @param name names the thread and stands in log lines
   * @param listener told of each report, on the thread that ran the check
   */
  public PeriodicCheck(String name, Supplier<CheckReport> check, Consumer<CheckReport> listener) {
    this.name = requireNonNull(name, "name");
    this.check = requireNonNull(check, "check");
    this.listener = requireNonNull(listener, "listener");
    this.executor =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "dive-" + name);
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Runs the check now, on the calling thread. */
  public CheckReport runNow() {
    CheckReport report = check.get();
    tell(report);
    return report;
  }

  /**
   * Runs the check before it is started, on the calling thread. The report is the {@link #latest}
   * one, of which the listener is told by {@link #start}: whoever is refused by it has told nobody.
   */
  public CheckReport runAhead() {
    CheckReport report = check.get();
    latest = report;
    untold = report;
    return report;
  }

  /** Goes on where an earlier check of the same has ended: its latest report is now this one's. */
  public void continueAfter(PeriodicCheck earlier) {
    latest = earlier.latest;
  }

  private void tell(CheckReport report) {
    latest = report;
    listener.accept(report);
  }

  /**
   * Runs the check again and again, and tells the listener of a run ahead of the start.
   *
   * @param initialDelay until the first run, zero for at once
   * @param interval from the end of one run to the start of the next, positive
   */
  @SuppressWarnings("FutureReturnValueIgnored") // runLogged sees every exception itself
  public void start(Duration initialDelay, Duration interval) {
    CheckReport ahead = untold;
    untold = null;
    if (ahead != null) {
      listener.accept(ahead);
    }
    executor.scheduleWithFixedDelay(
        this::runLogged, initialDelay.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void runLogged() {
    try {
      CheckReport report = check.get();
      // What an interrupted run reports is about the interruption.
      if (!closed) {
        tell(report);
      }
    } catch (RuntimeException e) {
      // The executor would silently drop a check that throws.
      LOG.error("The {} check failed by itself; it will be tried again", name, e);
    }
  }

  /** The latest report; empty before the first run has ended. */
  public Optional<CheckReport> latest() {
    return Optional.ofNullable(latest);
  }

  /** Stops repeating; a run under way is interrupted, and a moment is given to its end. */
  @Override
  public void close() {
    closed = true;
    executor.shutdownNow();
    try {
      if (!executor.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("The {} check does not end", name);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
