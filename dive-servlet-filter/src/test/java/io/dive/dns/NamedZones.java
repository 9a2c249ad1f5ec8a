// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Zone files signed with BIND's tools. */
public final class NamedZones {
  private final Path directory;
  private final List<String> statements = new ArrayList<>();
  private final List<String> anchors = new ArrayList<>();
  private final Map<String, String> keys = new HashMap<>();

  /** Zones whose files go there. */
  public NamedZones(Path directory) {
    this.directory = directory;
  }

  private static String apex(String zone, int serial, String records) {
    return """
        $ORIGIN %s.
        $TTL 300
        @ IN SOA ns hostmaster %d 3600 600 86400 60
        @ IN NS ns
        ns IN A 127.0.0.1
        """
            .formatted(zone, serial)
        + records;
  }

  /** Adds a zone that is not signed. */
  void unsigned(String zone, String records) throws IOException {
    Files.writeString(directory.resolve(zone + ".zone"), apex(zone, 1, records));
    serve(zone, zone + ".zone");
  }

  /** Adds a zone whose file does not exist, so that the server answers SERVFAIL. */
  void unloadable(String zone) {
    serve(zone, "absent.zone");
  }

  /**
   * Adds a signed zone and anchors it.
   *
   * @param signerOptions more options for {@code dnssec-signzone}
   * @return its DS record, for a parent
   */
  public String signed(String zone, String records, String... signerOptions)
      throws IOException, InterruptedException {
    String key =
        Named.run(directory, "dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-fk", zone).trim();
    keys.put(zone, key);
    anchors.add(keyRecord(key));
    sign(zone, 1, records, signerOptions);
    serve(zone, zone + ".signed");
    return Named.run(directory, "dnssec-dsfromkey", "-2", key + ".key").trim();
  }

  private String keyRecord(String key) throws IOException {
    return Files.readString(directory.resolve(key + ".key"))
        .lines()
        .filter(line -> !line.startsWith(";"))
        .findFirst()
        .orElseThrow();
  }

  /** Gives a signed zone other content and another serial; its key stays. */
  public void sign(String zone, int serial, String records, String... signerOptions)
      throws IOException, InterruptedException {
    String key = Optional.ofNullable(keys.get(zone)).orElseThrow();
    Files.writeString(
        directory.resolve(zone + ".zone"), apex(zone, serial, records + keyRecord(key) + "\n"));
    List<String> arguments =
        new ArrayList<>(List.of("-q", "-z", "-P", "-o", zone, "-f", zone + ".signed"));
    arguments.addAll(List.of(signerOptions));
    arguments.add(zone + ".zone");
    arguments.add(key);
    Named.run(directory, "dnssec-signzone", arguments.toArray(String[]::new));
  }

  /** Copies the zone files as they are now, for another server. */
  public Path copy(String name) throws IOException {
    Path copy = Files.createDirectory(directory.resolve(name));
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    return copy;
  }

  /** Changes a signed zone behind its signatures' back. */
  void tamper(String zone, String from, String to) throws IOException {
    tamper(directory, zone, from, to);
  }

  /** Changes a copy of a signed zone. */
  public static void tamper(Path directory, String zone, String from, String to)
      throws IOException {
    Path file = directory.resolve(zone + ".signed");
    String text = Files.readString(file);
    if (!text.contains(from)) {
      throw new IOException("nothing to tamper with in " + text);
    }
    Files.writeString(file, text.replace(from, to));
  }

  private void serve(String zone, String file) {
    statements.add("zone \"" + zone + "\" { type primary; file \"" + file + "\"; };");
  }

  /** Forgets the anchor of a zone. */
  void unanchor(String zone) {
    anchors.removeIf(anchor -> anchor.startsWith(zone + "."));
  }

  /** For the configuration. */
  public String statements() {
    return String.join("\n", statements);
  }

  /** The anchors of the zones. */
  public Path anchorFile() throws IOException {
    Path file = directory.resolve("anchors.txt");
    return Files.writeString(file, "; anchors\n" + String.join("\n", anchors) + "\n");
  }
}
