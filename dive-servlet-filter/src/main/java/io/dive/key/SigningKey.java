// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.Bytes;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.RawPublicKey;
import io.dive.protocol.SignatureAlgorithm;
import java.security.SecureRandom;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed448PrivateKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.Ed448Signer;

/**
 * A private key in this process. Immutable; safe for use by many threads. Its text form shows the
 * public half only.
 */
public final class SigningKey {
  private static final byte[] NO_CONTEXT = new byte[0];

  private final RawPublicKey publicKey;
  private final byte[] seed;

  private SigningKey(SignatureAlgorithm algorithm, byte[] seed) {
    this.seed = seed;
    this.publicKey =
        new RawPublicKey(
            algorithm,
            Bytes.of(
                switch (algorithm) {
                  case ED25519 ->
                      new Ed25519PrivateKeyParameters(seed).generatePublicKey().getEncoded();
                  case ED448 ->
                      new Ed448PrivateKeyParameters(seed).generatePublicKey().getEncoded();
                }));
  }

  /** A new key from the given source of randomness. */
  public static SigningKey generate(SignatureAlgorithm algorithm, SecureRandom random) {
    byte[] seed = new byte[requireNonNull(algorithm, "algorithm").keyLength()];
    random.nextBytes(seed);
    return new SigningKey(algorithm, seed);
  }

  /**
   * The key of a private seed (RFC 8032 §5.1.5, §5.2.5). Copies the seed.
   *
   * @throws KeyMaterialException with {@code KEY_FORMAT_UNKNOWN} if the seed is not {@link
   *     SignatureAlgorithm#keyLength} long
   */
  public static SigningKey ofSeed(SignatureAlgorithm algorithm, byte[] seed)
      throws KeyMaterialException {
    if (seed.length != algorithm.keyLength()) {
      throw new KeyMaterialException(
          ErrorCode.KEY_FORMAT_UNKNOWN,
          "an %s seed has %d bytes, not %d"
              .formatted(algorithm, algorithm.keyLength(), seed.length));
    }
    return new SigningKey(algorithm, seed.clone());
  }

  /** The public half. */
  public RawPublicKey publicKey() {
    return publicKey;
  }

  /** A copy of the seed, for the code that writes key files. */
  byte[] seed() {
    return seed.clone();
  }

  /** A signer under which responses name this key as given. */
  public Signer signer(KeyReference key) {
    return new LocalSigner(key, this);
  }

  private record LocalSigner(KeyReference key, SigningKey signingKey) implements Signer {
    @Override
    public RawPublicKey publicKey() {
      return signingKey.publicKey;
    }

    @Override
    public Bytes sign(byte[] message) {
      org.bouncycastle.crypto.Signer signer =
          switch (signingKey.publicKey.algorithm()) {
            case ED25519 -> {
              Ed25519Signer ed25519 = new Ed25519Signer();
              ed25519.init(true, new Ed25519PrivateKeyParameters(signingKey.seed));
              yield ed25519;
            }
            case ED448 -> {
              Ed448Signer ed448 = new Ed448Signer(NO_CONTEXT);
              ed448.init(true, new Ed448PrivateKeyParameters(signingKey.seed));
              yield ed448;
            }
          };
      signer.update(message, 0, message.length);
      try {
        return Bytes.of(signer.generateSignature());
      } catch (org.bouncycastle.crypto.CryptoException e) {
        throw new IllegalStateException("EdDSA signing cannot fail on a message in memory", e);
      }
    }
  }

  /** The algorithm and the public key. */
  @Override
  public String toString() {
    return publicKey.algorithm() + " key with public half " + publicKey.bytes().toBase64();
  }
}
