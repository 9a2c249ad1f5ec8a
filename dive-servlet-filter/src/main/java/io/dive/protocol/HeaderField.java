// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import java.util.regex.Pattern;

/**
 * One header field line, ready to be set.
 *
 * @param value printable ASCII, without blanks around it
 */
public record HeaderField(String name, String value) {
  private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  /**
   * Checks both, so that nothing can break out of the line.
   *
   * @throws IllegalArgumentException if the name is no token (RFC 9110 §5.1) or the value holds
   *     something else than printable ASCII or has blanks around it
   */
  public HeaderField {
    if (!NAME.matcher(requireNonNull(name, "name")).matches()) {
      throw new IllegalArgumentException("not a field name: " + Excerpt.of(name));
    }
    StructuredDictionary.requireString(name, value);
    if (!value.strip().equals(value)) {
      throw new IllegalArgumentException("blanks around the value of " + name);
    }
  }
}
