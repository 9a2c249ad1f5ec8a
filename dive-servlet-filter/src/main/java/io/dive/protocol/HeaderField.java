// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

/**
 * One header field line, to be set or as it was received.
 *
 * @param value one line, without control characters but the tab
 */
public record HeaderField(String name, String value) {
  private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

  /**
   * Checks both, so that nothing can break out of the line.
   *
   * @throws IllegalArgumentException if the name is no token (RFC 9110 §5.1) or the value holds a
   *     control character (RFC 9110 §5.5)
   */
  public HeaderField {
    if (!isToken(requireNonNull(name, "name"))) {
      throw new IllegalArgumentException("not a field name: " + Excerpt.of(name));
    }
    if (hasControl(value)) {
      throw new IllegalArgumentException(
          "a control character in the value of " + name + ": " + Excerpt.of(value));
    }
  }

  private static boolean isToken(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean alphanumeric =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!alphanumeric && TOKEN_MARKS.indexOf(c) < 0) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  private static boolean hasControl(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' ? c != '\t' : c == 0x7f) {
        return true;
      }
    }
    return false;
  }
}
