// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** {@code dive sign} of one file of 4 GiB, by {@code openssl dgst -sha256}; in the page cache. */
final class SignLarge implements Scenario {
  static final long BYTES = 4L << 30;

  private final Row.Heading heading =
      new Row.Heading("sign-large", "sign, one file of 4 GiB, by openssl dgst", Target.atMost(1.1));

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
    Path root = Files.createDirectory(workbench.path("large"));
    Figures figures = new Figures();
    List<Double> ratios = new ArrayList<>();
    try {
      Path file = TestFiles.make(root.resolve("4g.bin"), BYTES);
      ColdFile.opensslSeconds(file);
      for (int round = 0; round < workbench.settings().rounds(); round++) {
        double openssl = ColdFile.opensslSeconds(file);
        long start = System.nanoTime();
        workbench.sign(file);
        double sign = (System.nanoTime() - start) / 1e9;
        Files.delete(root.resolve("4g.bin.dive"));
        figures.add("sign s", sign);
        figures.add("openssl s", openssl);
        ratios.add(sign / openssl);
      }
    } finally {
      TestFiles.deleteTree(root);
    }
    return List.of(Row.measured(heading, ratios, figures));
  }
}
