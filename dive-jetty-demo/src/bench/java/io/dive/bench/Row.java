// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.time.LocalDate;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One line of the table.
 *
 * @param name by which it is asked for
 * @param work what is compared with what
 * @param day when it was measured, such as 2026-11-22; empty as long as its report is not made
 * @param values one for each round; empty if it was not measured
 * @param why it was not measured; empty if it was
 * @param measured what the values come from
 */
record Row(
    String name,
    String work,
    Target target,
    String day,
    List<Double> values,
    String why,
    Map<String, List<Double>> measured) {
  /** Copies the collections. */
  Row {
    values = List.copyOf(values);
    measured = Collections.unmodifiableMap(new LinkedHashMap<>(measured));
  }

  static Row measured(Heading heading, List<Double> values, Figures figures) {
    return new Row(
        heading.name(), heading.work(), heading.target(), "", values, "", figures.values());
  }

  static Row notMeasured(Heading heading, String why) {
    return new Row(heading.name(), heading.work(), heading.target(), "", List.of(), why, Map.of());
  }

  /** The same, measured on a day. */
  Row on(LocalDate date) {
    return new Row(name, work, target, date.toString(), values, why, measured);
  }

  /** Medians of what the values come from, or why there are none. */
  String figures() {
    return values.isEmpty() ? "not measured: " + why : Figures.medians(measured);
  }

  Optional<Spread> spread() {
    return values.isEmpty() ? Optional.empty() : Optional.of(Spread.of(values));
  }

  boolean isMet() {
    return spread().map(spread -> target.isMetBy(spread.median())).orElse(false);
  }

  /** What a row is before it is measured. */
  record Heading(String name, String work, Target target) {}
}
