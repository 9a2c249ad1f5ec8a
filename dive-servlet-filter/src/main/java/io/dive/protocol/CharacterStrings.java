// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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
   * @param value ASCII
   */
  public static List<Bytes> split(String value) {
    byte[] octets = requireNonNull(value, "value").getBytes(StandardCharsets.US_ASCII);
    List<Bytes> strings = new ArrayList<>();
    int from = 0;
    do {
      int to = Math.min(octets.length, from + MAX_OCTETS);
      strings.add(Bytes.of(java.util.Arrays.copyOfRange(octets, from, to)));
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
   * A TXT record as a line of a zone file (RFC 1035 §5.1), each character-string quoted, quotes and
   * backslashes in it escaped.
   *
   * @param owner the owner name, without its final dot
   * @param ttlSeconds the record's time to live
   */
  public static String zoneFileLine(String owner, long ttlSeconds, String value) {
    StringBuilder line = new StringBuilder(owner).append(". ").append(ttlSeconds).append(" IN TXT");
    for (Bytes string : split(value)) {
      String text = new String(string.toByteArray(), StandardCharsets.US_ASCII);
      line.append(" \"").append(text.replace("\\", "\\\\").replace("\"", "\\\"")).append('"');
    }
    return line.toString();
  }
}
