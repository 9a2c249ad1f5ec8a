// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Servers under the same load in turn: the throughput of each by that of the reference. */
final class Throughput implements Scenario {
  /** Starts a server. */
  interface Start {
    Server on(Workbench workbench) throws IOException, InterruptedException;
  }

  /**
   * What is driven.
   *
   * @param signed whether its responses have to be signed before it is measured
   */
  record Side(String name, Start start, String path, boolean signed) {}

  /** One that is compared with the reference. */
  record Subject(Row.Heading heading, Side side) {}

  private final Driver driver;
  private final Side reference;
  private final List<Subject> subjects;

  Throughput(Driver driver, Side reference, Subject... subjects) {
    this.driver = driver;
    this.reference = reference;
    this.subjects = List.of(subjects);
  }

  @Override
  public List<Row.Heading> headings() {
    return subjects.stream().map(Subject::heading).toList();
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
    Map<Subject, List<Double>> ratios = new HashMap<>();
    // Processes of the same program differ, for as long as they live.
    for (int start = 0; start < workbench.settings().starts(); start++) {
      measure(workbench, figures, ratios);
    }
    return subjects.stream()
        .map(
            subject ->
                Row.measured(subject.heading(), ratios.getOrDefault(subject, List.of()), figures))
        .toList();
  }

  private void measure(Workbench workbench, Figures figures, Map<Subject, List<Double>> ratios)
      throws IOException, InterruptedException {
    Map<Side, Server> servers = new HashMap<>();
    try {
      List<Side> sides = new ArrayList<>(subjects.stream().map(Subject::side).toList());
      sides.add(reference);
      for (Side side : sides) {
        servers.put(side, side.start().on(workbench));
        RawClient.expect(server(servers, side), side.path(), side.signed());
      }
      for (Side side : sides) {
        driver.warmUp(server(servers, side), side.path());
      }
      for (int round = 0; round < workbench.settings().rounds(); round++) {
        round(sides, servers, workbench, figures, ratios);
        Collections.reverse(sides); // neither is always the first
      }
    } finally {
      servers.values().forEach(Server::close);
    }
  }

  private void round(
      List<Side> sides,
      Map<Side, Server> servers,
      Workbench workbench,
      Figures figures,
      Map<Subject, List<Double>> ratios)
      throws IOException, InterruptedException {
    Map<Side, Double> rates = new HashMap<>();
    for (Side side : sides) {
      rates.put(side, rate(server(servers, side), side, workbench, figures));
    }
    for (Subject subject : subjects) {
      ratios
          .computeIfAbsent(subject, key -> new ArrayList<>())
          .add(rates.getOrDefault(subject.side(), 0.0) / rates.getOrDefault(reference, 0.0));
    }
  }

  private static Server server(Map<Side, Server> servers, Side side) {
    return requireNonNull(servers.get(side), side.name());
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
