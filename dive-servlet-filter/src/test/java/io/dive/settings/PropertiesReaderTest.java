// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.dive.settings.PropertiesReader.Entry;
import java.io.IOException;
import java.io.StringReader;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class PropertiesReaderTest {
  @Property(tries = 20_000)
  void anyTextReadsAsPropertiesReadsIt(@ForAll("texts") String text) throws IOException {
    Optional<Map<String, String>> expected = withProperties(text);
    Optional<Map<String, String>> actual = withReader(text);
    // Properties sometimes makes an entry without key of a last line with a lone backslash.
    expected.ifPresent(map -> map.remove(""));
    actual.ifPresent(map -> map.remove(""));
    assertEquals(expected, actual);
  }

  /** Texts of the characters that mean something, so that they meet often. */
  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.of(
            "a",
            "b=c",
            " ",
            "\t",
            "\f",
            "\n",
            "\r",
            "\r\n",
            "\\",
            "\\\\",
            "=",
            ":",
            "#",
            "!",
            "\\u00e4",
            "\\u12",
            "\\n",
            "ä",
            "\\\n",
            "\\\r\n  ",
            "k = v\n",
            "\\u",
            "0")
        .list()
        .ofMaxSize(12)
        .map(parts -> String.join("", parts));
  }

  private static Optional<Map<String, String>> withProperties(String text) throws IOException {
    Properties properties = new Properties();
    try {
      properties.load(new StringReader(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    Map<String, String> map = new HashMap<>();
    properties.forEach((key, value) -> map.put((String) key, (String) value));
    return Optional.of(map);
  }

  private static Optional<Map<String, String>> withReader(String text) {
    try {
      Map<String, String> map = new HashMap<>();
      PropertiesReader.read(text).forEach(e -> map.put(e.key(), e.value()));
      return Optional.of(map);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  @Test
  void keepsLinesAndRepetitions() {
    assertEquals(
        List.of(
            new Entry("a", "1", 2),
            new Entry("b", "two three", 4),
            new Entry("a", "4", 7),
            new Entry("key with blanks", "", 8)),
        PropertiesReader.read(
            "# comment \\\na=1\n\n b : two \\\n   three\r\n!\r\na 4\nkey\\ with\\ blanks"));
  }

  @Test
  void read_brokenEscape_namesTheLine() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> PropertiesReader.read("a=1\nb=\\u00g0"))
            .getMessage();
    assertEquals("line 2: \\u must be followed by four hexadecimal digits", message);
  }
}
