// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The sandbox by the PHP proof of concept: by its published rate, or by a server of it that the
 * settings name.
 */
final class PublishedRate implements Scenario {
  /** Requests per second for 1 KiB with Apache and mod_php, measured once on two processors. */
  private static final double PHP = 3500;

  private final Row.Heading heading =
      new Row.Heading(
          "sandbox-php",
          "sandbox, 1 KiB, HTTP/1.1, by the PHP proof of concept",
          Target.atLeast(8));

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
    List<Double> ratios = new ArrayList<>();
    Optional<String> url = workbench.settings().php();
    Path root = workbench.files();
    try (Server sandbox = workbench.sandbox(root)) {
      String path = "/downloads/" + Workbench.SMALL;
      RawClient.expect(sandbox, path, true);
      Driver.WRK.warmUp(sandbox, path);
      for (int round = 0; round < workbench.settings().rounds(); round++) {
        Load ours = Driver.WRK.drive(sandbox, path, workbench.settings().slice());
        figures.add("sandbox requests/s", ours.requestsPerSecond());
        double php = url.isPresent() ? measured(url.orElseThrow(), workbench) : PHP;
        figures.add("PHP requests/s" + (url.isPresent() ? "" : " (published)"), php);
        ratios.add(ours.requestsPerSecond() / php);
      }
    }
    return List.of(Row.measured(heading, ratios, figures));
  }

  private static double measured(String url, Workbench workbench)
      throws IOException, InterruptedException {
    Duration slice = workbench.settings().slice();
    String report =
        Program.WRK.run(
            slice.plusMinutes(1),
            "-t1",
            "-c" + Driver.CONNECTIONS,
            "-d" + slice.toSeconds(),
            url + "/" + Workbench.SMALL);
    return Load.ofWrk(report).requestsPerSecond();
  }
}
