// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Supplier;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.misc.MiscObjectIdentifiers;
import org.bouncycastle.asn1.misc.ScryptParams;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.EncryptionScheme;
import org.bouncycastle.asn1.pkcs.KeyDerivationFunc;
import org.bouncycastle.asn1.pkcs.PBES2Parameters;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.PBEParametersGenerator;
import org.bouncycastle.crypto.digests.SHA1Digest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.generators.SCrypt;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.paddings.PKCS7Padding;
import org.bouncycastle.crypto.paddings.PaddedBufferedBlockCipher;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.jspecify.annotations.Nullable;

/**
 * The encryption of key files: a key from the passphrase's UTF-8 bytes by PBKDF2 or scrypt, then
 * AES-CBC. By Bouncy Castle's own classes and not through a security provider, which some Java
 * runtimes accept from signed jars only, and one with all dependencies inside is not.
 *
 * @see "RFC 8018 §6.2, appendix A.4; RFC 7914 §7"
 */
final class Pbes2 {
  /** What OWASP advises for PBKDF2 with HMAC-SHA256. */
  static final int PBKDF2_ITERATIONS = 600_000;

  private static final int SALT_LENGTH = 16;
  private static final int BLOCK_LENGTH = 16;
  private static final BigInteger MAX_ITERATIONS = BigInteger.valueOf(10_000_000);
  private static final BigInteger MAX_SCRYPT_BYTES = BigInteger.valueOf(1 << 30);

  private static final Map<ASN1ObjectIdentifier, Integer> KEY_LENGTHS =
      Map.of(
          NISTObjectIdentifiers.id_aes128_CBC, 16,
          NISTObjectIdentifiers.id_aes192_CBC, 24,
          NISTObjectIdentifiers.id_aes256_CBC, 32);

  private static final Map<ASN1ObjectIdentifier, Supplier<Digest>> HMACS =
      Map.of(
          PKCSObjectIdentifiers.id_hmacWithSHA1, SHA1Digest::new,
          PKCSObjectIdentifiers.id_hmacWithSHA256, SHA256Digest::new,
          PKCSObjectIdentifiers.id_hmacWithSHA384, SHA384Digest::new,
          PKCSObjectIdentifiers.id_hmacWithSHA512, SHA512Digest::new);

  private Pbes2() {}

  /** PBKDF2 with HMAC-SHA256, then AES-256-CBC. */
  static EncryptedPrivateKeyInfo encrypt(byte[] plain, char[] passphrase) {
    byte[] salt = new byte[SALT_LENGTH];
    byte[] iv = new byte[BLOCK_LENGTH];
    SecureRandom random = new SecureRandom();
    random.nextBytes(salt);
    random.nextBytes(iv);
    PBES2Parameters parameters =
        new PBES2Parameters(
            new KeyDerivationFunc(
                PKCSObjectIdentifiers.id_PBKDF2,
                new PBKDF2Params(
                    salt,
                    PBKDF2_ITERATIONS,
                    new AlgorithmIdentifier(
                        PKCSObjectIdentifiers.id_hmacWithSHA256, DERNull.INSTANCE))),
            new EncryptionScheme(NISTObjectIdentifiers.id_aes256_CBC, new DEROctetString(iv)));
    try {
      return new EncryptedPrivateKeyInfo(
          new AlgorithmIdentifier(PKCSObjectIdentifiers.id_PBES2, parameters),
          cipher(true, parameters, plain, passphrase));
    } catch (InvalidCipherTextException e) {
      throw new IllegalStateException("encrypting does not check a padding", e);
    }
  }

  /**
   * What was encrypted; not certainly so, since a wrong passphrase passes one time in 256.
   *
   * @throws InvalidCipherTextException if the passphrase is wrong
   * @throws IllegalArgumentException if it is encrypted in another way or the parameters are not
   *     well-formed or excessive
   */
  static byte[] decrypt(EncryptedPrivateKeyInfo encrypted, char[] passphrase)
      throws InvalidCipherTextException {
    AlgorithmIdentifier algorithm = encrypted.getEncryptionAlgorithm();
    require(algorithm.getAlgorithm().equals(PKCSObjectIdentifiers.id_PBES2), "not PBES2");
    byte[] data = encrypted.getEncryptedData();
    require(data.length > 0 && data.length % BLOCK_LENGTH == 0, "not whole blocks");
    return cipher(false, PBES2Parameters.getInstance(algorithm.getParameters()), data, passphrase);
  }

  private static byte[] cipher(
      boolean encrypt, PBES2Parameters parameters, byte[] in, char[] passphrase)
      throws InvalidCipherTextException {
    EncryptionScheme scheme = parameters.getEncryptionScheme();
    Integer keyLength = KEY_LENGTHS.get(scheme.getAlgorithm());
    if (keyLength == null) {
      throw new IllegalArgumentException("not AES-CBC");
    }
    byte[] iv = ASN1OctetString.getInstance(scheme.getParameters()).getOctets();
    require(iv.length == BLOCK_LENGTH, "initialisation vector");
    byte[] secret = PBEParametersGenerator.PKCS5PasswordToUTF8Bytes(passphrase);
    byte[] key = key(parameters.getKeyDerivationFunc(), keyLength, secret);
    Arrays.fill(secret, (byte) 0);
    PaddedBufferedBlockCipher cipher =
        new PaddedBufferedBlockCipher(
            CBCBlockCipher.newInstance(AESEngine.newInstance()), new PKCS7Padding());
    cipher.init(encrypt, new ParametersWithIV(new KeyParameter(key), iv));
    Arrays.fill(key, (byte) 0);
    byte[] out = new byte[cipher.getOutputSize(in.length)];
    int length = cipher.processBytes(in, 0, in.length, out, 0);
    length += cipher.doFinal(out, length);
    byte[] result = Arrays.copyOf(out, length);
    Arrays.fill(out, (byte) 0);
    return result;
  }

  private static byte[] key(KeyDerivationFunc function, int keyLength, byte[] secret) {
    if (function.getAlgorithm().equals(PKCSObjectIdentifiers.id_PBKDF2)) {
      return pbkdf2(PBKDF2Params.getInstance(function.getParameters()), keyLength, secret);
    }
    require(function.getAlgorithm().equals(MiscObjectIdentifiers.id_scrypt), "key derivation");
    return scrypt(ScryptParams.getInstance(function.getParameters()), keyLength, secret);
  }

  private static byte[] pbkdf2(PBKDF2Params parameters, int keyLength, byte[] secret) {
    requireLength(parameters.getKeyLength(), keyLength);
    BigInteger iterations = parameters.getIterationCount();
    require(iterations.signum() > 0 && iterations.compareTo(MAX_ITERATIONS) <= 0, "iterations");
    Supplier<Digest> hmac = HMACS.get(parameters.getPrf().getAlgorithm());
    if (hmac == null) {
      throw new IllegalArgumentException("pseudo-random function");
    }
    PKCS5S2ParametersGenerator generator = new PKCS5S2ParametersGenerator(hmac.get());
    generator.init(secret, parameters.getSalt(), iterations.intValueExact());
    return ((KeyParameter) generator.generateDerivedMacParameters(8 * keyLength)).getKey();
  }

  private static byte[] scrypt(ScryptParams parameters, int keyLength, byte[] secret) {
    requireLength(parameters.getKeyLength(), keyLength);
    BigInteger cost = parameters.getCostParameter();
    BigInteger block = parameters.getBlockSize();
    BigInteger lanes = parameters.getParallelizationParameter();
    require(cost.signum() > 0 && block.signum() > 0 && lanes.signum() > 0, "scrypt parameters");
    BigInteger bytes = block.multiply(cost.add(lanes)).shiftLeft(7);
    require(bytes.compareTo(MAX_SCRYPT_BYTES) <= 0, "scrypt memory");
    return SCrypt.generate(
        secret,
        parameters.getSalt(),
        cost.intValueExact(),
        block.intValueExact(),
        lanes.intValueExact(),
        keyLength);
  }

  private static void requireLength(@Nullable BigInteger given, int expected) {
    require(given == null || given.equals(BigInteger.valueOf(expected)), "key length");
  }

  private static void require(boolean condition, String what) {
    if (!condition) {
      throw new IllegalArgumentException(what);
    }
  }
}
