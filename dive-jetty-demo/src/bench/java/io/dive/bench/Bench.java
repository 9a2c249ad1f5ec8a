// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import io.dive.bench.Throughput.Side;
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
    String small = "/" + Workbench.SMALL;
    String large = "/" + Workbench.LARGE;
    for (String mode : List.of("sidecar", "static")) {
      all.addAll(free(mode, "1k-h1", "1 KiB, HTTP/1.1", small, Driver.WRK));
      all.addAll(free(mode, "1k-h2", "1 KiB, HTTP/2", small, Driver.H2LOAD_HTTP_2));
      all.add(free(mode, "100m-h1", "100 MiB, HTTP/1.1", large, Driver.H2LOAD_HTTP_1).get(0));
      all.add(free(mode, "100m-h2", "100 MiB, HTTP/2", large, Driver.H2LOAD_HTTP_2).get(0));
    }
    all.addAll(byNginx());
    all.add(new PublishedRate());
    all.add(new StreamCost("stream-cpu-bc", SignatureMaker.BOUNCY_CASTLE, "Bouncy Castle"));
    all.add(new StreamCost("stream-cpu-corretto", SignatureMaker.CORRETTO, "Corretto"));
    String same = "body seen before, no ETag";
    all.addAll(seenBefore("stream-etag", "stream", "etag", "strong ETag seen before"));
    all.addAll(seenBefore("stream-same", "stream", "same", same));
    all.add(seenBefore("chain-same", "sidecar, static, stream", "same", same).get(0));
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

  /** A file by the server without the filter, and by one with a filter that only sets fields. */
  private static List<Scenario> free(
      String mode, String name, String work, String path, Driver driver) {
    Work known = new Work(mode, MinimalFilter.FIELDS, "a filter that only sets fields", path);
    return beside(known, mode + "-" + name, mode + ", " + work, Target.atLeast(0.97), driver);
  }

  private static List<Scenario> seenBefore(String name, String mode, String path, String work) {
    Work seen =
        new Work(
            mode,
            MinimalFilter.FIELDS_HASH,
            "a filter that only hashes 1 KiB and sets fields",
            "/dynamic/" + path);
    return beside(seen, name, mode + ", 1 KiB, " + work, Target.atLeast(0.9), Driver.WRK);
  }

  /** What the filter does in a mode for a path, and the least that any filter would do there. */
  private record Work(String mode, MinimalFilter least, String leastText, String path) {}

  private static List<Scenario> beside(
      Work work, String name, String text, Target target, Driver driver) {
    Side filtered =
        new Side(work.mode, bench -> bench.filtered(bench.files(), work.mode), work.path, true);
    return List.of(
        new Throughput(
            new Row.Heading(name, text + ", by unfiltered", target),
            driver,
            filtered,
            new Side("bare", bench -> bench.bare(bench.files()), work.path, false)),
        new Throughput(
            new Row.Heading(name + "-minimal", text + ", by " + work.leastText, target),
            driver,
            filtered,
            new Side("minimal", bench -> bench.minimal(work.least), work.path, true)));
  }

  private static List<Scenario> byNginx() {
    String small = "/" + Workbench.SMALL;
    Side nginx = new Side("nginx", bench -> bench.nginx(bench.files()), small, true);
    Target target = Target.atLeast(0.45);
    return List.of(
        new Throughput(
            new Row.Heading(
                "sandbox-nginx", "sandbox, 1 KiB, HTTP/1.1, by nginx with fixed fields", target),
            Driver.WRK,
            new Side("sandbox", bench -> bench.sandbox(bench.files()), "/downloads" + small, true),
            nginx),
        new Throughput(
            new Row.Heading(
                "bare-nginx",
                "unfiltered Jetty, 1 KiB, HTTP/1.1, by nginx with fixed fields",
                target),
            Driver.WRK,
            new Side("bare", bench -> bench.bare(bench.files()), small, false),
            nginx));
  }
}
