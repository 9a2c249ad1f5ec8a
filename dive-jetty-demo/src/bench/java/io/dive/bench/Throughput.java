// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Two servers under the same load in turn: the first's throughput by the second's. */
final class Throughput implements Scenario {
  /** Starts a server. */
  interface Start {
    Server on(Workbench workbench) throws IOException, InterruptedException;
  }

  /**
   * One of the two.
   *
   * @param signed whether its responses have to be signed before it is measured
   */
  record Side(String name, Start start, String path, boolean signed) {}

  private final Row.Heading heading;
  private final Driver driver;
  private final Side subject;
  private final Side reference;

  Throughput(Row.Heading heading, Driver driver, Side subject, Side reference) {
    this.heading = heading;
    this.driver = driver;
    this.subject = subject;
    this.reference = reference;
  }

  @Override
  public List<Row.Heading> headings() {
    return List.of(heading);
  }

  @Override
  public Set<Program> programs() {
    return reference.name().equals("nginx")
        ? EnumSet.of(driver.program(), Program.NGINX)
        : EnumSet.of(driver.program());
  }

  @Override
  public List<Row> measure(Workbench workbench) throws IOException, InterruptedException {
    Figures figures = new Figures();
    List<Double> ratios = new ArrayList<>();
    try (Server first = subject.start().on(workbench);
        Server second = reference.start().on(workbench)) {
      RawClient.expect(first, subject.path(), subject.signed());
      RawClient.expect(second, reference.path(), reference.signed());
      driver.warmUp(first, subject.path());
      driver.warmUp(second, reference.path());
      for (int round = 0; round < workbench.settings().rounds(); round++) {
        double[] rates = new double[2];
        for (int turn = 0; turn < 2; turn++) {
          boolean ours = (round + turn) % 2 == 0; // neither is always the first
          Side side = ours ? subject : reference;
          rates[ours ? 0 : 1] = rate(ours ? first : second, side, workbench, figures);
        }
        ratios.add(rates[0] / rates[1]);
      }
    }
    return List.of(Row.measured(heading, ratios, figures));
  }

  private double rate(Server server, Side side, Workbench workbench, Figures figures)
      throws IOException, InterruptedException {
    Duration before = server.cpu();
    Load load = driver.drive(server, side.path(), workbench.settings().slice());
    Duration cpu = server.cpu().minus(before);
    if (driver == Driver.H2LOAD_HTTP_1 || side.path().endsWith(Workbench.LARGE)) {
      figures.add(side.name() + " MB/s", load.bytesPerSecond() / 1e6);
      return load.bytesPerSecond();
    }
    figures.add(side.name() + " requests/s", load.requestsPerSecond());
    if (!side.name().equals("nginx")) { // whose workers are processes of their own
      figures.add(side.name() + " CPU µs/request", cpu.toNanos() / 1e3 / load.requests());
    }
    return load.requestsPerSecond();
  }
}
