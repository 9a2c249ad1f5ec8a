// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import io.dive.key.Signer;
import io.dive.key.SigningKey;
import io.dive.protocol.DiveException;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.sign.BodyDigester;
import java.security.SecureRandom;

/** What signing a small response cannot do without: one hash of 1 KiB, one signature. */
final class KnownWork {
  private final byte[] body = new byte[DynamicServlet.SMALL_BYTES];
  private final byte[] message;
  private final Signer signer;

  KnownWork() throws DiveException {
    SignatureAlgorithm algorithm = SignatureAlgorithm.ED25519;
    signer = SigningKey.generate(algorithm, new SecureRandom()).signer(KeyReference.parse("bench"));
    message =
        MessageSignature.signatureBase(
            BodyDigester.digest(HashAlgorithm.SHA_256, body).contentDigest(),
            MessageSignature.signatureParams(signer.key(), algorithm));
  }

  /** Of the same body each time; a number that depends on it. */
  int hash() {
    return BodyDigester.digest(HashAlgorithm.SHA_256, body).value().length();
  }

  /** Of the same message each time; a number that depends on it. */
  int sign() throws DiveException {
    return signer.sign(message).length();
  }
}
