// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import io.dive.protocol.Bytes;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.SignatureAlgorithm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.crypto.InvalidCipherTextException;

/**
 * Private keys in DER, plain and encrypted. No exception carries a cause: parsers and ciphers may
 * quote what they read.
 *
 * @see "RFC 5958 §2, §3; RFC 8410 §7; RFC 8018 §6.2 (PBES2)"
 */
final class Pkcs8 {
  private Pkcs8() {}

  /** Version 1, without the public half, which every reader knows. */
  static byte[] encode(SignatureAlgorithm algorithm, byte[] seed) {
    try {
      return new PrivateKeyInfo(AlgorithmOid.of(algorithm), new DEROctetString(seed)).getEncoded();
    } catch (IOException e) {
      throw new UncheckedIOException("encoding in memory does not fail", e);
    }
  }

  /**
   * Reads a key of version 1 or 2; of the latter the public half is compared.
   *
   * @param path for messages
   * @throws KeyMaterialException with {@code KEY_FORMAT_UNKNOWN} or {@code KEY_PAIR_MISMATCH}
   */
  static SigningKey decode(Path path, byte[] der) throws KeyMaterialException {
    PrivateKeyInfo info;
    try {
      info = PrivateKeyInfo.getInstance(der);
    } catch (RuntimeException e) { // the parser has many ways to say that it is not DER
      throw malformed(path);
    }
    return decode(path, info);
  }

  private static SigningKey decode(Path path, PrivateKeyInfo info) throws KeyMaterialException {
    SignatureAlgorithm algorithm =
        AlgorithmOid.algorithm(info.getPrivateKeyAlgorithm())
            .orElseThrow(
                () ->
                    unknown(
                        path,
                        "holds a private key of %s, DIVE has Ed25519 and Ed448 only; make one with"
                            + " openssl genpkey -algorithm ed25519",
                        AlgorithmOid.name(info.getPrivateKeyAlgorithm())));
    byte[] seed;
    try {
      seed = ASN1OctetString.getInstance(info.parsePrivateKey()).getOctets();
    } catch (IOException | RuntimeException e) { // as above
      throw malformed(path);
    }
    try {
      if (seed.length != algorithm.keyLength()) {
        throw malformed(path);
      }
      SigningKey key = SigningKey.ofSeed(algorithm, seed);
      ASN1BitString publicHalf = info.getPublicKeyData();
      if (publicHalf != null) {
        requirePair(path, key, publicHalf.getBytes());
      }
      return key;
    } finally {
      Arrays.fill(seed, (byte) 0);
    }
  }

  /**
   * Compares the public half a file claims with the one its private half has.
   *
   * @throws KeyMaterialException with {@code KEY_PAIR_MISMATCH}
   */
  static void requirePair(Path path, SigningKey key, byte[] publicHalf)
      throws KeyMaterialException {
    if (!key.publicKey().bytes().equals(Bytes.of(publicHalf))) {
      throw new KeyMaterialException(
          ErrorCode.KEY_PAIR_MISMATCH,
          path + " holds private and public halves of different keys; restore the file");
    }
  }

  /** Encrypts by PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC. */
  static byte[] encrypt(byte[] pkcs8, char[] passphrase) {
    try {
      return Pbes2.encrypt(pkcs8, passphrase).getEncoded();
    } catch (IOException e) {
      throw new UncheckedIOException("encoding in memory does not fail", e);
    }
  }

  /**
   * Reads an encrypted key: PBES2 with PBKDF2 or scrypt.
   *
   * @param path for messages
   * @throws KeyMaterialException with {@code PASSPHRASE_WRONG}, {@code KEY_FORMAT_UNKNOWN} or
   *     {@code KEY_PAIR_MISMATCH}
   */
  static SigningKey decrypt(Path path, byte[] der, char[] passphrase) throws KeyMaterialException {
    EncryptedPrivateKeyInfo encrypted;
    try {
      encrypted = EncryptedPrivateKeyInfo.getInstance(der);
    } catch (RuntimeException e) { // as in decode
      throw malformed(path);
    }
    byte[] plain;
    try {
      plain = Pbes2.decrypt(encrypted, passphrase);
    } catch (InvalidCipherTextException e) {
      throw wrong(path);
    } catch (RuntimeException e) { // parameters that are none, for the parser or for us
      throw notPbes2(path);
    }
    PrivateKeyInfo info;
    try {
      info = PrivateKeyInfo.getInstance(plain);
    } catch (RuntimeException e) {
      // One wrong passphrase in 256 leaves padding that looks right, then this.
      throw wrong(path);
    }
    try {
      return decode(path, info);
    } finally {
      Arrays.fill(plain, (byte) 0);
    }
  }

  private static KeyMaterialException wrong(Path path) {
    return new KeyMaterialException(
        ErrorCode.PASSPHRASE_WRONG,
        path + " does not open with the passphrase; check that it belongs to this file");
  }

  private static KeyMaterialException notPbes2(Path path) {
    return unknown(
        path,
        "is encrypted in a way that is not supported; convert it with openssl pkcs8 -topk8 -v2"
            + " %s",
        "aes-256-cbc");
  }

  private static KeyMaterialException malformed(Path path) {
    return unknown(path, "is not a PKCS#8 key (%s); restore the file", "RFC 5958, RFC 8410");
  }

  private static KeyMaterialException unknown(Path path, String what, String argument) {
    return new KeyMaterialException(
        ErrorCode.KEY_FORMAT_UNKNOWN, path + " " + what.formatted(argument));
  }
}
