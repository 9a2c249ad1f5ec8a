// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows that were measured again take their place among the published ones. */
final class ReportTest {
  private static final List<String> NAMES = List.of("a", "b", "c");

  @TempDir Path checkout = Path.of("");

  private static Machine machine(String processor, int day) {
    return new Machine(2, processor, 1024, "VM 17", "Linux", LocalDate.of(2026, 11, day), 0.5);
  }

  private Report report(Machine machine, Row... rows) {
    return Report.of(
        machine,
        new Settings(
            checkout,
            3,
            1,
            Duration.ofSeconds(2),
            List.of(),
            1,
            Optional.empty(),
            true,
            false,
            checkout),
        List.of(rows));
  }

  private static Row row(String name, double value) {
    Figures figures = new Figures();
    figures.add("bare requests/s", value * 100);
    return Row.measured(
        new Row.Heading(name, "work", Target.atLeast(0.5)), List.of(value), figures);
  }

  private void publish(Report report) throws Exception {
    report.withPublished(NAMES).write(report.settings().results());
  }

  @Test
  void withPublished_rowsOfOtherDays_keepTheirDayAndFigures() throws Exception {
    publish(report(machine("p", 22), row("a", 0.4), row("gone", 1), row("c", 0.6)));
    Row absent = Row.notMeasured(new Row.Heading("b", "work", Target.atLeast(1)), "install wrk");
    publish(report(machine("p", 23), absent, row("c", 0.7)));
    List<String> table =
        Files.readAllLines(checkout.resolve("dive-servlet-filter/docs/bench/result.md"));
    assertEquals(
        List.of(
            "| work (`a`) | ≥ 0.50 | 0.400 | **0.400** | 0.400 | no | 2026-11-22 | bare requests/s 40 |",
            "| work (`b`) | ≥ 1 |  | | | | 2026-11-23 | not measured: install wrk |",
            "| work (`c`) | ≥ 0.50 | 0.700 | **0.700** | 0.700 | yes | 2026-11-23 | bare requests/s 70 |"),
        table.subList(2, 5));
    assertTrue(table.get(7).startsWith("Machine: 2026-11-23: 2 processors (p)"), table::toString);
  }

  @Test
  void withPublished_rowsOfAnotherMachine_areLeftOut() throws Exception {
    publish(report(machine("p", 22), row("a", 0.4)));
    Report other = report(machine("q", 23), row("c", 0.7)).withPublished(NAMES);
    assertEquals(List.of("c"), other.rows().stream().map(Row::name).toList());
  }
}
