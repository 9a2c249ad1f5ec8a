// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The reference table is made from the code; {@code -Ddocs.write=true} writes it anew. */
class SettingsDocumentTest {
  private static final Path DOCUMENT = Path.of("docs", "settings.md");

  private static final String HEAD =
      """
      # Settings

      Generated from the code; after a change there, write it anew with
      `mvn -pl dive-servlet-filter test -Dtest=SettingsDocumentTest -Ddocs.write=true`.

      The settings are in a file in the format of `java.util.Properties`, in UTF-8. It is named by the filter init
      parameter `dive.config`, else the system property `dive.config`, else the environment variable `DIVE_CONFIG`.
      Init parameters of the filter with a setting's name override the file, system properties override both.
      Relative file names start from the directory of the file. `N` is a number from 1 to 9999: keys sign in the order of
      their numbers, the newest first, at most three for a host; rules are tried in the order of theirs. Secrets are
      named by file or variable, never given as values. A change of the file is put to work without a restart, see
      [operations.md](operations.md).

      | Setting | Value | Default | Example | Meaning |
      |---|---|---|---|---|
      """;

  @Test
  void theReferenceTableIsUpToDate() throws IOException {
    StringBuilder text = new StringBuilder(HEAD);
    for (Setting<?> setting : SettingsTable.ALL) {
      text.append(
          "| `%s` | %s: %s | %s | `%s` | %s |%n"
              .formatted(
                  setting.name(),
                  setting.type().name(),
                  setting.type().allowed(),
                  setting.defaultText().map(d -> "`" + d + "`").orElse("none"),
                  setting.example(),
                  setting.description())
              .replace(System.lineSeparator(), "\n"));
    }
    if (Boolean.getBoolean("docs.write")) {
      Files.writeString(DOCUMENT, text);
    }
    assertEquals(text.toString(), Files.readString(DOCUMENT));
  }
}
