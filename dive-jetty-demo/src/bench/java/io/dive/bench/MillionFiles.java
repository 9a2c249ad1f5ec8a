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

  private final String mode;
  private final Row.Heading first;
  private final Row.Heading memory;

  MillionFiles(String mode) {
    this.mode = mode;
    this.first =
        new Row.Heading(
            "million-" + mode,
            "1,000,000 files, %s, first request of a fresh server".formatted(mode),
            Target.atMost(50, "ms"));
    this.memory =
        new Row.Heading(
            "million-memory-" + mode,
            "the same, heap after the load of two slices by that after one, 10,000 cache entries",
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

  /** Milliseconds; one more server with nothing to look through tells what is Jetty's. */
  private double firstRequest(Workbench workbench, Path root, Figures figures)
      throws IOException, InterruptedException {
    double filtered;
    long start = System.nanoTime();
    try (Server server = workbench.filtered(root, mode)) {
      figures.add("start ms", (System.nanoTime() - start) / 1e6);
      filtered = millis(server, "/" + TestFiles.relative(FILES / 2));
      figures.add("next ms", millis(server, "/" + TestFiles.relative(FILES / 2 + 1)));
    }
    start = System.nanoTime();
    try (Server server = workbench.bare(root)) {
      figures.add("bare start ms", (System.nanoTime() - start) / 1e6);
      figures.add("bare first ms", millis(server, "/" + TestFiles.relative(FILES / 2)));
    }
    try (Server server = workbench.filtered(workbench.files(), mode)) {
      figures.add("two files first ms", millis(server, "/" + Workbench.SMALL));
    }
    return filtered;
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
    Path script = workbench.path("million.lua");
    Files.writeString(
        script,
        """
        local n = 0
        request = function()
          n = (n + %d) %% %d
          return wrk.format("GET", string.format("/%%04d/%%03d.bin", math.floor(n / %3$d), n %% %3$d))
        end
        """
            .formatted(STEP, FILES, FILES_PER_DIRECTORY));
    Duration slice = workbench.settings().slice().multipliedBy(2);
    double[] heap = new double[3];
    heap[0] = filtered.heapBytes();
    for (int i = 1; i < heap.length; i++) {
      Load load = Driver.WRK.drive(filtered, "/", slice, Optional.of(script));
      figures.add("requests", (double) load.requests());
      heap[i] = filtered.heapBytes();
    }
    Driver.WRK.drive(bare, "/", slice, Optional.of(script));
    figures.add("heap at start MiB", heap[0] / 1024 / 1024);
    figures.add("after one slice MiB", heap[1] / 1024 / 1024);
    figures.add("after two MiB", heap[2] / 1024 / 1024);
    figures.add("bare after one MiB", bare.heapBytes() / 1024 / 1024);
    return heap[2] / heap[1];
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
      Path file = root.resolve(TestFiles.relative(i));
      if (i % FILES_PER_DIRECTORY == 0) {
        Files.createDirectories(file.getParent());
      }
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
