// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import io.dive.protocol.Bytes;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.RawPublicKey;

/**
 * Makes signatures with one private key, wherever that key lives: in this process, in an agent, in
 * a hardware module. Operators may bring their own. Implementations are safe for use by many
 * threads.
 *
 * @see "draft-callec-dive-01 §Private Key Storage"
 */
public interface Signer {
  /** How responses name the key. */
  KeyReference key();

  /** The public half, as published in DNS. */
  RawPublicKey publicKey();

  /**
   * Signs a message (pure EdDSA, RFC 8032 §5.1.6 or §5.2.6). The same message always gives the same
   * signature.
   *
   * @throws KeyMaterialException with {@code SIGNER_UNAVAILABLE} or {@code SIGNING_FAILED}; nothing
   *     was signed then
   */
  Bytes sign(byte[] message) throws KeyMaterialException;

  /**
   * Whether the private key is in this process: then a signature is always to be had, and costs
   * little more than keeping one. If not, as here, no signature is made twice that could be kept.
   */
  default boolean isLocal() {
    return false;
  }
}
