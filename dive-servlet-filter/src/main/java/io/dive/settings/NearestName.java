// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds what someone probably meant to type. */
final class NearestName {
  private static final int MAX_LENGTH = 100;

  private NearestName() {}

  /** The name with the fewest edits, empty when all are too far away. Case does not count. */
  static Optional<String> of(String typed, Collection<String> names) {
    if (typed.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    int fewest = Math.max(2, typed.length() / 4) + 1;
    Optional<String> nearest = Optional.empty();
    for (String name : names) {
      int edits = edits(typed.toLowerCase(Locale.ROOT), name.toLowerCase(Locale.ROOT));
      if (edits < fewest) {
        fewest = edits;
        nearest = Optional.of(name);
      }
    }
    return nearest;
  }

  /** Insertions, deletions, replacements and swaps of neighbours between the two. */
  private static int edits(String a, String b) {
    int[][] edits = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          edits[i][j] = i + j;
          continue;
        }
        int replace = edits[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        edits[i][j] = Math.min(replace, 1 + Math.min(edits[i - 1][j], edits[i][j - 1]));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          edits[i][j] = Math.min(edits[i][j], edits[i - 2][j - 2] + 1);
        }
      }
    }
    return edits[a.length()][b.length()];
  }
}
