// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * The span of time in which the signatures of a zone hold (RFC 4034 §3.1.5), in whole seconds.
 * Immutable.
 *
 * @param inception first second of the span
 * @param expiration last second of the span, later than the inception
 */
public record SignatureValidity(Instant inception, Instant expiration) {

  /** Allows for resolvers whose clock runs late. */
  private static final Duration BACKDATING = Duration.ofHours(1);

  /**
   * RRSIG times are 32-bit serial numbers; a longer span reads as one that ends before it began.
   */
  private static final Duration LONGEST = Duration.ofSeconds(Integer.MAX_VALUE);

  /**
   * Cuts both ends to whole seconds.
   *
   * @throws IllegalArgumentException if the span is empty or longer than 2^31 - 1 seconds
   */
  public SignatureValidity {
    inception = inception.truncatedTo(ChronoUnit.SECONDS);
    expiration = expiration.truncatedTo(ChronoUnit.SECONDS);
    Duration span = Duration.between(inception, expiration);
    if (span.isZero() || span.isNegative() || span.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "signatures cannot hold from " + inception + " to " + expiration);
    }
  }

  /** A span that began one hour before {@code now} and ends {@code lifetime} after it. */
  public static SignatureValidity from(Instant now, Duration lifetime) {
    return new SignatureValidity(now.minus(BACKDATING), now.plus(lifetime));
  }
}
