// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.util.List;

/** Least, middle and greatest of some numbers. */
record Spread(double min, double median, double max) {
  /**
   * Of at least one number.
   *
   * @throws IllegalArgumentException if there is none
   */
  static Spread of(List<Double> numbers) {
    if (numbers.isEmpty()) {
      throw new IllegalArgumentException("no numbers");
    }
    List<Double> sorted = numbers.stream().sorted().toList();
    int middle = sorted.size() / 2;
    double median =
        sorted.size() % 2 == 1
            ? sorted.get(middle)
            : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    return new Spread(sorted.get(0), median, sorted.get(sorted.size() - 1));
  }
}
