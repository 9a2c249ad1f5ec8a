// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Measures what docs/performance.md promises, and prints the table. */
public final class Bench {
  private static final Target FREE = Target.atLeast(0.97);

  private Bench() {}

  /** Runs the rows that the system properties ask for; see docs/performance.md. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Settings settings = Settings.fromSystemProperties();
    Machine machine = Machine.present(Clock.systemUTC());
    List<Row> rows = new ArrayList<>();
    try (Workbench workbench = Workbench.open(settings)) {
      for (Scenario scenario : scenarios(settings)) {
        if (scenario.headings().stream().anyMatch(heading -> settings.wants(heading.name()))) {
          rows.addAll(measured(scenario, workbench));
        }
      }
    }
    Report report = new Report(machine, settings, rows);
    System.out.println(report.table());
    report.write(settings.results());
    if (settings.publish()) {
      report.publish(settings.documents().resolve("performance.md"));
    }
    System.out.println("written to " + settings.results());
  }

  private static List<Row> measured(Scenario scenario, Workbench workbench)
      throws InterruptedException {
    Workbench.progress("measuring " + scenario.headings().get(0).name());
    Set<Program> missing =
        scenario.programs().stream()
            .filter(program -> program.find().isEmpty())
            .collect(Collectors.toSet());
    if (!missing.isEmpty()) {
      return notMeasured(
          scenario,
          missing.stream()
              .map(Program::debianPackage)
              .sorted()
              .collect(Collectors.joining(", ", "install ", "")));
    }
    try {
      List<Row> rows = scenario.measure(workbench);
      rows.forEach(row -> Workbench.progress("  " + row.values() + " " + row.figures()));
      return rows;
    } catch (IOException e) {
      // One row that cannot be measured must not cost the others.
      return notMeasured(scenario, String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
  }

  private static List<Row> notMeasured(Scenario scenario, String why) {
    Workbench.progress("  not measured: " + why);
    return scenario.headings().stream().map(heading -> Row.notMeasured(heading, why)).toList();
  }

  private static List<Scenario> scenarios(Settings settings) {
    List<Scenario> all = new ArrayList<>();
    for (String mode : List.of("sidecar", "static")) {
      all.add(file(mode, "1k-h1", "1 KiB, HTTP/1.1", Workbench.SMALL, Driver.WRK));
      all.add(byFixedFields(mode));
      all.add(file(mode, "1k-h2", "1 KiB, HTTP/2", Workbench.SMALL, Driver.H2LOAD_HTTP_2));
      all.add(file(mode, "100m-h1", "100 MiB, HTTP/1.1", Workbench.LARGE, Driver.H2LOAD_HTTP_1));
      all.add(file(mode, "100m-h2", "100 MiB, HTTP/2", Workbench.LARGE, Driver.H2LOAD_HTTP_2));
    }
    all.add(sandboxByNginx());
    all.add(new PublishedRate());
    all.add(new StreamCost("stream-cpu-bc", SignatureMaker.BOUNCY_CASTLE, "Bouncy Castle"));
    all.add(new StreamCost("stream-cpu-corretto", SignatureMaker.CORRETTO, "Corretto"));
    all.add(seenBefore("stream-etag", "strong ETag seen before", "/dynamic/etag"));
    all.add(seenBefore("stream-same", "body seen before, no ETag", "/dynamic/same"));
    all.add(new ColdFile());
    all.add(new SignMany(settings.files()));
    all.add(new SignLarge());
    all.add(new Concurrent());
    all.add(new Allocation(false));
    all.add(new Allocation(true));
    all.add(new MillionFiles("sidecar"));
    all.add(new MillionFiles("static"));
    return all;
  }

  private static Scenario file(String mode, String name, String work, String file, Driver driver) {
    return new Throughput(
        new Row.Heading(mode + "-" + name, mode + ", " + work + ", by unfiltered", FREE),
        driver,
        new Throughput.Side(mode, bench -> bench.filtered(bench.files(), mode), "/" + file, true),
        new Throughput.Side("bare", bench -> bench.bare(bench.files()), "/" + file, false));
  }

  private static Scenario byFixedFields(String mode) {
    return new Throughput(
        new Row.Heading(
            mode + "-1k-h1-fields",
            mode + ", 1 KiB, HTTP/1.1, by a filter that only sets these fields",
            FREE),
        Driver.WRK,
        new Throughput.Side(
            mode, bench -> bench.filtered(bench.files(), mode), "/" + Workbench.SMALL, true),
        new Throughput.Side(
            "fields", bench -> bench.fixedFields(bench.files()), "/" + Workbench.SMALL, true));
  }

  private static Scenario sandboxByNginx() {
    return new Throughput(
        new Row.Heading(
            "sandbox-nginx",
            "sandbox, 1 KiB, HTTP/1.1, by nginx with fixed fields",
            Target.atLeast(0.45)),
        Driver.WRK,
        new Throughput.Side(
            "sandbox",
            bench -> bench.sandbox(bench.files()),
            "/downloads/" + Workbench.SMALL,
            true),
        new Throughput.Side(
            "nginx", bench -> bench.nginx(bench.files()), "/" + Workbench.SMALL, true));
  }

  private static Scenario seenBefore(String name, String work, String path) {
    return new Throughput(
        new Row.Heading(name, "stream, 1 KiB, " + work + ", by unfiltered", Target.atLeast(0.9)),
        Driver.WRK,
        new Throughput.Side("stream", bench -> bench.filtered(bench.files(), "stream"), path, true),
        new Throughput.Side("bare", bench -> bench.bare(bench.files()), path, false));
  }
}
