// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.SignatureAlgorithm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * A file with a private key: where it is and how it opens. Holds no key material. Immutable; safe
 * for use by many threads.
 *
 * <p>Read are: PKCS#8 PEM, plain and encrypted with PBES2 (PBKDF2 or scrypt), as OpenSSL writes
 * them; Ed25519 keys of {@code ssh-keygen} without passphrase; and one line of base64 with an
 * Ed25519 seed (32 bytes), an Ed25519 seed and public key (64 bytes) or an Ed448 seed (57 bytes).
 *
 * @param passphrase opens an encrypted file and encrypts a new one; ignored when a plain file is
 *     read
 * @param allowExposed whether a file is read that group or others may read or write. On file
 *     systems without POSIX permissions they are never checked.
 * @see "draft-callec-dive-01 §Private Key Storage; RFC 5958; RFC 8410 §7; RFC 7468 §10, §11"
 */
public record KeyFile(Path path, Optional<Passphrase> passphrase, boolean allowExposed) {
  private static final String PLAIN = "PRIVATE KEY";
  private static final String ENCRYPTED = "ENCRYPTED PRIVATE KEY";

  /** No component may be null. */
  public KeyFile {
    requireNonNull(path, "path");
    requireNonNull(passphrase, "passphrase");
  }

  /** A file without passphrase that must be its owner's alone. */
  public static KeyFile of(Path path) {
    return new KeyFile(path, Optional.empty(), false);
  }

  /** A file with a passphrase; both it and the passphrase's file must be their owner's alone. */
  public static KeyFile of(Path path, Passphrase passphrase) {
    return new KeyFile(path, Optional.of(passphrase), false);
  }

  /**
   * Reads the key and proves with a signature that it works. Symbolic links are followed; the
   * permissions of the file they lead to count. A file has at most 64 KiB.
   *
   * @throws KeyMaterialException with {@code KEY_FILE_UNREADABLE}, {@code KEY_FILE_EXPOSED}, {@code
   *     KEY_FORMAT_UNKNOWN}, {@code KEY_PAIR_MISMATCH}, {@code PASSPHRASE_MISSING}, {@code
   *     PASSPHRASE_WRONG} or {@code SIGNING_FAILED}
   */
  public SigningKey read() throws KeyMaterialException {
    byte[] content = allowExposed ? SmallFile.read(path) : SmallFile.readOwnerOnly(path);
    try {
      SigningKey key = PemBlock.isIn(content) ? pem(content) : base64(content);
      key.prove();
      return key;
    } finally {
      Arrays.fill(content, (byte) 0);
    }
  }

  private SigningKey pem(byte[] content) throws KeyMaterialException {
    PemBlock block = PemBlock.only(path, content);
    String label = block.label();
    if (!label.equals(PLAIN) && !label.equals(ENCRYPTED) && !label.equals(OpenSshKey.LABEL)) {
      throw unknown(whatInstead(label));
    }
    byte[] der = block.decode();
    try {
      return switch (label) {
        case PLAIN -> Pkcs8.decode(path, der);
        case OpenSshKey.LABEL -> OpenSshKey.decode(path, der);
        default -> decrypt(der);
      };
    } finally {
      Arrays.fill(der, (byte) 0);
    }
  }

  private static String whatInstead(String label) {
    if (label.endsWith("PUBLIC KEY")) {
      return "holds a public key; name the file with the private key";
    }
    if (label.endsWith("CERTIFICATE")) {
      return "holds a certificate; name the file with the private key";
    }
    if (label.equals("RSA PRIVATE KEY")
        || label.equals("EC PRIVATE KEY")
        || label.equals("DSA PRIVATE KEY")) {
      return "holds a private key of %s, DIVE has Ed25519 and Ed448 only; make one with openssl genpkey -algorithm ed25519"
          .formatted(label.substring(0, label.indexOf(' ')));
    }
    return "holds a PEM block \"%s\"; PRIVATE KEY, ENCRYPTED PRIVATE KEY or OPENSSH PRIVATE KEY is read"
        .formatted(Excerpt.of(label));
  }

  private SigningKey decrypt(byte[] der) throws KeyMaterialException {
    Passphrase source =
        passphrase.orElseThrow(
            () ->
                new KeyMaterialException(
                    ErrorCode.PASSPHRASE_MISSING,
                    path
                        + " is encrypted; name the file or the environment variable that holds its"
                        + " passphrase"));
    char[] opened = PassphraseReader.read(source, allowExposed);
    try {
      return Pkcs8.decrypt(path, der, opened);
    } finally {
      Arrays.fill(opened, '\0');
    }
  }

  private SigningKey base64(byte[] content) throws KeyMaterialException {
    byte[] decoded = Base64Line.decode(path, content);
    try {
      int seedLength = SignatureAlgorithm.ED25519.keyLength();
      if (decoded.length == 2 * seedLength) {
        byte[] seed = Arrays.copyOf(decoded, seedLength);
        SigningKey key = SigningKey.ofSeed(SignatureAlgorithm.ED25519, seed);
        Arrays.fill(seed, (byte) 0);
        Pkcs8.requirePair(path, key, Arrays.copyOfRange(decoded, seedLength, decoded.length));
        return key;
      }
      return SigningKey.ofSeed(
          Base64Line.algorithmOfLength(decoded.length)
              .orElseThrow(
                  () ->
                      unknown(
                          "holds %d bytes of base64; a key has 32 or 64 (ed25519) or 57 (ed448)"
                              .formatted(decoded.length))),
          decoded);
    } finally {
      Arrays.fill(decoded, (byte) 0);
    }
  }

  /**
   * Writes the key to a new PKCS#8 PEM file that only its owner may read and write, from its first
   * moment; with a passphrase, encrypted by PBES2 (PBKDF2-HMAC-SHA256 with 600,000 iterations,
   * AES-256-CBC). The file is on disk when this returns; after a failure there is none.
   *
   * @throws KeyMaterialException with {@code KEY_FILE_UNREADABLE} if there is something at the path
   *     already or the file cannot be written, {@code PASSPHRASE_MISSING} or {@code
   *     KEY_FILE_EXPOSED} for the passphrase
   */
  public void create(SigningKey key) throws KeyMaterialException {
    byte[] seed = key.seed();
    byte[] pkcs8 = Pkcs8.encode(key.publicKey().algorithm(), seed);
    byte[] text = null;
    try {
      text =
          passphrase.isPresent()
              ? PemBlock.encode(ENCRYPTED, encrypt(pkcs8, passphrase.get()))
              : PemBlock.encode(PLAIN, pkcs8);
      SmallFile.createOwnerOnly(path, text);
    } finally {
      Arrays.fill(seed, (byte) 0);
      Arrays.fill(pkcs8, (byte) 0);
      if (text != null) {
        Arrays.fill(text, (byte) 0);
      }
    }
  }

  /**
   * Writes an Ed25519 key to a new file as {@code ssh-keygen} does, for {@code ssh-add}: not
   * encrypted, for its owner alone; and its public half beside it in {@link #publicFile}. After a
   * failure there is neither.
   *
   * @param comment names the key in {@code ssh-add -l}, at most 255 characters of printable ASCII
   * @throws KeyMaterialException with {@code KEY_FILE_UNREADABLE} if there is something at one of
   *     the paths already or a file cannot be written
   * @throws IllegalArgumentException for another algorithm, a passphrase, or another comment
   */
  public void createOpenSsh(SigningKey key, String comment) throws KeyMaterialException {
    if (key.publicKey().algorithm() != SignatureAlgorithm.ED25519
        || passphrase.isPresent()
        || !comment.matches("[ -~]{0,255}")) {
      throw new IllegalArgumentException("an ed25519 key, no passphrase, a short comment");
    }
    byte[] content = OpenSshKey.encode(key, comment);
    byte[] text = PemBlock.encode(OpenSshKey.LABEL, content);
    try {
      SmallFile.createReadable(
          publicFile(),
          OpenSshLine.encode(key.publicKey(), comment).getBytes(StandardCharsets.US_ASCII));
      createOrDiscardPublicFile(text);
    } finally {
      Arrays.fill(content, (byte) 0);
      Arrays.fill(text, (byte) 0);
    }
  }

  private void createOrDiscardPublicFile(byte[] text) throws KeyMaterialException {
    try {
      SmallFile.createOwnerOnly(path, text);
    } catch (KeyMaterialException e) {
      SmallFile.discard(publicFile(), e);
      throw e;
    }
  }

  /** Where the public half is by OpenSSH's custom: beside it, with {@code .pub} behind its name. */
  public Path publicFile() {
    return path.resolveSibling(path.getFileName() + ".pub");
  }

  private byte[] encrypt(byte[] pkcs8, Passphrase source) throws KeyMaterialException {
    char[] opened = PassphraseReader.read(source, allowExposed);
    try {
      return Pkcs8.encrypt(pkcs8, opened);
    } finally {
      Arrays.fill(opened, '\0');
    }
  }

  private KeyMaterialException unknown(String what) {
    return new KeyMaterialException(ErrorCode.KEY_FORMAT_UNKNOWN, path + " " + what);
  }
}
