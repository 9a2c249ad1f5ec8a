// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The way a record's value travels in a TXT record: cut into character-strings of at most 255
 * octets, joined without a separator (RFC 1035 §3.3.14, decision 11).
 */
public final class CharacterStrings {
  private static final int MAX_OCTETS = 255;

  private CharacterStrings() {}

  /**
   * Cuts a value; an empty value is one empty character-string.
   *
   * @throws IllegalArgumentException if a character is outside ASCII
   */
  public static List<Bytes> split(String value) {
    if (!requireNonNull(value, "value").chars().allMatch(c -> c < 0x80)) {
      throw new IllegalArgumentException("not ASCII: " + Excerpt.of(value));
    }
    byte[] octets = value.getBytes(StandardCharsets.US_ASCII);
    List<Bytes> strings = new ArrayList<>();
    int from = 0;
    do {
      int to = Math.min(octets.length, from + MAX_OCTETS);
      strings.add(Bytes.of(Arrays.copyOfRange(octets, from, to)));
      from = to;
    } while (from < octets.length);
    return List.copyOf(strings);
  }

  /**
   * Joins the character-strings of one TXT record.
   *
   * @throws MalformedFieldException with {@link ErrorCode#MALFORMED_SYNTAX} if an octet is not
   *     ASCII
   */
  public static String join(List<Bytes> strings) throws MalformedFieldException {
    StringBuilder value = new StringBuilder();
    for (Bytes string : strings) {
      for (byte octet : string.toByteArray()) {
        if (octet < 0) {
          throw new MalformedFieldException(
              ErrorCode.MALFORMED_SYNTAX,
              "TXT record: an octet outside ASCII (RFC 9651 allows ASCII only)",
              value.length());
        }
        value.append((char) octet);
      }
    }
    return value.toString();
  }

  /**
   * A TXT record as a line of a zone file (RFC 1035 §5.1), each character-string quoted; quotes,
   * backslashes and unprintable octets in it are escaped.
   *
   * @param owner the owner name, without its final dot
   * @param ttlSeconds the record's time to live, 0 or more
   * @throws IllegalArgumentException if a character of the value is outside ASCII or the time to
   *     live out of range
   */
  public static String zoneFileLine(String owner, long ttlSeconds, String value) {
    if (ttlSeconds < 0 || ttlSeconds > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("ttlSeconds out of range: " + ttlSeconds);
    }
    StringBuilder line = new StringBuilder(owner).append(". ").append(ttlSeconds).append(" IN TXT");
    for (Bytes string : split(value)) {
      line.append(" \"");
      for (byte octet : string.toByteArray()) {
        appendEscaped(line, octet);
      }
      line.append('"');
    }
    return line.toString();
  }

  private static void appendEscaped(StringBuilder line, byte octet) {
    if (octet == '"' || octet == '\\') {
      line.append('\\').append((char) octet);
    } else if (octet >= 0x20 && octet < 0x7f) {
      line.append((char) octet);
    } else {
      line.append("\\%03d".formatted(octet));
    }
  }
}
