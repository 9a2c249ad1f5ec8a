// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import java.util.regex.Pattern;

/**
 * The operator's name for a key: {@code [A-Za-z0-9_]{1,63}}, case-sensitive in headers although DNS
 * does not tell case (decisions 9 and 32).
 *
 * @see "draft-callec-dive-01 §Key Records"
 */
public record KeyId(String value) {
  private static final Pattern GRAMMAR = Pattern.compile("[A-Za-z0-9_]{1,63}");

  /**
   * Checks the grammar; use {@link #parse} for text from outside.
   *
   * @throws IllegalArgumentException if the value breaks the grammar
   */
  public KeyId {
    if (!GRAMMAR.matcher(value).matches()) {
      throw new IllegalArgumentException("not a Key ID: " + Excerpt.of(value));
    }
  }

  /** Written out for the reason given in {@link KeyReference}. */
  @Override
  public int hashCode() {
    return value.hashCode();
  }

  /**
   * Reads a Key ID exactly.
   *
   * @throws MalformedFieldException with {@link ErrorCode#MALFORMED_SYNTAX}
   */
  public static KeyId parse(String text) throws MalformedFieldException {
    if (!GRAMMAR.matcher(requireNonNull(text, "text")).matches()) {
      throw new MalformedFieldException(
          ErrorCode.MALFORMED_SYNTAX,
          "\""
              + Excerpt.of(text)
              + "\" is not a Key ID: 1 to 63 of A-Z, a-z, 0-9 and _ (drafts, Key Records)");
    }
    return new KeyId(text);
  }

  /** The value itself. */
  @Override
  public String toString() {
    return value;
  }
}
