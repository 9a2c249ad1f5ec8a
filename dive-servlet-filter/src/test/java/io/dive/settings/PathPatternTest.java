// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathPatternTest {
  @ParameterizedTest(name = "{0} and {1}: {2}")
  @CsvSource({
    "**, /, true",
    "**, /a/b, true",
    "/downloads/**, /downloads/a, true",
    "/downloads/**, /downloads/a/b.zip, true",
    "/downloads/**, /downloads/, true",
    "/downloads/**, /downloads, false",
    "/downloads/**, /downloadsx/a, false",
    "/a/*.zip, /a/b.zip, true",
    "/a/*.zip, /a/.zip, true",
    "/a/*.zip, /a/b/c.zip, false",
    "/a/*.zip, /a/b.zip.txt, false",
    "/a/*-*.zip, /a/x-y-z.zip, true",
    "/a.txt, /a.txt, true",
    "/a.txt, /A.txt, false",
    "/a.txt, /a.txt/, false",
    "/**/b.zip, /b.zip, true",
    "/**/b.zip, /a/c/b.zip, true",
    "/**/b.zip, /a/xb.zip, false",
    "/a/**/*.zip, /a/b/zip/c.zip, true",
    "/a/**/b/**/c, /a/1/b/b/2/c, true",
    "/a/**/b/**/c, /a/1/2/c, false",
    "/, /, true",
  })
  void matches(String pattern, String path, boolean expected) {
    assertEquals(expected, new PathPattern(pattern).matches(path));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "*.zip", "/a**", "/**b", "/a?", "/a\\b", "/***", "/a\n"})
  void parse_notAPattern_empty(String text) {
    assertTrue(PathPattern.parse(text).isEmpty());
    assertThrows(IllegalArgumentException.class, () -> new PathPattern(text));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({"/a/b/**, /a/b/", "/a/b*.zip, /a/", "/a/b.zip, /a/", "**, /", "/*/b, /"})
  void fixedPrefix(String pattern, String prefix) {
    assertEquals(prefix, new PathPattern(pattern).fixedPrefix());
  }

  @Property(tries = 5_000)
  void agreesWithTheRegularExpression(
      @ForAll("patterns") String pattern, @ForAll("paths") String path) {
    StringBuilder regex = new StringBuilder();
    String[] segments = pattern.substring(1).split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      String any = i == segments.length - 1 ? "/.*" : "(/[^/]*)*";
      regex.append(segments[i].equals("**") ? any : "/" + segments[i].replace("*", "[^/]*"));
    }
    assertEquals(
        Pattern.matches(regex.toString(), path),
        new PathPattern(pattern).matches(path),
        pattern + " " + path);
  }

  @Provide
  Arbitrary<String> patterns() {
    return Arbitraries.of("a", "*", "**", "a*b", "b", "*a*", "*b")
        .list()
        .ofMinSize(1)
        .ofMaxSize(5)
        .map(segments -> "/" + String.join("/", segments));
  }

  @Provide
  Arbitrary<String> paths() {
    return Arbitraries.of("a", "b", "ab", "aab", "ba")
        .list()
        .ofMinSize(1)
        .ofMaxSize(6)
        .map(segments -> "/" + String.join("/", segments));
  }

  @Test
  void matches_hostilePath_endsSoon() {
    PathPattern pattern = new PathPattern("/**/*a*a*a*a*a*/**/*b");
    String path = "/" + "a".repeat(8_000);
    assertTimeoutPreemptively(
        Duration.ofSeconds(30), () -> assertFalse(pattern.matches(path + "/c")));
  }
}
