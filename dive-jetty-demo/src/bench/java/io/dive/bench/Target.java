// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.util.Locale;

/**
 * What a row is to reach.
 *
 * @param atLeast whether more is better
 * @param unit of the number; empty for a ratio
 */
record Target(boolean atLeast, double bound, String unit) {
  static Target atLeast(double ratio) {
    return new Target(true, ratio, "");
  }

  static Target atMost(double ratio) {
    return new Target(false, ratio, "");
  }

  static Target atMost(double bound, String unit) {
    return new Target(false, bound, unit);
  }

  boolean isMetBy(double value) {
    return atLeast ? value >= bound : value <= bound;
  }

  /** How good a value is: 1 where it just meets the target, more where it is better. */
  double score(double value) {
    if (atLeast) {
      return value / bound;
    }
    double least = Math.max(bound / 1000, Double.MIN_NORMAL); // of a cost that is none, or below
    return value <= 0 && bound == 0 ? 1 : bound / Math.max(value, least);
  }

  @Override
  public String toString() {
    boolean whole = bound == Math.rint(bound);
    String number = whole ? Figures.text(bound) : String.format(Locale.ROOT, "%.2f", bound);
    return (atLeast ? "≥ " : "≤ ") + number + (unit.isEmpty() ? "" : " " + unit);
  }
}
