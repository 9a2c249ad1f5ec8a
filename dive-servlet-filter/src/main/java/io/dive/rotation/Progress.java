// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * How far a rotation or revocation has come.
 *
 * @param awaited what it waits for; empty when it is done
 */
public record Progress(Optional<Awaited> awaited) {
  private static final long NANOS_OF_SECOND = 1_000_000_000;

  /** Nothing is left to do. */
  static final Progress DONE = new Progress(Optional.empty());

  /**
   * Something that has to happen, or time that has to pass, before it can go on.
   *
   * @param sentence what, where, and what to do for it
   * @param until when time is all that is missing; empty when it cannot be said
   * @param isProtected whether a key to revoke is out of use already, so that only clean-up is left
   */
  public record Awaited(String sentence, Optional<Instant> until, boolean isProtected) {
    /** No component may be null. */
    public Awaited {
      requireNonNull(sentence, "sentence");
      requireNonNull(until, "until");
    }

    /** The first whole second that is not before {@link #until}, to be shown. */
    public Optional<Instant> shownUntil() {
      return until.map(Progress::wholeSecond);
    }
  }

  /** No component may be null. */
  public Progress {
    requireNonNull(awaited, "awaited");
  }

  /** The first whole second that is not before a moment: people have no use for less. */
  static Instant wholeSecond(Instant moment) {
    return moment.plusNanos(NANOS_OF_SECOND - 1).truncatedTo(ChronoUnit.SECONDS);
  }

  static Progress awaiting(String sentence) {
    return new Progress(Optional.of(new Awaited(sentence, Optional.empty(), false)));
  }

  static Progress awaiting(Instant until, String sentence) {
    return new Progress(Optional.of(new Awaited(sentence, Optional.of(until), false)));
  }

  /** What is left when a revoked key is out of use. */
  static Progress cleanUp(Optional<Instant> until, String sentence) {
    return new Progress(Optional.of(new Awaited(sentence, until, true)));
  }

  /** Whether nothing is left to do. */
  public boolean isDone() {
    return awaited.isEmpty();
  }
}
