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

  private static Duration time(Instant now, Instant until) {
    Duration time = Duration.between(now, until);
    return time.isNegative() ? Duration.ZERO : time;
  }
}
