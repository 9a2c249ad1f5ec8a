// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.key.Signer;
import io.dive.protocol.Bytes;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.RawPublicKey;
import java.util.concurrent.atomic.AtomicBoolean;

/** A signer that is there only at times. */
record UnreliableSigner(Signer signer, AtomicBoolean fails) implements Signer {
  @Override
  public KeyReference key() {
    return signer.key();
  }

  @Override
  public RawPublicKey publicKey() {
    return signer.publicKey();
  }

  @Override
  public Bytes sign(byte[] message) throws KeyMaterialException {
    if (fails.get()) {
      throw new KeyMaterialException(ErrorCode.SIGNER_UNAVAILABLE, "expected by the test");
    }
    return signer.sign(message);
  }
}
