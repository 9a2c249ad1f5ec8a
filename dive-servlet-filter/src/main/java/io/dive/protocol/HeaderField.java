// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import java.util.regex.Pattern;

/**
 * One header field line, to be set or as it was received.
 *
 * @param value one line, without control characters but the tab
 */
public record HeaderField(String name, String value) {
  private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  /**
   * Checks both, so that nothing can break out of the line.
   *
   * @throws IllegalArgumentException if the name is no token (RFC 9110 §5.1) or the value holds a
   *     control character (RFC 9110 §5.5)
   */
  public HeaderField {
    if (!NAME.matcher(requireNonNull(name, "name")).matches()) {
      throw new IllegalArgumentException("not a field name: " + Excerpt.of(name));
    }
    if (value.chars().anyMatch(c -> c != '\t' && (c < ' ' || c == 0x7f))) {
      throw new IllegalArgumentException(
          "a control character in the value of " + name + ": " + Excerpt.of(value));
    }
  }
}
