// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** How a server is driven. Sixteen connections, one request at a time on each. */
enum Driver {
  /** HTTP/1.1, for small responses. */
  WRK(Program.WRK),
  /** HTTP/1.1, for large responses: it counts the bytes of unfinished ones too. */
  H2LOAD_HTTP_1(Program.H2LOAD),
  /** HTTP/2 without TLS. */
  H2LOAD_HTTP_2(Program.H2LOAD);

  static final int CONNECTIONS = 16;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration WARM_UP_SLICE = Duration.ofSeconds(3);

  /** A file counts as settled, and goes out as the container sends it, after ten seconds. */
  private static final Duration SHORTEST_WARM_UP = Duration.ofSeconds(12);

  private static final Duration LONGEST_WARM_UP = Duration.ofSeconds(60);
  private static final long WARM_REQUESTS = 100_000;
  private static final double WARM_BYTES = 4e9;

  private final Program program;

  Driver(Program program) {
    this.program = program;
  }

  Program program() {
    return program;
  }

  /**
   * Drives a server until its files have settled and it has done enough to be compiled, which takes
   * longer on a busy machine; after a minute it is enough in any case.
   */
  void warmUp(Server server, String path) throws IOException, InterruptedException {
    long start = System.nanoTime();
    long requests = 0;
    double bytes = 0;
    long nanos = 0;
    while (nanos < SHORTEST_WARM_UP.toNanos()
        || (requests < WARM_REQUESTS && bytes < WARM_BYTES && nanos < LONGEST_WARM_UP.toNanos())) {
      Load load = drive(server, path, WARM_UP_SLICE);
      requests += load.requests();
      bytes += load.bytes();
      nanos = System.nanoTime() - start;
    }
  }

  Load drive(Server server, String path, Duration duration)
      throws IOException, InterruptedException {
    return drive(server, path, duration, Optional.empty());
  }

  /**
   * Asks for a path, or for what a script of wrk says.
   *
   * @throws IOException if one request was not answered with 200
   */
  Load drive(Server server, String path, Duration duration, Optional<Path> script)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(program.path()));
    String seconds = String.format(Locale.ROOT, "%d", Math.max(1, duration.toSeconds()));
    switch (this) {
      case WRK ->
          command.addAll(
              List.of("-t1", "-c" + CONNECTIONS, "-d" + seconds, "-H", "Host: " + server.host()));
      case H2LOAD_HTTP_1 -> command.addAll(h2load(server, seconds, List.of("--h1")));
      case H2LOAD_HTTP_2 -> command.addAll(h2load(server, seconds, List.of("-m1")));
    }
    script.ifPresent(file -> command.addAll(List.of("-s", file.toString())));
    command.add(server.base() + path);
    String report = Program.run(duration.plus(PATIENCE), command);
    return program == Program.WRK ? Load.ofWrk(report) : Load.ofH2load(report);
  }

  private static List<String> h2load(Server server, String seconds, List<String> further) {
    List<String> options = new ArrayList<>(further);
    options.addAll(
        List.of("-t1", "-c" + CONNECTIONS, "-D" + seconds, "-H", ":authority: " + server.host()));
    return options;
  }
}
