// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Processor time of a streamed response that is never the same twice, by that of the same response
 * without the filter plus one hash and one signature; likewise with a filter which does no more
 * than these.
 */
final class StreamCost implements Scenario {
  private static final String PATH = "/dynamic/fresh";

  private final SignatureMaker provider;
  private final Row.Heading ours;
  private final Row.Heading least;

  StreamCost(String name, SignatureMaker provider, String providerName) {
    this.provider = provider;
    this.ours = heading(name, "stream", providerName);
    this.least =
        heading(name + "-minimal", "only hashing, signing and setting fields", providerName);
  }

  private static Row.Heading heading(String name, String subject, String providerName) {
    return new Row.Heading(
        name,
        "%s, 1 KiB all different, CPU by unfiltered + hash + signature, %s"
            .formatted(subject, providerName),
        Target.atMost(1.15));
  }

  @Override
  public List<Row.Heading> headings() {
    return List.of(ours, least);
  }

  @Override
  public Set<Program> programs() {
    return Set.of(Program.WRK);
  }

  @Override
  public List<Row> measure(Workbench workbench) throws IOException, InterruptedException {
    Figures figures = new Figures();
    List<Double> ratios = new ArrayList<>();
    List<Double> leastRatios = new ArrayList<>();
    for (int start = 0; start < workbench.settings().starts(); start++) {
      measure(workbench, figures, ratios, leastRatios);
    }
    return List.of(Row.measured(ours, ratios, figures), Row.measured(least, leastRatios, figures));
  }

  private void measure(
      Workbench workbench, Figures figures, List<Double> ratios, List<Double> leastRatios)
      throws IOException, InterruptedException {
    try (Server filtered =
            workbench.filtered(
                provider, "-Xmx512m", workbench.files(), "stream", "dive.drafts = 01");
        Server bare = workbench.bare(workbench.files());
        Server minimal = workbench.minimal(provider, MinimalFilter.FIELDS_01_HASH_SIGN);
        JavaProcess floor = workbench.cryptoFloor(provider)) {
      RawClient.expect(filtered, PATH, true);
      RawClient.expect(bare, PATH, false);
      RawClient.expect(minimal, PATH, true);
      Driver.WRK.warmUp(filtered, PATH);
      Driver.WRK.warmUp(bare, PATH);
      Driver.WRK.warmUp(minimal, PATH);
      for (int round = 0; round < workbench.settings().rounds(); round++) {
        double with = micros(filtered, workbench, "filtered", figures);
        double without = micros(bare, workbench, "bare", figures);
        double withLeast = micros(minimal, workbench, "minimal", figures);
        double hash = floor.number("hash") / 1e3;
        double signature = floor.number("sign") / 1e3;
        figures.add("hash µs", hash);
        figures.add("signature µs", signature);
        ratios.add(with / (without + hash + signature));
        leastRatios.add(withLeast / (without + hash + signature));
      }
    }
  }

  private static double micros(Server server, Workbench workbench, String name, Figures figures)
      throws IOException, InterruptedException {
    Duration before = server.cpu();
    Load load = Driver.WRK.drive(server, PATH, workbench.settings().slice());
    double micros = server.cpu().minus(before).toNanos() / 1e3 / load.requests();
    figures.add(name + " CPU µs/request", micros);
    figures.add(name + " requests/s", load.requestsPerSecond());
    return micros;
  }
}
