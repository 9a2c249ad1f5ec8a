// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

/**
 * A public key in the raw encoding of RFC 8032, as key records carry it. Holds the right number of
 * bytes; whether they are a point on the curve shows when a signature is verified.
 */
public record RawPublicKey(SignatureAlgorithm algorithm, Bytes bytes) {
  /**
   * Checks the length.
   *
   * @throws IllegalArgumentException if the bytes are not {@link SignatureAlgorithm#keyLength} long
   */
  public RawPublicKey {
    requireNonNull(algorithm, "algorithm");
    if (bytes.length() != algorithm.keyLength()) {
      throw new IllegalArgumentException(
          "an %s public key has %d bytes, not %d"
              .formatted(algorithm, algorithm.keyLength(), bytes.length()));
    }
  }
}
