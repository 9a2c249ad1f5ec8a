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
 * {@code dive sign} over many small files, by the sum of its parts; then again, with nothing
 * changed. The parts: openssl over the files on all processors; two signatures for each file at the
 * rate of all processors; as many files of a sidecar's size, written and flushed one by one.
 * Whatever reads files is run before once without a clock, because some machines drop what they
 * have cached of them.
 */
final class SignMany implements Scenario {
  private static final int FILE_BYTES = 4096;
  private static final int SIGNATURES_PER_FILE = 2; // one for each draft
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Row.Heading first;
  private final Row.Heading again;
  private final Row.Heading minimal;

  SignMany(int files) {
    this.first =
        new Row.Heading(
            "sign-many",
            "sign, %,d files of 4 KiB, by openssl + signatures + durable writes".formatted(files),
            Target.atMost(1.3));
    this.again =
        new Row.Heading(
            "sign-many-again", "sign, the same files unchanged, by openssl", Target.atMost(0.5));
    this.minimal =
        new Row.Heading(
            "sign-many-again-minimal",
            "a Java program that looks at these files and reads their sidecars, by openssl",
            Target.atMost(0.5));
  }

  @Override
  public List<Row.Heading> headings() {
    return List.of(first, again, minimal);
  }

  @Override
  public Set<Program> programs() {
    return Set.of(Program.OPENSSL);
  }

  @Override
  public List<Row> measure(Workbench workbench) throws IOException, InterruptedException {
    int files = workbench.settings().files();
    Path root = Files.createDirectory(workbench.path("many"));
    Path written = workbench.path("written");
    Figures firstFigures = new Figures();
    Figures againFigures = new Figures();
    Figures minimalFigures = new Figures();
    List<Double> firstRatios = new ArrayList<>();
    List<Double> againRatios = new ArrayList<>();
    List<Double> minimalRatios = new ArrayList<>();
    try (JavaProcess floor = workbench.cryptoFloor(SignatureMaker.BOUNCY_CASTLE)) {
      TestFiles.makeMany(root, files, FILE_BYTES);
      for (int round = 0; round < workbench.settings().rounds(); round++) {
        openssl(root);
        double hashes = openssl(root);
        double signatures = SIGNATURES_PER_FILE * files / floor.number("rate");
        double sign = sign(workbench, root, files, 0);
        int sidecarBytes = (int) Files.size(root.resolve(TestFiles.relative(0) + ".dive"));
        sign(workbench, root, 0, files);
        double repeat = sign(workbench, root, 0, files);
        look(root);
        double look = look(root);
        double hashesAgain = openssl(root);
        double writes = writes(written, files, sidecarBytes, true);
        firstFigures.add("sign s", sign);
        firstFigures.add("openssl s", hashes);
        firstFigures.add("signatures s", signatures);
        firstFigures.add("durable writes s", writes);
        firstFigures.add("writes without fsync s", writes(written, files, sidecarBytes, false));
        againFigures.add("sign s", repeat);
        againFigures.add("openssl s", hashesAgain);
        minimalFigures.add("Java program s", look);
        minimalFigures.add("openssl s", hashesAgain);
        firstRatios.add(sign / (hashes + signatures + writes));
        againRatios.add(repeat / hashesAgain);
        minimalRatios.add(look / hashesAgain);
        TestFiles.deleteEnding(root, ".dive");
      }
    } finally {
      TestFiles.deleteTree(root);
      TestFiles.deleteTree(written);
    }
    return List.of(
        Row.measured(first, firstRatios, firstFigures),
        Row.measured(again, againRatios, againFigures),
        Row.measured(minimal, minimalRatios, minimalFigures));
  }

  private static double sign(Workbench workbench, Path root, int signed, int unchanged)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    String report = workbench.sign(root);
    double seconds = (System.nanoTime() - start) / 1e9;
    if (!report.contains("%,d signed, %,d unchanged, 0 failed".formatted(signed, unchanged))) {
      throw new IOException("sign says " + report);
    }
    return seconds;
  }

  private static double look(Path root) throws IOException, InterruptedException {
    List<String> command =
        JavaProcess.command(SignatureMaker.BOUNCY_CASTLE, List.of(), MinimalLook.class.getName());
    command.add(root.toString());
    long start = System.nanoTime();
    Program.run(PATIENCE, command);
    return (System.nanoTime() - start) / 1e9;
  }

  private static double openssl(Path root) throws IOException, InterruptedException {
    String pipe =
        "find '%s' -type f ! -name '*.dive' -print0 | xargs -0 -P%d -n500 '%s' dgst -sha256"
            .formatted(root, Runtime.getRuntime().availableProcessors(), Program.OPENSSL.path());
    long start = System.nanoTime();
    Program.run(PATIENCE, List.of("sh", "-c", pipe));
    return (System.nanoTime() - start) / 1e9;
  }

  private static double writes(Path root, int count, int bytes, boolean flush) throws IOException {
    Files.createDirectory(root);
    long start = System.nanoTime();
    TestFiles.writeDurably(root, count, bytes, flush);
    double seconds = (System.nanoTime() - start) / 1e9;
    TestFiles.deleteTree(root);
    return seconds;
  }
}
