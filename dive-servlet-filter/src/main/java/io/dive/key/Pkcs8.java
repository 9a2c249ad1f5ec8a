// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import io.dive.protocol.Bytes;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.SignatureAlgorithm;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.crypto.util.PBKDF2Config;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.InputDecryptor;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfoBuilder;
import org.bouncycastle.pkcs.jcajce.JcePKCSPBEInputDecryptorProviderBuilder;
import org.bouncycastle.pkcs.jcajce.JcePKCSPBEOutputEncryptorBuilder;

/**
 * Private keys in DER, plain and encrypted. No exception carries a cause: parsers and ciphers may
 * quote what they read.
 *
 * @see "RFC 5958 §2, §3; RFC 8410 §7; RFC 8018 §6.2 (PBES2)"
 */
final class Pkcs8 {
  /** What OWASP advises for PBKDF2 with HMAC-SHA256. */
  static final int PBKDF2_ITERATIONS = 600_000;

  private static final int SALT_LENGTH = 16;

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

  /** PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC. */
  static byte[] encrypt(byte[] pkcs8, char[] passphrase) {
    PBKDF2Config derivation =
        new PBKDF2Config.Builder()
            .withPRF(PBKDF2Config.PRF_SHA256)
            .withIterationCount(PBKDF2_ITERATIONS)
            .withSaltLength(SALT_LENGTH)
            .build();
    try {
      return new PKCS8EncryptedPrivateKeyInfoBuilder(pkcs8)
          .build(
              new JcePKCSPBEOutputEncryptorBuilder(derivation, NISTObjectIdentifiers.id_aes256_CBC)
                  .setProvider(new BouncyCastleProvider())
                  .build(passphrase))
          .getEncoded();
    } catch (OperatorCreationException | IOException e) {
      throw new IllegalStateException("Bouncy Castle has PBKDF2 and AES", e);
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
    PKCS8EncryptedPrivateKeyInfo encrypted;
    InputDecryptor decryptor;
    try {
      encrypted = new PKCS8EncryptedPrivateKeyInfo(der);
      if (!encrypted
          .getEncryptionAlgorithm()
          .getAlgorithm()
          .equals(PKCSObjectIdentifiers.id_PBES2)) {
        throw notPbes2(path);
      }
      decryptor =
          new JcePKCSPBEInputDecryptorProviderBuilder()
              .setProvider(new BouncyCastleProvider())
              .build(passphrase)
              .get(encrypted.getEncryptionAlgorithm());
    } catch (OperatorCreationException e) {
      throw notPbes2(path);
    } catch (IOException | RuntimeException e) { // as in decode
      throw malformed(path);
    }
    byte[] der8 = plain(path, encrypted, decryptor);
    PrivateKeyInfo info;
    try {
      info = PrivateKeyInfo.getInstance(der8.clone());
    } catch (RuntimeException e) {
      // One wrong passphrase in 256 leaves padding that looks right, then this.
      throw wrong(path);
    } finally {
      Arrays.fill(der8, (byte) 0);
    }
    return decode(path, info);
  }

  private static byte[] plain(
      Path path, PKCS8EncryptedPrivateKeyInfo encrypted, InputDecryptor decryptor)
      throws KeyMaterialException {
    try (InputStream in =
        decryptor.getInputStream(new ByteArrayInputStream(encrypted.getEncryptedData()))) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw wrong(path);
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
