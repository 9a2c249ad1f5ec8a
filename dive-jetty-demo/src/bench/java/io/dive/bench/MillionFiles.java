// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A tree of a million files: names of a few hundred, with their sidecars. How long does the first
 * request of a fresh server take, and does memory grow with the number of files that were asked
 * for?
 */
final class MillionFiles implements Scenario {
  static final int FILES = 1_000_000;
  private static final int FILES_PER_DIRECTORY = 1000;
  private static final int LINKS = 20_000; // of one file; file systems have limits
  private static final int STEP = 7919; // prime, so that it comes to all files
  private static final int OTHERS = 200;
  private static final long SOME = 30_000;
  private static final long MANY = 90_000;
  private static final double MIB = 1024 * 1024;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final String mode;
  private final Row.Heading first;
  private final Row.Heading memory;

  MillionFiles(String mode) {
    this.mode = mode;
    this.first =
        new Row.Heading(
            "million-" + mode,
            "1,000,000 files, %s, first request for a file (the server has answered others)"
                .formatted(mode),
            Target.atMost(50, "ms"));
    this.memory =
        new Row.Heading(
            "million-memory-" + mode,
            "the same, heap after 90,000 of them by that after 30,000, 10,000 cache entries",
            Target.atMost(1.1));
  }

  @Override
  public List<Row.Heading> headings() {
    return List.of(first, memory);
  }

  @Override
  public Set<Program> programs() {
    return Set.of(Program.WRK);
  }

  @Override
  public List<Row> measure(Workbench workbench) throws IOException, InterruptedException {
    Path root = tree(workbench);
    Figures times = new Figures();
    Figures heaps = new Figures();
    List<Double> firsts = new ArrayList<>();
    List<Double> growths = new ArrayList<>();
    for (int round = 0; round < workbench.settings().rounds(); round++) {
      firsts.add(firstRequest(workbench, root, times));
    }
    try (JettyServer server = workbench.filtered(root, mode);
        JettyServer bare = workbench.bare(root)) {
      growths.add(growth(workbench, server, bare, heaps));
    }
    return List.of(Row.measured(first, firsts, times), Row.measured(memory, growths, heaps));
  }

  /** Milliseconds. The same of Jetty alone, and of a root with two files, tells whose they are. */
  private double firstRequest(Workbench workbench, Path root, Figures figures)
      throws IOException, InterruptedException {
    String file = "/" + TestFiles.relative(FILES / 2);
    double first = first(() -> filtered(workbench, root), file, "", figures);
    first(() -> workbench.bare(root), file, "bare ", figures);
    first(
        () -> filtered(workbench, workbench.files()), "/" + Workbench.SMALL, "two files ", figures);
    return first;
  }

  /** Its rule leaves alone what is asked for beforehand. */
  private JettyServer filtered(Workbench workbench, Path root)
      throws IOException, InterruptedException {
    return workbench.filtered(
        root, mode, "dive.rule.1.path = /dynamic/**", "dive.rule.1.mode = off");
  }

  private interface Start {
    Server start() throws IOException, InterruptedException;
  }

  private static double first(Start start, String file, String name, Figures figures)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    try (Server server = start.start()) {
      figures.add(name + "start ms", (System.nanoTime() - begin) / 1e6);
      figures.add(name + "very first request ms", millis(server, "/dynamic/same"));
      for (int i = 0; i < OTHERS; i++) {
        millis(server, "/dynamic/same");
      }
      double first = millis(server, file);
      figures.add(name + "first ms", first);
      return first;
    }
  }

  private static double millis(Server server, String path) throws IOException {
    RawClient.Answer answer = RawClient.get(server, path);
    if (!answer.isOk()) {
      throw new IOException(path + ": " + answer.head());
    }
    return answer.time().toNanos() / 1e6;
  }

  private static double growth(
      Workbench workbench, JettyServer filtered, JettyServer bare, Figures figures)
      throws IOException, InterruptedException {
    figures.add("heap at start MiB", filtered.heapBytes() / MIB);
    long asked = ask(workbench, filtered, 0, SOME);
    double some = filtered.heapBytes();
    ask(workbench, filtered, asked, MANY);
    double many = filtered.heapBytes();
    ask(workbench, bare, 0, SOME);
    figures.add("after 30,000 files MiB", some / MIB);
    figures.add("after 90,000 MiB", many / MIB);
    figures.add("bare after 30,000 MiB", bare.heapBytes() / MIB);
    return many / some;
  }

  /** Asks for one file after the other, until so many were asked for; how many it were. */
  private static long ask(Workbench workbench, JettyServer server, long from, long to)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    long asked = from;
    while (asked < to) {
      if (System.nanoTime() - start > PATIENCE.toNanos()) {
        throw new IOException("%,d files in %s".formatted(asked - from, PATIENCE));
      }
      Path script = workbench.path("million.lua");
      Files.writeString(
          script,
          """
          local n = %d
          request = function()
            n = (n + %d) %% %d
            return wrk.format("GET", string.format("/%%04d/%%03d.bin", math.floor(n / %4$d), n %% %4$d))
          end
          """
              .formatted(asked * STEP % FILES, STEP, FILES, FILES_PER_DIRECTORY));
      asked +=
          Driver.WRK
              .drive(server, "/", workbench.settings().slice(), Optional.of(script))
              .requests();
    }
    return asked;
  }

  /** Made once for all modes; the workbench takes it away. */
  private static Path tree(Workbench workbench) throws IOException, InterruptedException {
    Path root = workbench.path("million");
    if (Files.exists(root)) {
      return root;
    }
    Path originals = Files.createDirectory(workbench.path("originals"));
    int count = FILES / LINKS;
    TestFiles.makeMany(originals, count, DynamicServlet.SMALL_BYTES);
    workbench.sign(originals);
    for (int i = 0; i < FILES; i++) {
      Path file = TestFiles.place(root, i);
      Path original = originals.resolve(TestFiles.relative(i % count));
      Files.createLink(file, original);
      Files.createLink(sidecar(file), sidecar(original));
    }
    return root;
  }

  private static Path sidecar(Path file) {
    return file.resolveSibling(file.getFileName() + ".dive");
  }
}
