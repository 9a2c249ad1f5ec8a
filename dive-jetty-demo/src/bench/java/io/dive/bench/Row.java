// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One line of the table.
 *
 * @param name by which it is asked for
 * @param work what is compared with what
 * @param values one for each round; empty if it was not measured
 * @param figures medians of what the values come from, or why there are none
 * @param measured what the values come from
 */
record Row(
    String name,
    String work,
    Target target,
    List<Double> values,
    String figures,
    Map<String, List<Double>> measured) {
  /** Copies the collections. */
  Row {
    values = List.copyOf(values);
    measured = Map.copyOf(measured);
  }

  static Row measured(Heading heading, List<Double> values, Figures figures) {
    return new Row(
        heading.name(),
        heading.work(),
        heading.target(),
        values,
        figures.toString(),
        figures.values());
  }

  static Row notMeasured(Heading heading, String why) {
    return new Row(
        heading.name(),
        heading.work(),
        heading.target(),
        List.of(),
        "not measured: " + why,
        Map.of());
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
