// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.Optional;

/**
 * The two signature algorithms both drafts permit (RFC 8032, pure, without context).
 *
 * @see "draft-callec-dive-01 §Algorithm Restrictions; decision 3"
 */
public enum SignatureAlgorithm {
  /** Ed25519, RFC 8032 section 5.1. */
  ED25519("ed25519", 32, 64),
  /** Ed448, RFC 8032 section 5.2. */
  ED448("ed448", 57, 114);

  private final String draftName;
  private final int keyLength;
  private final int signatureLength;

  SignatureAlgorithm(String draftName, int keyLength, int signatureLength) {
    this.draftName = draftName;
    this.keyLength = keyLength;
    this.signatureLength = signatureLength;
  }

  /** The name in key records and in the {@code alg} signature parameter. */
  public String draftName() {
    return draftName;
  }

  /** Length in bytes of the raw public key and of the private seed. */
  public int keyLength() {
    return keyLength;
  }

  /** Length of a signature in bytes. */
  public int signatureLength() {
    return signatureLength;
  }

  /** Finds by name, exactly; empty when it is neither of the two. */
  public static Optional<SignatureAlgorithm> fromDraftName(String name) {
    requireNonNull(name, "name");
    return Arrays.stream(values()).filter(a -> a.draftName.equals(name)).findFirst();
  }

  /** The drafts' name. */
  @Override
  public String toString() {
    return draftName;
  }
}
