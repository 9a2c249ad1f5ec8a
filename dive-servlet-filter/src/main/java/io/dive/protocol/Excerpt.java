// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import java.util.regex.Pattern;

/**
 * Text from a peer, made safe for a message: cut to 200 characters; controls, invisible and
 * direction-changing characters replaced.
 */
public final class Excerpt {
  private static final int MAX_LENGTH = 200;
  // Cc holds the C1 controls too, which terminals obey; Cf the marks that change direction.
  private static final Pattern UNSAFE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\u2028\\u2029]");

  private Excerpt() {}

  /**
   * At most 200 characters of the text, an ellipsis where it was cut, {@code ?} for what is unsafe.
   */
  public static String of(String text) {
    String cut = text.length() > MAX_LENGTH ? text.substring(0, MAX_LENGTH) + "…" : text;
    return UNSAFE.matcher(cut).replaceAll("?");
  }
}
