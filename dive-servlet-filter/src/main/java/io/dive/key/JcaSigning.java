// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import io.dive.protocol.Bytes;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.SignatureAlgorithm;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Provider;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * Ed25519 by a provider of the Java Cryptography Architecture, which need not be installed. A
 * {@link Signature} belongs to one thread at a time and costs more to make than to use, so a few
 * are kept.
 */
final class JcaSigning implements EddsaSigning {
  private static final String ALGORITHM = "Ed25519";
  private static final int MAX_IDLE = 32;

  private final Provider provider;
  private final byte[] pkcs8;
  private final Queue<Signature> idle = new ArrayBlockingQueue<>(MAX_IDLE);

  JcaSigning(Provider provider, byte[] seed) {
    this.provider = provider;
    this.pkcs8 = Pkcs8.encode(SignatureAlgorithm.ED25519, seed);
  }

  @Override
  public Bytes sign(byte[] message) throws KeyMaterialException {
    byte[] signed;
    try {
      Signature known = idle.poll();
      Signature signature = known == null ? initialised() : known;
      signature.update(message);
      signed = signature.sign();
      idle.offer(signature); // not after a failure, which may leave it unusable
    } catch (GeneralSecurityException | RuntimeException e) {
      // Providers throw unchecked exceptions of their own. The cause could quote the key: left out.
      throw failed("threw " + e.getClass().getName());
    }
    if (signed.length != SignatureAlgorithm.ED25519.signatureLength()) {
      throw failed("made a signature of " + signed.length + " bytes");
    }
    return Bytes.of(signed);
  }

  private Signature initialised() throws GeneralSecurityException {
    Signature signature = Signature.getInstance(ALGORITHM, provider);
    signature.initSign(
        KeyFactory.getInstance(ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(pkcs8)));
    return signature;
  }

  private KeyMaterialException failed(String how) {
    return new KeyMaterialException(
        ErrorCode.SIGNING_FAILED,
        "security provider %s %s; take it off the class path to sign with Bouncy Castle"
            .formatted(provider.getName(), how));
  }
}
