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
  private final Row.Heading minimal = least("minimal", "looks at these files and reads their");
  private final Row.Heading look = least("look", "only looks at these files and their");

  SignAgain(int files) {
    this.heading =
        new Row.Heading(
            "sign-many-again",
            "sign, %,d files of 4 KiB, signed and unchanged, by openssl".formatted(files),
            Target.atMost(0.5));
  }

  private static Row.Heading least(String name, String does) {
    return new Row.Heading(
        "sign-many-again-" + name,
        "a Java program that " + does + " sidecars, by openssl",
        Target.atMost(0.5));
  }

  /** The seconds of one program beside those of openssl, round by round. */
  private record Comparison(
      Row.Heading heading, String program, List<Double> ratios, Figures figures) {
    Comparison(Row.Heading heading, String program) {
      this(heading, program, new ArrayList<>(), new Figures());
    }

    void add(double seconds, double openssl) {
      ratios.add(seconds / openssl);
      figures.add(program + " s", seconds);
      figures.add("openssl s", openssl);
    }

    Row row() {
      return Row.measured(heading, ratios, figures);
    }
  }

  @Override
  public List<Row.Heading> headings() {
    return List.of(heading, minimal, look);
  }

  @Override
  public Set<Program> programs() {
    return Set.of(Program.OPENSSL);
  }

  @Override
  public List<Row> measure(Workbench workbench) throws IOException, InterruptedException {
    int files = workbench.settings().files();
    Path root = Files.createDirectory(workbench.path("again"));
    Comparison sign = new Comparison(heading, "sign");
    Comparison reading = new Comparison(minimal, "Java program");
    Comparison looking = new Comparison(look, "Java program");
    try {
      TestFiles.makeMany(root, files, SignMany.FILE_BYTES);
      SignMany.signSeconds(workbench, root, files, 0);
      SignMany.opensslSeconds(root);
      SignMany.signSeconds(workbench, root, 0, files);
      for (int round = 0; round < workbench.settings().rounds(); round++) {
        double openssl = SignMany.opensslSeconds(root);
        sign.add(SignMany.signSeconds(workbench, root, 0, files), openssl);
        reading.add(lookSeconds(root, MinimalLook.Sidecars.READ), openssl);
        looking.add(lookSeconds(root, MinimalLook.Sidecars.LOOKED_AT), openssl);
      }
    } finally {
      TestFiles.deleteTree(root);
    }
    return List.of(sign.row(), reading.row(), looking.row());
  }

  private static double lookSeconds(Path root, MinimalLook.Sidecars sidecars)
      throws IOException, InterruptedException {
    List<String> command =
        JavaProcess.command(SignatureMaker.BOUNCY_CASTLE, List.of(), MinimalLook.class.getName());
    command.addAll(List.of(root.toString(), sidecars.name()));
    long start = System.nanoTime();
    Program.run(PATIENCE, command);
    return (System.nanoTime() - start) / 1e9;
  }
}
