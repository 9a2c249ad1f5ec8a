// SPDX-License-Identifier: Apache-2.0
package io.dive.sign;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.Bytes;
import io.dive.protocol.KeyReference;
import io.dive.protocol.SignatureAlgorithm;
import java.util.Optional;

/**
 * One key's signatures over one body, at least one of the two.
 *
 * @param draft00 over the draft-00 signed bytes; empty where only a draft-01 signature is known
 * @param draft01 over the RFC 9421 signature base; empty where only a draft-00 signature is known
 */
public record BodySignature(
    KeyReference key,
    SignatureAlgorithm algorithm,
    Optional<Bytes> draft00,
    Optional<Bytes> draft01) {
  /**
   * Checks the lengths.
   *
   * @throws IllegalArgumentException if there is no signature, or one is not as long as its
   *     algorithm makes it
   */
  public BodySignature {
    requireNonNull(key, "key");
    requireLength(algorithm, draft00);
    requireLength(algorithm, draft01);
    if (draft00.isEmpty() && draft01.isEmpty()) {
      throw new IllegalArgumentException("no signature of key " + key);
    }
  }

  private static void requireLength(SignatureAlgorithm algorithm, Optional<Bytes> signature) {
    if (signature.isPresent() && signature.orElseThrow().length() != algorithm.signatureLength()) {
      throw new IllegalArgumentException(
          "an %s signature has %d bytes, not %d"
              .formatted(algorithm, algorithm.signatureLength(), signature.orElseThrow().length()));
    }
  }
}
