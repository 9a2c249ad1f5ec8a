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
 * {@code dive sign} over many small files that are signed and have not changed, by openssl over
 * them on all processors; and what such a run cannot do without ({@link MinimalLook}), by the same.
 */
final class SignAgain implements Scenario {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Row.Heading heading;
  private final Row.Heading minimal;

  SignAgain(int files) {
    this.heading =
        new Row.Heading(
            "sign-many-again",
            "sign, %,d files of 4 KiB, signed and unchanged, by openssl".formatted(files),
            Target.atMost(0.5));
    this.minimal =
        new Row.Heading(
            "sign-many-again-minimal",
            "a Java program that looks at these files and reads their sidecars, by openssl",
            Target.atMost(0.5));
  }

  @Override
  public List<Row.Heading> headings() {
    return List.of(heading, minimal);
  }

  @Override
  public Set<Program> programs() {
    return Set.of(Program.OPENSSL);
  }

  @Override
  public List<Row> measure(Workbench workbench) throws IOException, InterruptedException {
    int files = workbench.settings().files();
    Path root = Files.createDirectory(workbench.path("again"));
    Figures figures = new Figures();
    Figures minimalFigures = new Figures();
    List<Double> ratios = new ArrayList<>();
    List<Double> minimalRatios = new ArrayList<>();
    try {
      TestFiles.makeMany(root, files, SignMany.FILE_BYTES);
      SignMany.signSeconds(workbench, root, files, 0);
      SignMany.opensslSeconds(root);
      SignMany.signSeconds(workbench, root, 0, files);
      for (int round = 0; round < workbench.settings().rounds(); round++) {
        double openssl = SignMany.opensslSeconds(root);
        double sign = SignMany.signSeconds(workbench, root, 0, files);
        double look = lookSeconds(root);
        figures.add("sign s", sign);
        figures.add("openssl s", openssl);
        minimalFigures.add("Java program s", look);
        minimalFigures.add("openssl s", openssl);
        ratios.add(sign / openssl);
        minimalRatios.add(look / openssl);
      }
    } finally {
      TestFiles.deleteTree(root);
    }
    return List.of(
        Row.measured(heading, ratios, figures),
        Row.measured(minimal, minimalRatios, minimalFigures));
  }

  private static double lookSeconds(Path root) throws IOException, InterruptedException {
    List<String> command =
        JavaProcess.command(SignatureMaker.BOUNCY_CASTLE, List.of(), MinimalLook.class.getName());
    command.add(root.toString());
    long start = System.nanoTime();
    Program.run(PATIENCE, command);
    return (System.nanoTime() - start) / 1e9;
  }
}
