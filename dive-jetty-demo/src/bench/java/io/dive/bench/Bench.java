// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import io.dive.bench.Throughput.Side;
import io.dive.bench.Throughput.Subject;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Measures what docs/performance.md promises, and prints the table. */
public final class Bench {
  private Bench() {}

  /** Runs the rows that the system properties ask for; see docs/performance.md. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Settings settings = Settings.fromSystemProperties();
    Machine machine = Machine.present(Clock.systemUTC());
    List<Scenario> scenarios = scenarios(settings);
    List<String> names =
        scenarios.stream().flatMap(s -> s.headings().stream()).map(Row.Heading::name).toList();
    settings.requireKnown(names);
    if (machine.load() > machine.processors()) { // more than the build that ran before
      Workbench.progress(
          "the machine is busy (load %s): figures will be wrong"
              .formatted(Figures.text(machine.load())));
    }
    List<Row> rows = new ArrayList<>();
    try (Workbench workbench = Workbench.open(settings)) {
      for (Scenario scenario : scenarios) {
        if (scenario.headings().stream().anyMatch(heading -> settings.wants(heading.name()))) {
          rows.addAll(measured(scenario, workbench));
        }
      }
    }
    Report report = Report.of(machine, settings, rows);
    if (settings.publish()) {
      report = report.withPublished(names);
    }
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
      all.add(small(mode, "1k-h1", "1 KiB, HTTP/1.1", Driver.WRK));
      all.add(small(mode, "1k-h2", "1 KiB, HTTP/2", Driver.H2LOAD_HTTP_2));
      all.add(large(mode, "100m-h1", "100 MiB, HTTP/1.1", Driver.H2LOAD_HTTP_1));
      all.add(large(mode, "100m-h2", "100 MiB, HTTP/2", Driver.H2LOAD_HTTP_2));
    }
    all.add(byNginx());
    all.add(new PublishedRate());
    all.add(new StreamCost("stream-cpu-bc", SignatureMaker.BOUNCY_CASTLE, "Bouncy Castle"));
    all.add(new StreamCost("stream-cpu-corretto", SignatureMaker.CORRETTO, "Corretto"));
    all.add(seenBefore("stream", "stream", "etag", "strong ETag seen before"));
    all.add(seenBefore("stream", "stream", "same", "body seen before, no ETag"));
    all.add(seenBefore("chain", "sidecar, static, stream", "same", "body seen before, no ETag"));
    all.add(new ColdFile());
    all.add(new SignMany(settings.files()));
    all.add(new SignAgain(settings.files()));
    all.add(new SignLarge());
    all.add(new Concurrent());
    all.add(new Allocation(false));
    all.add(new Allocation(true));
    all.add(new MillionFiles("sidecar"));
    all.add(new MillionFiles("static"));
    return all;
  }

  /** A small file with the filter, and with one that only sets fields. */
  private static Scenario small(String mode, String name, String work, Driver driver) {
    String path = "/" + Workbench.SMALL;
    Target target = Target.atLeast(0.97);
    return new Throughput(
        driver,
        bare(path),
        filtered(mode, mode, path, new Row.Heading(mode + "-" + name, mode + ", " + work, target)),
        minimal(
            MinimalFilter.FIELDS,
            path,
            new Row.Heading(
                mode + "-" + name + "-minimal", "only setting fields, " + work, target)));
  }

  private static Scenario large(String mode, String name, String work, Driver driver) {
    String path = "/" + Workbench.LARGE;
    return new Throughput(
        driver,
        bare(path),
        filtered(
            mode,
            mode,
            path,
            new Row.Heading(mode + "-" + name, mode + ", " + work, Target.atLeast(0.97))));
  }

  /** A body that is known, with the filter, and with one that only hashes it and sets fields. */
  private static Scenario seenBefore(String side, String mode, String body, String work) {
    String path = "/dynamic/" + body;
    String name = side + "-" + body;
    Target target = Target.atLeast(0.9);
    return new Throughput(
        Driver.WRK,
        bare(path),
        filtered(side, mode, path, new Row.Heading(name, mode + ", 1 KiB, " + work, target)),
        minimal(
            MinimalFilter.FIELDS_HASH,
            path,
            new Row.Heading(
                name + "-minimal", "only hashing and setting fields, 1 KiB, " + work, target)));
  }

  private static Side bare(String path) {
    return new Side("bare", bench -> bench.bare(bench.files()), path, false);
  }

  private static Subject filtered(String side, String mode, String path, Row.Heading heading) {
    return new Subject(
        byUnfiltered(heading),
        new Side(side, bench -> bench.filtered(bench.files(), mode), path, true));
  }

  private static Subject minimal(MinimalFilter least, String path, Row.Heading heading) {
    return new Subject(
        byUnfiltered(heading), new Side("minimal", bench -> bench.minimal(least), path, true));
  }

  private static Row.Heading byUnfiltered(Row.Heading heading) {
    return new Row.Heading(heading.name(), heading.work() + ", by unfiltered", heading.target());
  }

  private static Scenario byNginx() {
    String path = "/" + Workbench.SMALL;
    Target target = Target.atLeast(0.45);
    String by = ", 1 KiB, HTTP/1.1, by nginx with fixed fields";
    return new Throughput(
        Driver.WRK,
        new Side("nginx", bench -> bench.nginx(bench.files()), path, true),
        new Subject(
            new Row.Heading("sandbox-nginx", "sandbox" + by, target),
            new Side("sandbox", bench -> bench.sandbox(bench.files()), "/downloads" + path, true)),
        new Subject(new Row.Heading("bare-nginx", "unfiltered Jetty" + by, target), bare(path)));
  }
}
