// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import io.dive.protocol.Bytes;
import io.dive.protocol.KeyMaterialException;

/**
 * Pure EdDSA with one private key, by one implementation of the arithmetic. Safe for use by many
 * threads.
 */
interface EddsaSigning {
  /**
   * The signature of the message.
   *
   * @throws KeyMaterialException with {@code SIGNING_FAILED}
   */
  Bytes sign(byte[] message) throws KeyMaterialException;
}
