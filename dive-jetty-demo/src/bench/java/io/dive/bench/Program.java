// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A foreign program, with the Debian package that has it. */
enum Program {
  WRK("wrk"),
  H2LOAD("nghttp2-client"),
  NGINX("nginx"),
  OPENSSL("openssl");

  private static final List<String> FURTHER_PLACES = List.of("/usr/sbin", "/usr/local/bin");

  private final String debianPackage;

  Program(String debianPackage) {
    this.debianPackage = debianPackage;
  }

  String debianPackage() {
    return debianPackage;
  }

  private String fileName() {
    return name().toLowerCase(Locale.ROOT);
  }

  Optional<Path> find() {
    String path = System.getenv().getOrDefault("PATH", "");
    return Stream.concat(Stream.of(path.split(File.pathSeparator, -1)), FURTHER_PLACES.stream())
        .filter(place -> !place.isEmpty())
        .map(place -> Path.of(place, fileName()))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Its path; only for rows that were found to have what they need. */
  String path() {
    return find().orElseThrow().toString();
  }

  /** Runs it to its end; its standard output. */
  String run(Duration patience, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(path()));
    command.addAll(List.of(arguments));
    return run(patience, command);
  }

  /**
   * Runs any command to its end.
   *
   * @return what it printed on standard output
   * @throws IOException if it fails, or does not end in time; it is ended then
   */
  static String run(Duration patience, List<String> command)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile("bench-output", ".txt");
    Path errors = Files.createTempFile("bench-errors", ".txt");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectInput(new File("/dev/null"))
              .redirectOutput(output.toFile())
              .redirectError(errors.toFile())
              .start();
      try {
        if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
          throw new IOException(command + " does not end within " + patience);
        }
      } finally {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            "%s ended with %d: %s"
                .formatted(command, process.exitValue(), Files.readString(errors)));
      }
      return Files.readString(output, StandardCharsets.UTF_8);
    } finally {
      Files.delete(output);
      Files.delete(errors);
    }
  }
}
