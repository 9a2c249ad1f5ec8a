// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import io.dive.protocol.KeyMaterialException;

/**
 * A signer whose private key lives outside this process and may be out of reach for a while. Each
 * call fails within a bounded time and works again, without any help, once the key is back.
 */
public interface RemoteSigner extends Signer, AutoCloseable {
  /**
   * Asks, without signing, whether the key is there.
   *
   * @throws KeyMaterialException with {@code SIGNER_UNAVAILABLE} if it is not; the message says why
   *     and what to do, is the same as long as the reason is, and may be shown to others by health
   */
  void probe() throws KeyMaterialException;

  /** Gives up the connection; the signer signs no more. */
  @Override
  void close();
}
