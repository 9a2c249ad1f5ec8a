// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/** Many long streamed responses at once in a small heap: is one lost, how much is on disk? */
final class Concurrent implements Scenario {
  private static final int RESPONSES = 64;
  private static final long BYTES = 256L << 20;
  private static final long TEMP_BYTES = 1L << 30;
  private static final int SAMPLE_MILLIS = 20;

  private final Row.Heading lost =
      new Row.Heading(
          "concurrent-lost",
          "64 streamed responses of 256 MiB at once, -Xmx96m, not whole",
          Target.atMost(0, "responses"));
  private final Row.Heading temporary =
      new Row.Heading(
          "concurrent-temp",
          "the same, temporary space where dive.stream.temp-space = 1GiB",
          Target.atMost(TEMP_BYTES >> 20, "MiB"));

  @Override
  public List<Row.Heading> headings() {
    return List.of(lost, temporary);
  }

  @Override
  public Set<Program> programs() {
    return Set.of();
  }

  @Override
  public List<Row> measure(Workbench workbench) throws IOException, InterruptedException {
    Figures figures = new Figures();
    List<Double> losses = new ArrayList<>();
    List<Double> peaks = new ArrayList<>();
    Path held = Files.createDirectory(workbench.path("held"));
    try (Server server =
        workbench.filtered(
            SignatureMaker.BOUNCY_CASTLE,
            "-Xmx96m",
            workbench.files(),
            "stream",
            "dive.stream.limit = 512MiB",
            "dive.stream.temp-space = 1GiB",
            "dive.stream.temp-dir = " + held)) {
      for (int round = 0; round < workbench.settings().rounds(); round++) {
        ExecutorService pool = Executors.newFixedThreadPool(RESPONSES + 1);
        try {
          round(server, pool, figures, losses, peaks);
        } catch (ExecutionException e) {
          throw new IOException(e.getCause());
        } finally {
          pool.shutdownNow();
        }
      }
    }
    return List.of(
        Row.measured(lost, losses, figures), Row.measured(temporary, peaks, new Figures()));
  }

  private static void round(
      Server server, ExecutorService pool, Figures figures, List<Double> losses, List<Double> peaks)
      throws InterruptedException, ExecutionException {
    AtomicBoolean over = new AtomicBoolean();
    Future<Long> peak = pool.submit(() -> peakBytes(server, over));
    long start = System.nanoTime();
    Callable<Result> request = () -> request(server);
    List<Result> results = new ArrayList<>();
    for (Future<Result> answer : pool.invokeAll(Collections.nCopies(RESPONSES, request))) {
      results.add(answer.get());
    }
    figures.add("s", (System.nanoTime() - start) / 1e9);
    over.set(true);
    figures.add("signed", count(results, Result.SIGNED));
    losses.add(count(results, Result.LOST));
    peaks.add(peak.get() / 1024.0 / 1024.0);
  }

  private static double count(List<Result> results, Result wanted) {
    return Collections.frequency(results, wanted);
  }

  private enum Result {
    SIGNED,
    UNSIGNED,
    LOST
  }

  private static Result request(Server server) {
    try {
      RawClient.Answer answer = RawClient.get(server, "/dynamic/large/" + BYTES);
      if (!answer.isOk() || answer.bodyBytes() != BYTES) {
        return Result.LOST;
      }
      return answer.isSigned() ? Result.SIGNED : Result.UNSIGNED;
    } catch (IOException e) {
      return Result.LOST;
    }
  }

  private static long peakBytes(Server server, AtomicBoolean over)
      throws IOException, InterruptedException {
    long peak = 0;
    while (!over.get()) {
      peak = Math.max(peak, deletedFileBytes(server));
      Thread.sleep(SAMPLE_MILLIS);
    }
    return peak;
  }

  /** Bytes of the files that the process has open and nobody else can see. */
  private static long deletedFileBytes(Server server) throws IOException {
    long bytes = 0;
    Path open = Path.of("/proc", Long.toString(server.process().pid()), "fd");
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(open)) {
      for (Path descriptor : descriptors) {
        try {
          if (Files.readSymbolicLink(descriptor).toString().endsWith(" (deleted)")) {
            bytes += Files.size(descriptor);
          }
        } catch (IOException e) {
          // Closed meanwhile.
        }
      }
    }
    return bytes;
  }
}
