// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dive.dns.Deadline;
import io.dive.dns.Named;
import io.dive.protocol.DiveException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Zone files, and programs of the machine that work on them, in a directory of a test. */
public final class ZoneFiles {
  /** The apex of the shared examples. */
  public static final String ZONE = "example.";

  private final Path directory;

  /** In the given directory. */
  public ZoneFiles(Path directory) {
    this.directory = directory;
  }

  /** Long enough for anything. */
  static Deadline noHurry() {
    return Deadline.in(Duration.ofMinutes(10));
  }

  /** One of the shared example zones. */
  public static Path vector(String name) {
    return Path.of("src/test/resources/vectors/zonemd", name).toAbsolutePath();
  }

  static Zone read(Path file) throws DiveException {
    return ZoneSource.file(file, ZONE).read(noHurry());
  }

  static ZoneResult verify(Path file) throws DiveException {
    return ZoneVerifier.unanchored(Clock.systemUTC()).verify(read(file), noHurry());
  }

  /** Writes a file. */
  public Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text, StandardCharsets.ISO_8859_1);
  }

  /** Writes an unsigned zone with its digests. */
  public Path generate(String name, Path from, ZoneHash... hashes)
      throws DiveException, IOException {
    Path file = directory.resolve(name);
    GeneratedZonemd.of(read(from), java.util.Set.of(hashes)).write(file);
    return file;
  }

  /** A zone of delegations with glue and hosts, some names with capitals and escapes. */
  static String generated(int records) {
    StringBuilder zone =
        new StringBuilder(
            """
            $ORIGIN example.
            $TTL 86400
            @ IN SOA ns1 admin 2018031900 1800 900 604800 86400
            @ IN NS ns1
            @ IN NS NS2
            ns1 A 203.0.113.63
            ns2 AAAA 2001:db8::63
            """);
    for (int i = 0; i < records / 4; i++) {
      zone.append("host%d 3600 IN A 10.%d.%d.%d\n".formatted(i, i >> 16, i >> 8 & 255, i & 255));
      zone.append("Del%d IN NS ns.del%d\nns.del%d IN A 10.1.2.3\n".formatted(i, i, i));
      int octet = i % 256 == '"' ? 0 : i % 256; // ldns forgets to escape that one in a name
      zone.append("t\\000\\%03d.%d TXT \"text \\200 %d\"\n".formatted(octet, i, i));
    }
    return zone.toString();
  }

  /** Makes a key of the zone with ldns, or ends the test where that is not installed. */
  public String key() throws IOException, InterruptedException {
    for (String program : List.of("ldns-keygen", "ldns-signzone")) {
      assumeTrue(Named.program(program).isPresent(), program + " is not installed");
    }
    return runWell("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", ZONE);
  }

  /** The DS record of a key, as a line of a zone file. */
  public String ds(String key) throws IOException {
    return Files.readString(directory.resolve(key + ".ds")).replace("\tIN\t", " 60 IN ");
  }

  /** Signs a zone with ldns, digest included. */
  public Path sign(String name, Path zone, String key) throws IOException, InterruptedException {
    Path signed = directory.resolve(name);
    runWell("ldns-signzone", "-z", "1:1", "-o", ZONE, "-f", signed, zone, key);
    return signed;
  }

  /** What a program printed, and its exit code. */
  public record Run(int exitCode, String output) {}

  /** Runs a program to its end. */
  public Run run(String program, Object... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of(Named.program(program).orElseThrow().toString()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    Path output = Files.createTempFile(directory, program, ".out");
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    int exitCode = process.waitFor();
    return new Run(exitCode, Files.readString(output, StandardCharsets.ISO_8859_1));
  }

  /** The same, for a program that has to succeed; gives the last line it printed. */
  public String runWell(String program, Object... arguments)
      throws IOException, InterruptedException {
    Run run = run(program, arguments);
    if (run.exitCode() != 0) {
      throw new IOException(program + " failed: " + run.output());
    }
    return run.output().lines().reduce((first, second) -> second).orElse("").trim();
  }
}
