// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The measurements behind a row, by name and unit, in the order they were first seen. */
final class Figures {
  private final Map<String, List<Double>> values = new LinkedHashMap<>();

  /** Adds one more measurement of {@code what}, such as {@code "bare, requests/s"}. */
  void add(String what, double value) {
    values.computeIfAbsent(what, key -> new ArrayList<>()).add(value);
  }

  /** All measurements. */
  Map<String, List<Double>> values() {
    Map<String, List<Double>> copy = new LinkedHashMap<>();
    values.forEach((what, list) -> copy.put(what, List.copyOf(list)));
    return copy;
  }

  /** The medians of measurements. */
  static String medians(Map<String, List<Double>> measured) {
    return measured.entrySet().stream()
        .map(entry -> entry.getKey() + " " + text(Spread.of(entry.getValue()).median()))
        .collect(Collectors.joining("; "));
  }

  /** Three digits that count, or all of a large number. */
  static String text(double value) {
    double size = Math.abs(value);
    if (size >= 100 || value == Math.rint(value)) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    return String.format(Locale.ROOT, size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f", value);
  }
}
