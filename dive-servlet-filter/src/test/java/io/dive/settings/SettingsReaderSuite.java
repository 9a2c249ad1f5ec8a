// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A settings file, and the files that it names. */
abstract class SettingsReaderSuite {
  static final String MINIMAL =
      """
      dive.hosts=example.com
      dive.rule.1.path=/dl/**
      dive.rule.1.mode=sidecar
      """;

  Path directory;
  final Properties systemProperties = new Properties();

  @BeforeEach
  void writeFiles(@TempDir Path directory) throws IOException {
    this.directory = directory;
    for (String name : List.of("a.pem", "b.pem", "c.pub", "pass", "signatures.json", "root.key")) {
      Files.writeString(directory.resolve(name), "");
    }
    Files.createDirectory(directory.resolve("files"));
  }

  Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("dive.properties"), text);
  }

  DiveSettings read(String text) throws IOException, ConfigException {
    return SettingsReader.read(
        Map.of("dive.config", file(text).toString()), systemProperties, Map.of());
  }

  static String message(Exception e) {
    return String.valueOf(e.getMessage());
  }

  /** The one problem's line of the message. */
  String problem(ErrorCode code, String text) {
    ConfigException e = assertThrows(ConfigException.class, () -> read(text));
    assertEquals(code, e.code(), message(e));
    List<String> lines = message(e).lines().toList();
    assertEquals(2, lines.size(), message(e));
    return lines.get(1);
  }

  void assertProblem(String line, int number, String key, String... parts) {
    String where = directory.resolve("dive.properties") + (number > 0 ? ":" + number : "");
    assertTrue(line.startsWith("  " + where + ": " + key + ": found "), line);
    assertTrue(line.contains("allowed: "), line);
    for (String part : parts) {
      assertTrue(line.contains(part), () -> part + " is not in " + line);
    }
  }
}
