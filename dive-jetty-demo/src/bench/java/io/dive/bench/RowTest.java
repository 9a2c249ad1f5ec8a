// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A row is judged by its median. */
final class RowTest {
  private static Row row(Target target, Double... values) {
    return Row.measured(
        new Row.Heading("name", "work & more", target), List.of(values), new Figures());
  }

  @Test
  void spread_numbers_leastMiddleGreatest() {
    assertEquals(new Spread(1, 3, 9), Spread.of(List.of(9.0, 3.0, 1.0)));
    assertEquals(new Spread(1, 2.5, 9), Spread.of(List.of(9.0, 3.0, 1.0, 2.0)));
    assertThrows(IllegalArgumentException.class, () -> Spread.of(List.of()));
  }

  @Test
  void isMet_median_decides() {
    assertTrue(row(Target.atLeast(0.97), 0.1, 0.97, 2.0).isMet());
    assertFalse(row(Target.atLeast(0.97), 0.1, 0.96, 2.0).isMet());
    assertTrue(row(Target.atMost(50, "ms"), 1.0, 50.0, 900.0).isMet());
    assertFalse(row(Target.atMost(50, "ms"), 1.0, 51.0, 900.0).isMet());
  }

  @Test
  void isMet_notMeasured_never() {
    assertFalse(
        Row.notMeasured(new Row.Heading("n", "w", Target.atMost(1)), "install wrk").isMet());
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"0.0264,0.026", "0.966,0.966", "1.5,1.50", "12.34,12.3", "1234.4,'1,234'", "8,8"})
  void text_number_asManyDigitsAsCount(double number, String text) {
    assertEquals(text, Figures.text(number));
  }

  @Test
  void chart_rows_barsWithTargets() {
    String svg =
        new Chart(
                List.of(
                    row(Target.atLeast(0.5), 0.5),
                    row(Target.atMost(0, "responses"), 0.0),
                    Row.notMeasured(new Row.Heading("n", "w", Target.atMost(1)), "install wrk")))
            .svg();
    assertTrue(svg.contains("width=\"240.0\""), svg); // half of the area: just met
    assertTrue(svg.contains("0.500 (≥ 0.50)"), svg);
    assertTrue(svg.contains("0 (≤ 0 responses)"), svg);
    assertTrue(svg.contains("not measured"), svg);
  }
}
