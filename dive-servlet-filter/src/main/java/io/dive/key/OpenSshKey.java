// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.RawPublicKey;
import io.dive.protocol.SignatureAlgorithm;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * OpenSSH's own format of private keys, Ed25519 and not encrypted.
 *
 * @see "OpenSSH PROTOCOL.key"
 */
final class OpenSshKey {
  /** In the begin line of the PEM block. */
  static final String LABEL = "OPENSSH PRIVATE KEY";

  private static final byte[] MAGIC = "openssh-key-v1\0".getBytes(StandardCharsets.US_ASCII);
  private static final String NONE = "none";
  private static final int BLOCK = 8;
  private static final int MAX_BYTES = 1024;

  private OpenSshKey() {}

  /** The content of the PEM block; the comment has at most 255 characters of ASCII. */
  static byte[] encode(SigningKey key, String comment) {
    byte[] pair = new byte[2 * SignatureAlgorithm.ED25519.keyLength()];
    byte[] seed = key.seed();
    byte[] publicKey = key.publicKey().bytes().toByteArray();
    System.arraycopy(seed, 0, pair, 0, seed.length);
    System.arraycopy(publicKey, 0, pair, seed.length, publicKey.length);
    ByteBuffer secret = ByteBuffer.allocate(MAX_BYTES);
    secret.putLong(0); // two equal numbers, which tell a wrong passphrase where there is one
    put(secret, ascii(SshFields.ED25519));
    put(secret, publicKey);
    put(secret, pair);
    put(secret, ascii(comment));
    for (byte pad = 1; secret.position() % BLOCK != 0; pad++) {
      secret.put(pad);
    }
    byte[] padded = Arrays.copyOf(secret.array(), secret.position());
    ByteBuffer file = ByteBuffer.allocate(2 * MAX_BYTES).put(MAGIC);
    put(file, ascii(NONE)); // cipher
    put(file, ascii(NONE)); // key derivation
    put(file, new byte[0]); // its options
    file.putInt(1);
    put(file, SshFields.publicKey(key.publicKey()));
    put(file, padded);
    byte[] encoded = Arrays.copyOf(file.array(), file.position());
    for (byte[] copy : new byte[][] {seed, pair, secret.array(), padded, file.array()}) {
      Arrays.fill(copy, (byte) 0);
    }
    return encoded;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static void put(ByteBuffer buffer, byte[] string) {
    buffer.putInt(string.length).put(string);
  }

  /**
   * The key in the content of a PEM block.
   *
   * @throws KeyMaterialException with {@code KEY_FORMAT_UNKNOWN} or {@code KEY_PAIR_MISMATCH}
   */
  static SigningKey decode(Path path, byte[] content) throws KeyMaterialException {
    try {
      return decodeStrictly(path, content);
    } catch (ProtocolException e) {
      throw unknown(
          path, "is no OpenSSH key of ed25519 (%s); restore the file".formatted(e.getMessage()));
    }
  }

  private static SigningKey decodeStrictly(Path path, byte[] content)
      throws ProtocolException, KeyMaterialException {
    if (content.length < MAGIC.length
        || !Arrays.equals(MAGIC, Arrays.copyOf(content, MAGIC.length))) {
      throw new ProtocolException("it does not begin like one");
    }
    SshFields file = new SshFields(Arrays.copyOfRange(content, MAGIC.length, content.length));
    String cipher = new String(file.string(), StandardCharsets.ISO_8859_1);
    String derivation = new String(file.string(), StandardCharsets.ISO_8859_1);
    byte[] options = file.string();
    if (!cipher.equals(NONE) || !derivation.equals(NONE) || options.length > 0) {
      throw unknown(
          path,
          "is an OpenSSH key with a passphrase; load it into an ssh-agent and set"
              + " dive.key.N.agent, or take the passphrase off a copy with ssh-keygen -p");
    }
    if (file.uint32() != 1) {
      throw new ProtocolException("it has several keys");
    }
    RawPublicKey publicKey = SshFields.publicKey(file.string());
    byte[] secret = file.string();
    file.end();
    try {
      return decodeSecret(path, publicKey, new SshFields(secret));
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  private static SigningKey decodeSecret(Path path, RawPublicKey publicKey, SshFields secret)
      throws ProtocolException, KeyMaterialException {
    long check = secret.uint32();
    if (secret.uint32() != check) {
      throw new ProtocolException("its check numbers differ");
    }
    secret.ed25519();
    byte[] publicHalf = secret.string();
    byte[] pair = secret.string();
    secret.string(); // the comment
    byte[] padding = secret.rest();
    for (int i = 0; i < padding.length; i++) {
      if (padding[i] != i + 1) {
        throw new ProtocolException("its padding is damaged");
      }
    }
    int length = SignatureAlgorithm.ED25519.keyLength();
    byte[] seed = Arrays.copyOf(pair, length);
    try {
      if (pair.length != 2 * length) {
        throw new ProtocolException("its key has %d bytes".formatted(pair.length));
      }
      SigningKey key = SigningKey.ofSeed(SignatureAlgorithm.ED25519, seed);
      Pkcs8.requirePair(path, key, publicHalf);
      Pkcs8.requirePair(path, key, Arrays.copyOfRange(pair, length, pair.length));
      Pkcs8.requirePair(path, key, publicKey.bytes().toByteArray());
      return key;
    } finally {
      Arrays.fill(seed, (byte) 0);
      Arrays.fill(pair, (byte) 0);
    }
  }

  private static KeyMaterialException unknown(Path path, String what) {
    return new KeyMaterialException(ErrorCode.KEY_FORMAT_UNKNOWN, path + " " + what);
  }
}
