// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import io.dive.protocol.Bytes;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Comparator;
import java.util.TreeSet;
import org.xbill.DNS.TSIGRecord;

/**
 * The signatures of updates by one key that were taken, so that none is taken twice (RFC 8945
 * §5.2.3, §10). Safe for use by several threads.
 *
 * <p>It is not enough that the time signed is no earlier than the last: that lets the last one be
 * repeated, and would refuse clients that sign at the same time and overtake each other. So
 * signatures are remembered, the latest ones, and what is no later than a forgotten one is refused.
 */
final class SeenUpdates {

  /**
   * As much of a signature as everybody who repeats it has to leave of it (RFC 8945 §5.2.2.1): the
   * rest may be cut off and it still holds.
   */
  private static final int SHORTEST_SIGNATURE = 10;

  private record Seen(Instant timeSigned, String signature) {}

  private final int remembered;
  private final TreeSet<Seen> latest =
      new TreeSet<>(Comparator.comparing(Seen::timeSigned).thenComparing(Seen::signature));
  private Instant earliest;

  /**
   * None is seen yet.
   *
   * @param remembered how many signatures are kept
   * @param clock what was signed before now may have been taken by the server before this one
   */
  SeenUpdates(int remembered, Clock clock) {
    this.remembered = remembered;
    this.earliest = clock.instant().truncatedTo(ChronoUnit.SECONDS); // as times are signed
  }

  /** Takes a signature that holds; false if it was taken before, or that cannot be ruled out. */
  synchronized boolean take(TSIGRecord signature) {
    byte[] start = Arrays.copyOf(signature.getSignature(), SHORTEST_SIGNATURE);
    Seen seen = new Seen(signature.getTimeSigned(), Bytes.of(start).toBase64());
    if (seen.timeSigned().isBefore(earliest) || !latest.add(seen)) {
      return false;
    }
    if (latest.size() > remembered) {
      earliest = latest.first().timeSigned().plusSeconds(1);
      latest.headSet(new Seen(earliest, "")).clear();
    }
    return true;
  }
}
