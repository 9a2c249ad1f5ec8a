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
 * {@code dive sign} over many small files, by the sum of its parts: openssl over the files on all
 * processors; two signatures for each file at the rate of all processors; as many files of a
 * sidecar's size, written and flushed one by one. Each round signs under names of its own, and what
 * the rounds make stays until the last is over: ext4 without a journal passes by each inode that
 * was freed within the last minutes when it looks for one, so that after many deletions each new
 * file takes long.
 */
final class SignMany implements Scenario {
  static final int FILE_BYTES = 4096;
  private static final int SIGNATURES_PER_FILE = 2; // one for each draft
  private static final int BLOCK_BYTES = 4096; // what a small file takes
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Row.Heading heading;

  SignMany(int files) {
    this.heading =
        new Row.Heading(
            "sign-many",
            "sign, %,d files of 4 KiB, by openssl + signatures + durable writes".formatted(files),
            Target.atMost(1.3));
  }

  /** What its files take on a disk: those that are signed, and two for each in each round. */
  static long neededBytes(Settings settings) {
    return (1L + 2L * settings.rounds()) * settings.files() * BLOCK_BYTES;
  }

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
    int files = workbench.settings().files();
    Path originals = Files.createDirectory(workbench.path("many"));
    Figures figures = new Figures();
    List<Double> ratios = new ArrayList<>();
    List<Path> made = new ArrayList<>(List.of(originals));
    try (JavaProcess floor = workbench.cryptoFloor(SignatureMaker.BOUNCY_CASTLE)) {
      TestFiles.makeMany(originals, files, FILE_BYTES);
      for (int round = 0; round < workbench.settings().rounds(); round++) {
        Path root = workbench.path("many-" + round);
        Path written = workbench.path("written-" + round);
        made.addAll(List.of(root, written));
        TestFiles.linkMany(originals, root, files);
        opensslSeconds(root);
        double hashes = opensslSeconds(root);
        double signatures = SIGNATURES_PER_FILE * files / floor.number("rate");
        double sign = signSeconds(workbench, root, files, 0);
        int sidecarBytes = (int) Files.size(root.resolve(TestFiles.relative(0) + ".dive"));
        double writes = writeSeconds(written, files, sidecarBytes);
        figures.add("sign s", sign);
        figures.add("openssl s", hashes);
        figures.add("signatures s", signatures);
        figures.add("durable writes s", writes);
        ratios.add(sign / (hashes + signatures + writes));
      }
    } finally {
      for (Path tree : made) {
        TestFiles.deleteTree(tree);
      }
    }
    return List.of(Row.measured(heading, ratios, figures));
  }

  /** Signs a tree, of whose files so many are not signed yet and so many are. */
  static double signSeconds(Workbench workbench, Path root, int signed, int unchanged)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    String report = workbench.sign(root);
    double seconds = (System.nanoTime() - start) / 1e9;
    if (!report.contains("%,d signed, %,d unchanged, 0 failed".formatted(signed, unchanged))) {
      throw new IOException("sign says " + report);
    }
    return seconds;
  }

  /**
   * Hashes all files of a tree. Some machines drop what they have cached of files, so it runs once
   * without a clock before it counts.
   */
  static double opensslSeconds(Path root) throws IOException, InterruptedException {
    String pipe =
        "find '%s' -type f ! -name '*.dive' -print0 | xargs -0 -P%d -n500 '%s' dgst -sha256"
            .formatted(root, Runtime.getRuntime().availableProcessors(), Program.OPENSSL.path());
    long start = System.nanoTime();
    Program.run(PATIENCE, List.of("sh", "-c", pipe));
    return (System.nanoTime() - start) / 1e9;
  }

  private static double writeSeconds(Path root, int count, int bytes) throws IOException {
    long start = System.nanoTime();
    TestFiles.writeDurably(root, count, bytes);
    return (System.nanoTime() - start) / 1e9;
  }
}
