// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import io.dive.protocol.DiveException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Repeats a piece of work until it is done. */
final class Waiting {
  private Waiting() {}

  /** One attempt. */
  @FunctionalInterface
  interface Attempt {
    Progress advance() throws DiveException, InterruptedException;
  }

  /** Attempts it once. That nobody answers, or a server lags, is something to wait for. */
  static Progress once(Attempt attempt) throws DiveException, InterruptedException {
    try {
      return attempt.advance();
    } catch (DiveException e) {
      if (!mayPass(e)) {
        throw e;
      }
      return Progress.awaiting(String.valueOf(e.getMessage()));
    }
  }

  /** Attempts it until it is done, and tells the listener what is awaited between. */
  static Progress until(RotationSetup setup, RotationSetup.Waiter waiter, Attempt attempt)
      throws DiveException, InterruptedException {
    Optional<Progress.Awaited> told = Optional.empty();
    while (true) {
      Progress progress = attempt.advance();
      if (progress.isDone()) {
        return progress;
      }
      Progress.Awaited awaited = progress.awaited().orElseThrow();
      if (!progress.awaited().equals(told)) {
        setup.listener.waiting(awaited);
        told = progress.awaited();
      }
      waiter.pause(
          awaited
              .until()
              .map(until -> time(setup.clock.instant(), until))
              .orElse(setup.pollInterval));
    }
  }

  /** Whether the next look may find it otherwise, though nobody does anything. */
  static boolean mayPass(DiveException e) {
    return switch (e.code()) {
      case DNS_TIMEOUT, DNS_SERVER_FAILURE, ROTATION_SERVERS_DIFFER -> true;
      default -> false;
    };
  }

  private static Duration time(Instant now, Instant until) {
    Duration time = Duration.between(now, until);
    return time.isNegative() ? Duration.ZERO : time;
  }
}
