// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import io.dive.key.SignatureVerifier;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.RawPublicKey;
import io.dive.sign.BodySignature;
import io.dive.sign.SignedBody;
import java.util.Map;
import java.util.Optional;

/** Verifies the signatures of a body with the public keys that are known. */
final class SignatureCheck {
  private SignatureCheck() {}

  /** The first key that does not confirm its signatures; signatures of other keys are passed. */
  static Optional<KeyReference> firstMismatch(
      SignedBody body, Map<KeyReference, RawPublicKey> publicKeys) {
    return body.signatures().stream()
        .filter(
            signature -> {
              RawPublicKey key = publicKeys.get(signature.key());
              return key != null && !confirms(key, body.digest(), signature);
            })
        .map(BodySignature::key)
        .findFirst();
  }

  private static boolean confirms(RawPublicKey key, BodyDigest digest, BodySignature signature) {
    byte[] base =
        MessageSignature.signatureBase(
            digest.contentDigest(),
            MessageSignature.signatureParams(signature.key(), signature.algorithm()));
    return key.algorithm() == signature.algorithm()
        && signature
            .draft00()
            .map(value -> SignatureVerifier.verify(key, digest.draft00SignedBytes(), value))
            .orElse(true)
        && signature
            .draft01()
            .map(value -> SignatureVerifier.verify(key, base, value))
            .orElse(true);
  }
}
