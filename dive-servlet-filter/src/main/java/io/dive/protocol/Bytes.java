// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/**
 * An immutable sequence of bytes with value equality. Not for secrets: {@link #toString} shows
 * them.
 */
public final class Bytes {
  private final byte[] value;

  /** 0 until it is asked for, as in a String: digests are keys of caches. */
  private int hash;

  private Bytes(byte[] value) {
    this.value = value;
  }

  /** Copies the array. */
  public static Bytes of(byte[] value) {
    return new Bytes(requireNonNull(value, "value").clone());
  }

  /**
   * Decodes base64 strictly (decision 10): standard alphabet, padding present, unused bits zero, no
   * white space.
   *
   * @throws MalformedFieldException with {@link ErrorCode#MALFORMED_BASE64}
   */
  public static Bytes parseBase64(String text) throws MalformedFieldException {
    byte[] decoded;
    try {
      decoded = Base64.getDecoder().decode(requireNonNull(text, "text"));
    } catch (IllegalArgumentException e) {
      throw notBase64(String.valueOf(e.getMessage()));
    }
    if (!Base64.getEncoder().encodeToString(decoded).equals(text)) {
      throw notBase64("padding is missing or unused bits are set");
    }
    return new Bytes(decoded);
  }

  private static MalformedFieldException notBase64(String why) {
    return new MalformedFieldException(
        ErrorCode.MALFORMED_BASE64, "not canonical base64 (RFC 4648 section 4): " + why);
  }

  /** Length in bytes. */
  public int length() {
    return value.length;
  }

  /** A copy of the bytes. */
  public byte[] toByteArray() {
    return value.clone();
  }

  /** Standard base64 with padding. */
  public String toBase64() {
    return Base64.getEncoder().encodeToString(value);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes that && Arrays.equals(value, that.value);
  }

  @Override
  public int hashCode() {
    int known = hash;
    if (known == 0) {
      known = Arrays.hashCode(value);
      hash = known;
    }
    return known;
  }

  /** Lower-case hexadecimal, for people. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(value);
  }
}
