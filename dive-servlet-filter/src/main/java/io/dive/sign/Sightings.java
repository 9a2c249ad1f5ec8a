// SPDX-License-Identifier: Apache-2.0
package io.dive.sign;

import io.dive.protocol.BodyDigest;

/**
 * Which digests came before, as far as one number for each remembers: it forgets, and takes one
 * digest in thousands for another. So it may only decide what is worth keeping. Safe for use by
 * many threads, whose marks may get lost.
 */
final class Sightings {
  private static final int MOST_MARKS = 1 << 20;

  /** The hash of the latest digest in each place. */
  private final int[] marks;

  /**
   * None yet.
   *
   * @param digests about how many are remembered, at least 1
   */
  Sightings(long digests) {
    int places = (int) Math.min(MOST_MARKS, 2 * digests);
    marks = new int[Integer.highestOneBit(places)];
  }

  /** Whether the digest came before; it has from now on. */
  boolean again(BodyDigest digest) {
    int mark = digest.value().hashCode();
    int place = mark & (marks.length - 1);
    boolean seen = marks[place] == mark;
    if (!seen) {
      marks[place] = mark;
    }
    return seen;
  }
}
