// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import io.dive.protocol.Bytes;
import io.dive.protocol.RawPublicKey;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.params.Ed448PublicKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.Ed448Signer;

/** Verifies signatures of both algorithms. Stateless. */
public final class SignatureVerifier {
  private static final byte[] NO_CONTEXT = new byte[0];

  private SignatureVerifier() {}

  /**
   * Whether the signature is the key's over the message. A wrong length or a key that is no point
   * on the curve is "no", like any other mismatch.
   */
  public static boolean verify(RawPublicKey key, byte[] message, Bytes signature) {
    // Lengths first: some implementations accept trailing bytes.
    if (signature.length() != key.algorithm().signatureLength()) {
      return false;
    }
    org.bouncycastle.crypto.Signer verifier;
    try {
      switch (key.algorithm()) {
        case ED25519 -> {
          verifier = new Ed25519Signer();
          verifier.init(false, new Ed25519PublicKeyParameters(key.bytes().toByteArray()));
        }
        case ED448 -> {
          verifier = new Ed448Signer(NO_CONTEXT);
          verifier.init(false, new Ed448PublicKeyParameters(key.bytes().toByteArray()));
        }
        default -> throw new AssertionError(key.algorithm());
      }
    } catch (IllegalArgumentException notAPoint) {
      return false;
    }
    verifier.update(message, 0, message.length);
    return verifier.verifySignature(signature.toByteArray());
  }
}
