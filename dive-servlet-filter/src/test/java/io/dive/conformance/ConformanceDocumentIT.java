// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The table of every case in every container is what the runs before this one have found; {@code
 * -Ddocs.write=true} writes it anew.
 */
class ConformanceDocumentIT {
  private static final Path DOCUMENT = Path.of("docs", "conformance.md");

  private static final String HEAD =
      """
      # What holds in which container

      Written by the runs of the cases themselves (`mvn verify`; `-Ddocs.write=true` writes it anew). Each case is a
      test in `src/test/java/io/dive/conformance` that starts the container, sends requests over a socket and judges the
      bytes that come back as a client does. **yes**: the case passes. A number: this container cannot, the note below
      the table says what it does instead and why; the test shows that.

      The last tables are of cases that are particular to the containers they name: a web application that registers the
      filter by itself, and Spring Boot.

      Not of DIVE, but found here: Tomcat 10.1 (10.1.59, 10.1.62) closes about one in a thousand new HTTP/2 connections
      that begin with several requests at once, with the filter or without it. `useAsyncIO="false"` at its connector ends
      that; Tomcat 11 (11.0.24, 11.0.27) did not do it in 3,000 connections each.
      """;

  /** Of one case: what each container made of it. */
  private static final class Row {
    private final Map<Kind, String> reasonByKind = new EnumMap<>(Kind.class);
  }

  private final SortedMap<String, SortedMap<String, Row>> groups = new TreeMap<>();

  /** Those that are not for every container. */
  private final SortedMap<String, SortedMap<String, Row>> particularGroups = new TreeMap<>();

  private final List<String> notes = new ArrayList<>();

  @Test
  void theTableIsWhatTheRunsHaveFound() throws IOException {
    for (Kind kind : Kind.values()) {
      Path directory = CaseLog.DIRECTORY.resolve(kind.id());
      assertTrue(
          Files.isDirectory(directory), "the cases were not run in " + kind.id() + "; mvn verify");
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.sorted().toList()) {
          read(kind, file);
        }
      }
    }
    String text = document();
    if (Boolean.getBoolean("docs.write")) {
      Files.writeString(DOCUMENT, text);
    }
    assertEquals(text, Files.readString(DOCUMENT));
  }

  private void read(Kind kind, Path file) throws IOException {
    String name = file.getFileName().toString().replace(".tsv", "");
    boolean particular = name.endsWith("IT");
    String group = name.replaceAll("(Cases|IT)$", "");
    for (String line : Files.readAllLines(file)) {
      String[] columns = line.split("\t", -1);
      assertTrue(
          CaseLog.Result.valueOf(columns[1]) != CaseLog.Result.FAILED,
          () -> "%s failed in %s".formatted(columns[0], kind.id()));
      (particular ? particularGroups : groups)
          .computeIfAbsent(group, key -> new TreeMap<>())
          .computeIfAbsent(columns[0], key -> new Row())
          .reasonByKind
          .put(kind, columns[2]);
    }
  }

  private String document() {
    StringBuilder text = new StringBuilder(HEAD);
    groups.forEach((group, rows) -> section(group, rows, List.of(Kind.values()), text));
    particularGroups.forEach((group, rows) -> section(group, rows, kindsOf(rows), text));
    text.append("\n## Notes\n\n");
    for (int i = 0; i < notes.size(); i++) {
      text.append("%d. %s\n".formatted(i + 1, notes.get(i)));
    }
    return text.toString();
  }

  private static List<Kind> kindsOf(SortedMap<String, Row> rows) {
    return Stream.of(Kind.values())
        .filter(kind -> rows.values().stream().anyMatch(row -> row.reasonByKind.containsKey(kind)))
        .toList();
  }

  private void section(
      String group, SortedMap<String, Row> rows, List<Kind> kinds, StringBuilder text) {
    String words = CaseLog.sentence(group);
    text.append(
        "\n## %s%s\n\n"
            .formatted(words.substring(0, 1).toUpperCase(Locale.ROOT), words.substring(1)));
    text.append("| case |");
    kinds.forEach(kind -> text.append(" %s |".formatted(kind.title())));
    text.append("\n|---|").append("---|".repeat(kinds.size())).append('\n');
    rows.forEach(
        (sentence, row) -> {
          text.append("| %s |".formatted(sentence));
          for (Kind kind : kinds) {
            text.append(" %s |".formatted(cell(row.reasonByKind, kind)));
          }
          text.append('\n');
        });
  }

  private String cell(Map<Kind, String> reasons, Kind kind) {
    String reason = reasons.get(kind);
    if (reason == null) {
      return "not run";
    }
    if (reason.isEmpty()) {
      return "yes";
    }
    if (!notes.contains(reason)) {
      notes.add(reason);
    }
    return "(%d)".formatted(notes.indexOf(reason) + 1);
  }
}
