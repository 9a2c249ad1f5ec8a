// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import java.util.stream.Stream;

/** The hash algorithms of zone digests (RFC 8976 §2.2.3, §5.3). */
public enum ZoneHash {
  /** The one that everybody has to know. */
  SHA_384(1, "sha384", "SHA-384", 48),
  /** Optional, and known to most. */
  SHA_512(2, "sha512", "SHA-512", 64);

  private final int number;
  private final String token;
  private final String jcaName;
  private final int length;

  ZoneHash(int number, String token, String jcaName, int length) {
    this.number = number;
    this.token = token;
    this.jcaName = jcaName;
    this.length = length;
  }

  /** The number in the record. */
  public int number() {
    return number;
  }

  /** The name in options and output. */
  public String token() {
    return token;
  }

  /** Octets of a digest. */
  int length() {
    return length;
  }

  MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance(jcaName);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has it", e);
    }
  }

  /** The algorithm of a number; empty if it is not known here. */
  static Optional<ZoneHash> fromNumber(int number) {
    return Stream.of(values()).filter(hash -> hash.number == number).findFirst();
  }

  /** The algorithm of an option's value. */
  public static Optional<ZoneHash> fromToken(String token) {
    return Stream.of(values()).filter(hash -> hash.token.equals(token)).findFirst();
  }
}
