// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class SettingsTextTest {
  private static final Map<String, String> NEW_KEY = newKey();

  private static Map<String, String> newKey() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("id", "new");
    settings.put("file", "  C:\\keys\\neu ä.pem");
    return settings;
  }

  @Test
  void newKeyComesBeforeTheOldOne_andTheRestStays() throws Exception {
    String text =
        """
        # our server
        dive.hosts = www.example.com,\\
           dl.example.com
        \tdive.key.1.id : first
        dive.key.1.file=first.pem
        # the old one
        dive.key.3.id   old
        dive.key.3.file = ol\\
           d.pem
        ! end
        dive.key.allow-exposed = true""";
    SettingsText edited = SettingsText.parse(text).withKeyBefore(3, Map.of("id", "new"));
    assertEquals(
        """
        # our server
        dive.hosts = www.example.com,\\
           dl.example.com
        \tdive.key.1.id : first
        dive.key.1.file=first.pem
        # the old one
        dive.key.2.id = new
        dive.key.3.id   old
        dive.key.3.file = ol\\
           d.pem
        ! end
        dive.key.allow-exposed = true""",
        edited.toString());
    assertEquals(
        """
        # our server
        dive.hosts = www.example.com,\\
           dl.example.com
        # the old one
        dive.key.1.id = new
        dive.key.2.id   old
        dive.key.2.file = ol\\
           d.pem
        ! end
        dive.key.allow-exposed = true""",
        edited.withoutKey(1).toString());
  }

  @Test
  void key_givesItsSettingsAsWritten() throws Exception {
    assertEquals(
        Map.of("id", "k1", "file", "a b.pem"),
        SettingsText.parse("dive.key.2.id=k1\ndive.key.2.file a b.pem\ndive.key.1.id=x").key(2));
  }

  @Test
  void brokenEscape_isRefused() {
    ConfigException failure =
        assertThrows(ConfigException.class, () -> SettingsText.parse("a=\\u12"));
    assertEquals(ErrorCode.SETTING_INVALID, failure.code());
  }

  /** Texts in which keys' settings and others meet in every spelling. */
  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> names =
        Arbitraries.of(
            "dive.key.1.id",
            "dive.key.2.id",
            "dive.key.2.file",
            "dive.key.3.file",
            "dive.k\\u0065y.3.id",
            "dive.\\\n  key.1.file",
            "dive.key.allow-exposed",
            "dive.hosts",
            "dive.key.",
            "");
    Arbitrary<String> separators = Arbitraries.of("=", ":", " ", "\t= ", " : ");
    Arbitrary<String> values = Arbitraries.of("", "v", "a\\\n  b", "ä\\\\", "= :", "\\u0020x", "#");
    Arbitrary<String> ends = Arbitraries.of("\n", "\r\n");
    Arbitrary<String> blanks = Arbitraries.of("", "  ", "\t\f");
    Arbitrary<String> entries =
        net.jqwik.api.Combinators.combine(blanks, names, separators, values, ends)
            .as((blank, name, separator, value, end) -> blank + name + separator + value + end);
    Arbitrary<String> others =
        Arbitraries.of("# dive.key.1.id=no\n", "!\r\n", "\n", " \t\n", "\\\n");
    Arbitrary<String> lasts = Arbitraries.of("", "dive.key.2.id=end", "# end");
    return net.jqwik.api.Combinators.combine(
            Arbitraries.of("", "\ufeff"),
            Arbitraries.oneOf(entries, entries, others).list().ofMaxSize(12),
            lasts,
            Arbitraries.of(true, false))
        .as(
            (mark, parts, last, oldMac) -> {
              // Where both meet, taking a line away may make one line end of two.
              String text = mark + String.join("", parts) + last;
              return oldMac ? text.replace("\r\n", "\n").replace('\n', '\r') : text;
            });
  }

  @Property(tries = 5_000)
  void unchangedText_isTheText(@ForAll("texts") String text) throws Exception {
    assertEquals(text, SettingsText.parse(text).toString());
  }

  @Property(tries = 5_000)
  void withKeyBefore_changesNothingButNumbers(@ForAll("texts") String text) throws Exception {
    for (int number : keys(text).keySet()) {
      String edited = SettingsText.parse(text).withKeyBefore(number, NEW_KEY).toString();
      List<Map<String, String>> expected = new ArrayList<>(keys(text).headMap(number).values());
      expected.add(NEW_KEY);
      expected.addAll(keys(text).tailMap(number).values());
      assertEquals(expected, List.copyOf(keys(edited).values()));
      assertNumberedFromOne(edited);
      assertEquals(withoutKeys(text), withoutKeys(edited));
    }
  }

  @Property(tries = 5_000)
  void withoutKey_changesNothingButNumbers(@ForAll("texts") String text) throws Exception {
    for (int number : keys(text).keySet()) {
      String edited = SettingsText.parse(text).withoutKey(number).toString();
      NavigableMap<Integer, Map<String, String>> expected = keys(text);
      expected.remove(number);
      assertEquals(List.copyOf(expected.values()), List.copyOf(keys(edited).values()));
      assertNumberedFromOne(edited);
      assertEquals(withoutKeys(text), withoutKeys(edited));
    }
  }

  private static void assertNumberedFromOne(String text) throws Exception {
    TreeSet<Integer> numbers = new TreeSet<>(keys(text).keySet());
    assertEquals(numbers.size(), numbers.isEmpty() ? 0 : numbers.last());
  }

  /** What {@link Properties} reads of keys, by their numbers. */
  private static NavigableMap<Integer, Map<String, String>> keys(String text) throws Exception {
    Properties properties = new Properties();
    properties.load(new StringReader(text.replace("\ufeff", "")));
    NavigableMap<Integer, Map<String, String>> keys = new TreeMap<>();
    properties.forEach(
        (name, value) -> {
          if (((String) name).matches("dive\\.key\\.[1-9]\\..+")) {
            keys.computeIfAbsent(((String) name).charAt(9) - '0', n -> new TreeMap<>())
                .put(((String) name).substring(11), (String) value);
          }
        });
    return keys;
  }

  /** Every piece that is no key's setting, as it is written. */
  private static String withoutKeys(String text) {
    String mark = text.startsWith("\ufeff") ? "\ufeff" : "";
    return mark
        + PropertiesReader.pieces(text.substring(mark.length())).stream()
            .filter(
                piece ->
                    piece.entry().filter(e -> e.key().matches("dive\\.key\\.[1-9]\\..+")).isEmpty())
            .map(PropertiesReader.Piece::text)
            .collect(Collectors.joining());
  }
}
