// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What the benchmark is told, by system properties {@code bench.*}.
 *
 * @param checkout where the project lies
 * @param rounds how often each pair is measured
 * @param starts how often servers under load are started anew for as many rounds each
 * @param slice how long one load lasts
 * @param only beginnings of the names of the rows to measure; empty for all
 * @param files how many small files are signed
 * @param php base URL of a PHP proof-of-concept server with {@code /1k.bin}
 * @param publish whether docs/performance.md is rewritten
 * @param record whether each Jetty is recorded by the JDK's flight recorder
 * @param work where the temporary directory is made
 */
record Settings(
    Path checkout,
    int rounds,
    int starts,
    Duration slice,
    List<String> only,
    int files,
    Optional<String> php,
    boolean publish,
    boolean record,
    Path work) {
  /** Checks the numbers. */
  Settings {
    if (rounds < 1 || starts < 1 || slice.isZero() || slice.isNegative() || files < 1) {
      throw new IllegalArgumentException(
          "bench.rounds, bench.starts, bench.seconds and bench.files are at least 1");
    }
    only = List.copyOf(only);
  }

  static Settings fromSystemProperties() {
    return new Settings(
        Path.of(System.getProperty("bench.checkout", ".")).toAbsolutePath().normalize(),
        Integer.getInteger("bench.rounds", 5),
        Integer.getInteger("bench.starts", 2),
        Duration.ofSeconds(Integer.getInteger("bench.seconds", 5)),
        Arrays.stream(System.getProperty("bench.only", "").split(",", -1))
            .map(String::strip)
            .filter(name -> !name.isEmpty())
            .toList(),
        Integer.getInteger("bench.files", 100_000),
        Optional.of(System.getProperty("bench.php", "")).filter(url -> !url.isBlank()),
        Boolean.getBoolean("bench.publish"),
        Boolean.getBoolean("bench.record"),
        Path.of(System.getProperty("bench.work", System.getProperty("java.io.tmpdir"))));
  }

  /** Where results go. */
  Path results() {
    return publish
        ? documents().resolve("bench")
        : checkout.resolve("dive-jetty-demo/target/bench");
  }

  /** The project's documents. */
  Path documents() {
    return checkout.resolve("dive-servlet-filter/docs");
  }

  /**
   * Checks what is asked for.
   *
   * @throws IllegalArgumentException if no row has such a name
   */
  void requireKnown(List<String> names) {
    for (String beginning : only) {
      if (names.stream().noneMatch(name -> name.startsWith(beginning))) {
        throw new IllegalArgumentException(
            "bench.only: no row's name begins with %s; there are %s"
                .formatted(beginning, String.join(", ", names)));
      }
    }
  }

  boolean wants(String name) {
    return only.isEmpty() || only.stream().anyMatch(name::startsWith);
  }

  /** The command line's jar. */
  Path commandLine() {
    return checkout.resolve("dive-servlet-filter/target/dive-cli.jar");
  }
}
