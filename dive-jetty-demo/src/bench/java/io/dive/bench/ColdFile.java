// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The first request of a large file in mode {@code static}. The file's digest is not known, its
 * bytes are in the page cache, for all three alike; each round asks for it by another name (a hard
 * link), so that the server is warm and the file is not.
 */
final class ColdFile implements Scenario {
  private static final long BYTES = 1L << 30;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Row.Heading heading =
      new Row.Heading(
          "cold",
          "static, first request of a 1 GiB file, by openssl dgst + unfiltered transfer",
          Target.atMost(1.15));

  @Override
  public List<Row.Heading> headings() {
    return List.of(heading);
  }

  @Override
  public Set<Program> programs() {
    return Set.of(Program.OPENSSL);
  }

  @Override
  public List<Row> measure(Workbench workbench) throws IOException, InterruptedException {
    Path root = Files.createDirectory(workbench.path("cold"));
    try {
      Path file = TestFiles.make(root.resolve("cold.bin"), BYTES);
      return measure(workbench, root, file);
    } finally {
      TestFiles.deleteTree(root);
    }
  }

  private List<Row> measure(Workbench workbench, Path root, Path file)
      throws IOException, InterruptedException {
    Figures figures = new Figures();
    List<Double> ratios = new ArrayList<>();
    try (Server filtered = workbench.filtered(root, "static");
        Server bare = workbench.bare(root)) {
      for (int round = -1; round < workbench.settings().rounds(); round++) {
        String name = "cold-%d.bin".formatted(round + 1);
        Files.createLink(root.resolve(name), file);
        double first = seconds(filtered, name, true);
        double transfer = seconds(bare, name, false);
        double hash = opensslSeconds(file);
        if (round < 0) {
          continue; // warm-up
        }
        figures.add("filtered s", first);
        figures.add("openssl s", hash);
        figures.add("unfiltered transfer s", transfer);
        figures.add("second request s", seconds(filtered, name, true));
        ratios.add(first / (hash + transfer));
      }
    }
    return List.of(Row.measured(heading, ratios, figures));
  }

  private static double seconds(Server server, String name, boolean signed) throws IOException {
    RawClient.Answer answer = RawClient.get(server, "/" + name);
    if (!answer.isOk() || answer.isSigned() != signed || answer.bodyBytes() != BYTES) {
      throw new IOException(
          "not the file: %,d bytes, %s".formatted(answer.bodyBytes(), answer.head()));
    }
    return answer.time().toNanos() / 1e9;
  }

  /** The time {@code openssl dgst -sha256} takes. */
  static double opensslSeconds(Path file) throws IOException, InterruptedException {
    long start = System.nanoTime();
    Program.OPENSSL.run(PATIENCE, "dgst", "-sha256", file.toString());
    return (System.nanoTime() - start) / 1e9;
  }
}
