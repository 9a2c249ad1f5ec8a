// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
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
      Progress progress = attempted(attempt);
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

  /** Nobody answering is no reason to end. */
  private static Progress attempted(Attempt attempt) throws DiveException, InterruptedException {
    try {
      return attempt.advance();
    } catch (DiveException e) {
      if (!mayPass(e)) {
        throw e;
      }
      return Progress.awaiting(String.valueOf(e.getMessage()));
    }
  }

  /** Whether a name server was not there, which the next look may find otherwise. */
  static boolean mayPass(DiveException e) {
    return e.code() == ErrorCode.DNS_TIMEOUT || e.code() == ErrorCode.DNS_SERVER_FAILURE;
  }

  private static Duration time(Instant now, Instant until) {
    Duration time = Duration.between(now, until);
    return time.isNegative() ? Duration.ZERO : time;
  }
}
