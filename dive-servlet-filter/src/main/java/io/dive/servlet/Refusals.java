// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of settings that could not be put to work: why, and when they are worth another
 * try. Used by one thread at a time, but for {@link #latest}.
 */
final class Refusals {
  /** The pause before the first further try of the same content. */
  static final Duration FIRST_PAUSE = Duration.ofSeconds(10);

  /** Each pause is twice the one before, up to this one. */
  static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

  private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);

  private final ResponseMetrics metrics;
  private final Clock clock;
  private @Nullable Fingerprint content;
  private @Nullable Object reason;
  private Duration pause = FIRST_PAUSE;
  private volatile @Nullable Refusal latest;

  /**
   * Settings that are not at work because they cannot be.
   *
   * @param at when they were tried last
   */
  record Refusal(Instant at, ErrorCode code, String message) {}

  /** None yet. */
  Refusals(ResponseMetrics metrics, Clock clock) {
    this.metrics = metrics;
    this.clock = clock;
  }

  /** Whether a content was not tried yet, or its pause is over. */
  boolean permit(Fingerprint next) {
    Refusal refused = latest;
    if (refused == null || !next.equals(content)) {
      return true;
    }
    Duration since = Duration.between(refused.at(), clock.instant());
    return since.isNegative() || since.compareTo(pause) >= 0; // clocks are set back at times
  }

  /** A look found settings that cannot be used: told once for each content and reason. */
  void add(DiveException e, @Nullable Fingerprint tried) {
    boolean again = latest != null && tried != null && tried.equals(content);
    if (remember(e, tried) || !again) {
      tell(e);
    }
    pause = again ? longer(pause) : FIRST_PAUSE;
  }

  /** The same on demand: told each time, since somebody waits for it. */
  void addDemanded(DiveException e, @Nullable Fingerprint tried) {
    remember(e, tried);
    tell(e);
    pause = FIRST_PAUSE;
  }

  /** Whether the reason is another than before. */
  private boolean remember(DiveException e, @Nullable Fingerprint tried) {
    Object why =
        e.getCause() instanceof FailedCheck check
            ? check.findings()
            : String.valueOf(e.getMessage());
    boolean other = !why.equals(reason);
    content = tried;
    reason = why;
    latest = new Refusal(clock.instant(), e.code(), String.valueOf(e.getMessage()));
    return other;
  }

  private void tell(DiveException e) {
    metrics.reloaded(false);
    LOG.error("The changed settings are not put to work, those before stay: {}", e.getMessage());
  }

  private static Duration longer(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
  }

  /** Nothing is refused any more; whether anything was. */
  boolean clear() {
    boolean any = latest != null;
    latest = null;
    content = null;
    reason = null;
    pause = FIRST_PAUSE;
    return any;
  }

  /** Why the latest settings are not at work; empty when they are. */
  Optional<Refusal> latest() {
    return Optional.ofNullable(latest);
  }
}
