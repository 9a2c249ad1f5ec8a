// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** From the path of a request to its file. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FileMappingBenchmark {
  private static final String PRESENT = "/downloads/releases/1.0/app-1.0.zip";
  private static final String ABSENT = "/downloads/releases/1.0/app-2.0.zip";
  private static final String ESCAPED = "/downloads/releases/1.0/app%2d1.0.zip";

  private final Path root;
  private final FileMapping mapping;

  public FileMappingBenchmark() {
    try {
      root = Files.createTempDirectory("dive-mapping");
      Path directory = Files.createDirectories(root.resolve("releases/1.0"));
      Files.write(directory.resolve("app-1.0.zip"), new byte[1024]);
      mapping = new FileMapping(root, "/downloads/", System::nanoTime);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @TearDown
  public void close() throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Benchmark
  public Optional<FileMapping.Located> present() {
    return mapping.locate(PRESENT, PRESENT);
  }

  @Benchmark
  public Optional<FileMapping.Located> escaped() {
    return mapping.locate(ESCAPED, PRESENT);
  }

  @Benchmark
  public Optional<FileMapping.Located> absent() {
    return mapping.locate(ABSENT, ABSENT);
  }
}
