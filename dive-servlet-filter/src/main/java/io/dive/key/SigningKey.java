// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.Bytes;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.RawPublicKey;
import io.dive.protocol.SignatureAlgorithm;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * A private key in this process. Immutable; safe for use by many threads. Its text form shows the
 * public half only.
 */
public final class SigningKey {
  private static final byte[] PROOF_MESSAGE =
      "DIVE proof that a key pair works".getBytes(StandardCharsets.US_ASCII);

  private final RawPublicKey publicKey;
  private final byte[] seed;
  private final EddsaSigning signing;

  private SigningKey(SignatureAlgorithm algorithm, byte[] seed, SignatureProvider provider) {
    this.seed = seed.clone();
    this.publicKey =
        new RawPublicKey(algorithm, Bytes.of(BouncyCastleSigning.publicKey(algorithm, seed)));
    this.signing = provider.signing(algorithm, seed);
  }

  /** A new key from the given source of randomness. */
  public static SigningKey generate(SignatureAlgorithm algorithm, SecureRandom random) {
    byte[] seed = new byte[requireNonNull(algorithm, "algorithm").keyLength()];
    random.nextBytes(seed);
    SigningKey key = new SigningKey(algorithm, seed, SignatureProvider.current());
    Arrays.fill(seed, (byte) 0);
    return key;
  }

  /**
   * The key of a private seed (RFC 8032 §5.1.5, §5.2.5). Copies the seed.
   *
   * @throws KeyMaterialException with {@code KEY_FORMAT_UNKNOWN} if the seed is not {@link
   *     SignatureAlgorithm#keyLength} long
   */
  public static SigningKey ofSeed(SignatureAlgorithm algorithm, byte[] seed)
      throws KeyMaterialException {
    return ofSeed(algorithm, seed, SignatureProvider.current());
  }

  /** As {@link #ofSeed(SignatureAlgorithm, byte[])}, signing with the given implementation. */
  static SigningKey ofSeed(SignatureAlgorithm algorithm, byte[] seed, SignatureProvider provider)
      throws KeyMaterialException {
    if (seed.length != algorithm.keyLength()) {
      throw new KeyMaterialException(
          ErrorCode.KEY_FORMAT_UNKNOWN,
          "an %s seed has %d bytes, not %d"
              .formatted(algorithm, algorithm.keyLength(), seed.length));
    }
    return new SigningKey(algorithm, seed, provider);
  }

  /** The public half. */
  public RawPublicKey publicKey() {
    return publicKey;
  }

  /** A copy of the seed, for the code that writes key files. */
  byte[] seed() {
    return seed.clone();
  }

  /**
   * Signs a fixed message and verifies the signature with the public half.
   *
   * @throws KeyMaterialException with {@code SIGNING_FAILED} if that does not work
   */
  void prove() throws KeyMaterialException {
    if (!SignatureVerifier.verify(publicKey, PROOF_MESSAGE, signing.sign(PROOF_MESSAGE))) {
      throw new KeyMaterialException(
          ErrorCode.SIGNING_FAILED,
          "the public half %s does not confirm what the private half signed; make a new key"
              .formatted(publicKey.bytes().toBase64()));
    }
  }

  /** A signer under which responses name this key as given. */
  public Signer signer(KeyReference key) {
    return new LocalSigner(requireNonNull(key, "key"), this);
  }

  private record LocalSigner(KeyReference key, SigningKey signingKey) implements Signer {
    @Override
    public RawPublicKey publicKey() {
      return signingKey.publicKey;
    }

    @Override
    public Bytes sign(byte[] message) throws KeyMaterialException {
      return signingKey.signing.sign(requireNonNull(message, "message"));
    }

    @Override
    public boolean isLocal() {
      return true;
    }
  }

  /** The algorithm and the public key. */
  @Override
  public String toString() {
    return publicKey.algorithm() + " key with public half " + publicKey.bytes().toBase64();
  }
}
