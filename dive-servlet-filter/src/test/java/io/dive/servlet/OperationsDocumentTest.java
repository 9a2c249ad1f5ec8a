// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.check.FindingCode;
import io.dive.sidecar.StaleFile;
import io.dive.sidecar.UnusableReason;
import io.dive.sidecar.UnusableSidecars;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/operations.md lists what the code can say. */
class OperationsDocumentTest {
  private final List<String> lines = Files.readAllLines(Path.of("docs", "operations.md"));

  OperationsDocumentTest() throws IOException {}

  @Test
  void everyFindingStandsInTheTableWithItsSeverity() {
    List<String> missing =
        Arrays.stream(FindingCode.values())
            .filter(
                code ->
                    lines.stream()
                        .noneMatch(
                            line ->
                                line.startsWith(
                                    "| `" + code.token() + "` | " + code.severity() + " |")))
            .map(FindingCode::token)
            .toList();
    assertEquals(List.of(), missing);
  }

  @Test
  void everyFieldOfTheSidecarsStandsInTheTable() {
    Path file = Path.of("a.txt");
    HealthCheck check =
        HealthCheck.ofSidecars(
            List.of(new StaleFile(file, StaleFile.Difference.SIZE, Instant.EPOCH)),
            List.of(
                new UnusableSidecars.Entry(file, UnusableReason.NOT_JSON, "Sign.", Instant.EPOCH)));
    for (String field : check.data().keySet()) {
      Pattern row = Pattern.compile("\\| [^|]*`" + field + "`[^|]* \\|.*");
      assertTrue(lines.stream().anyMatch(line -> row.matcher(line).matches()), field);
    }
  }

  @Test
  void everyMeterOfAFreshRegistryStandsInTheTable() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (MicrometerMetrics metrics = new MicrometerMetrics(registry)) {
      List<String> names =
          registry.getMeters().stream().map(m -> m.getId().getName()).distinct().toList();
      assertTrue(names.size() >= 4, names::toString);
      metrics.uncovered();
      for (String name : names) {
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("| `" + name + "` |")), name);
      }
    }
  }
}
