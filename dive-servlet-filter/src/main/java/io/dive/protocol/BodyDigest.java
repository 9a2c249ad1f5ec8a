// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;

/**
 * The digest of one body under one algorithm, and the two ways the drafts write it down for
 * signing.
 *
 * @param value the raw digest
 */
public record BodyDigest(HashAlgorithm algorithm, Bytes value) {
  /**
   * Checks the length.
   *
   * @throws IllegalArgumentException if the value is not {@link HashAlgorithm#digestLength} long
   */
  public BodyDigest {
    requireNonNull(algorithm, "algorithm");
    if (value.length() != algorithm.digestLength()) {
      throw new IllegalArgumentException(
          "a %s digest has %d bytes, not %d"
              .formatted(algorithm, algorithm.digestLength(), value.length()));
    }
  }

  /** A {@code Content-Digest} or {@code Repr-Digest} value with this one member (decision 4). */
  public String contentDigest() {
    return algorithm.digestKey() + "=:" + value.toBase64() + ":";
  }

  /** The bytes that a draft-00 signature signs: hash name, colon, raw digest. */
  public byte[] draft00SignedBytes() {
    byte[] name = (algorithm.draftName() + ":").getBytes(StandardCharsets.US_ASCII);
    byte[] input = new byte[name.length + value.length()];
    System.arraycopy(name, 0, input, 0, name.length);
    System.arraycopy(value.toByteArray(), 0, input, name.length, value.length());
    return input;
  }
}
