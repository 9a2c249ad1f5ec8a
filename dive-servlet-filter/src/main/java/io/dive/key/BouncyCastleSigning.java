// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import io.dive.protocol.Bytes;
import io.dive.protocol.SignatureAlgorithm;
import java.util.function.Supplier;
import org.bouncycastle.crypto.CryptoException;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed448PrivateKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.Ed448Signer;

/**
 * Both algorithms by Bouncy Castle. The key parameters are shared by all threads: they change only
 * in the public half they remember, under a lock, and remembering it halves the cost of a
 * signature.
 */
final class BouncyCastleSigning implements EddsaSigning {
  private static final byte[] NO_CONTEXT = new byte[0];

  private final Supplier<Signer> signers;

  BouncyCastleSigning(SignatureAlgorithm algorithm, byte[] seed) {
    this.signers =
        switch (algorithm) {
          case ED25519 -> ed25519(new Ed25519PrivateKeyParameters(seed));
          case ED448 -> ed448(new Ed448PrivateKeyParameters(seed));
        };
  }

  private static Supplier<Signer> ed25519(Ed25519PrivateKeyParameters key) {
    return () -> {
      Ed25519Signer signer = new Ed25519Signer();
      signer.init(true, key);
      return signer;
    };
  }

  private static Supplier<Signer> ed448(Ed448PrivateKeyParameters key) {
    return () -> {
      Ed448Signer signer = new Ed448Signer(NO_CONTEXT);
      signer.init(true, key);
      return signer;
    };
  }

  /** The public half of a seed. */
  static byte[] publicKey(SignatureAlgorithm algorithm, byte[] seed) {
    return switch (algorithm) {
      case ED25519 -> new Ed25519PrivateKeyParameters(seed).generatePublicKey().getEncoded();
      case ED448 -> new Ed448PrivateKeyParameters(seed).generatePublicKey().getEncoded();
    };
  }

  @Override
  public Bytes sign(byte[] message) {
    Signer signer = signers.get();
    signer.update(message, 0, message.length);
    try {
      return Bytes.of(signer.generateSignature());
    } catch (CryptoException e) {
      throw new IllegalStateException("EdDSA signing cannot fail on a message in memory", e);
    }
  }
}
