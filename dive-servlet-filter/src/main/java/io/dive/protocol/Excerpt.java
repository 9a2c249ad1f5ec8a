// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

/**
 * Text from a peer, made safe for a message: cut to 200 characters, control characters replaced.
 */
public final class Excerpt {
  private static final int MAX_LENGTH = 200;

  private Excerpt() {}

  /** At most 200 characters of the text, an ellipsis where it was cut, {@code ?} for controls. */
  public static String of(String text) {
    String cut = text.length() > MAX_LENGTH ? text.substring(0, MAX_LENGTH) + "…" : text;
    return cut.replaceAll("\\p{Cntrl}|[\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]", "?");
  }
}
