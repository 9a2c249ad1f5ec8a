// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What the filter allocates for a response with a sidecar, beyond what Jetty does, or Jetty with a
 * filter that only sets the fields.
 */
final class Allocation implements Scenario {
  private static final String PATH = "/" + Workbench.SMALL;

  private final boolean byMinimal;
  private final Row.Heading heading;

  Allocation(boolean byMinimal) {
    this.byMinimal = byMinimal;
    this.heading =
        new Row.Heading(
            byMinimal ? "allocation-minimal" : "allocation",
            "allocation per request, sidecar, 1 KiB, HTTP/1.1, beyond "
                + (byMinimal ? "a filter that only sets these fields" : "unfiltered"),
            Target.atMost(1024, "bytes"));
  }

  @Override
  public List<Row.Heading> headings() {
    return List.of(heading);
  }

  @Override
  public Set<Program> programs() {
    return Set.of(Program.WRK);
  }

  @Override
  public List<Row> measure(Workbench workbench) throws IOException, InterruptedException {
    Figures figures = new Figures();
    List<Double> differences = new ArrayList<>();
    try (JettyServer filtered = workbench.filtered(workbench.files(), "sidecar");
        JettyServer bare =
            byMinimal
                ? workbench.minimal(MinimalFilter.FIELDS)
                : workbench.bare(workbench.files())) {
      RawClient.expect(filtered, PATH, true);
      RawClient.expect(bare, PATH, byMinimal);
      Driver.WRK.warmUp(filtered, PATH);
      Driver.WRK.warmUp(bare, PATH);
      for (int round = 0; round < workbench.settings().rounds(); round++) {
        double with = bytes(filtered, workbench.settings().slice());
        double without = bytes(bare, workbench.settings().slice());
        figures.add("sidecar bytes/request", with);
        figures.add(byMinimal ? "minimal bytes/request" : "bare bytes/request", without);
        differences.add(with - without);
      }
    }
    return List.of(Row.measured(heading, differences, figures));
  }

  private static double bytes(JettyServer server, Duration slice)
      throws IOException, InterruptedException {
    double before = server.allocatedBytes();
    long requests = Driver.WRK.drive(server, PATH, slice).requests();
    return (server.allocatedBytes() - before) / requests;
  }
}
