// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which paths within the context a rule is for: an exact path, {@code *} for any characters within
 * a segment, {@code **} as a whole segment for any number of segments. {@code **} alone means every
 * path. Immutable; matching allocates nothing and takes at most quadratic time.
 *
 * @param text the pattern, starting with a slash
 */
public record PathPattern(String text) {
  private static final Pattern GRAMMAR =
      Pattern.compile("(/(\\*\\*|[^/*?\\\\\\p{Cntrl}]*(\\*[^/*?\\\\\\p{Cntrl}]+)*\\*?))+");

  /**
   * Checks the grammar; {@code **} becomes {@code /**}.
   *
   * @throws IllegalArgumentException if the text is no pattern
   */
  public PathPattern {
    text = text.equals("**") ? "/**" : text;
    if (!GRAMMAR.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "a path pattern starts with /, uses * within a segment and ** as a whole one: " + text);
    }
  }

  /** Reads a pattern; empty when the text is none. */
  static Optional<PathPattern> parse(String text) {
    String full = text.equals("**") ? "/**" : text;
    return GRAMMAR.matcher(full).matches() ? Optional.of(new PathPattern(full)) : Optional.empty();
  }

  /** Whether every path matches. */
  public boolean matchesAll() {
    return text.equals("/**");
  }

  /** The part before the first segment with a wildcard or, without one, before the last segment. */
  public String fixedPrefix() {
    int star = text.indexOf('*');
    return text.substring(0, text.lastIndexOf('/', star < 0 ? text.length() : star) + 1);
  }

  /**
   * Whether a path matches.
   *
   * @param path decoded and normalised, starting with a slash
   */
  public boolean matches(String path) {
    int p = 0;
    int s = 0;
    // Where to resume after a mismatch: behind the last star, and behind the last double star.
    int star = -1;
    int starFrom = 0;
    int segments = -1;
    int segmentsFrom = 0;
    while (true) {
      if (p < text.length() && text.charAt(p) == '*') {
        if (!text.startsWith("**", p)) {
          star = ++p;
          starFrom = s;
          continue;
        }
        if (p + 2 == text.length()) {
          return true;
        }
        p += 3;
        segments = p;
        segmentsFrom = s;
        star = -1;
        continue;
      }
      if (s < path.length() && p < text.length() && text.charAt(p) == path.charAt(s)) {
        p++;
        s++;
        continue;
      }
      if (s == path.length() && p == text.length()) {
        return true;
      }
      if (star >= 0 && starFrom < path.length() && path.charAt(starFrom) != '/') {
        p = star;
        s = ++starFrom;
        continue;
      }
      int slash = segments < 0 ? -1 : path.indexOf('/', segmentsFrom);
      if (slash < 0) {
        return false;
      }
      p = segments;
      segmentsFrom = slash + 1;
      s = segmentsFrom;
      star = -1;
    }
  }

  /** The pattern. */
  @Override
  public String toString() {
    return text;
  }
}
