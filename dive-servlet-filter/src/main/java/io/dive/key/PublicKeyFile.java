// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.Bytes;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.RawPublicKey;
import io.dive.protocol.SignatureAlgorithm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.params.Ed448PublicKeyParameters;

/**
 * A file with a public key, for servers that do not hold the private one: SPKI PEM as {@code
 * openssl pkey -pubout} writes it, a line {@code ssh-ed25519} as {@code ssh-keygen} writes it, or
 * one line of base64 with the 32 (Ed25519) or 57 (Ed448) bytes that key records carry. Immutable.
 *
 * @see "RFC 8410 §4; RFC 7468 §13; RFC 4253 §6.6; RFC 8709 §4"
 */
public record PublicKeyFile(Path path) {
  private static final String LABEL = "PUBLIC KEY";

  /** The path may not be null. */
  public PublicKeyFile {
    requireNonNull(path, "path");
  }

  /**
   * Reads the key and checks that it is a point on its curve. Symbolic links are followed,
   * permissions do not matter. A file has at most 64 KiB.
   *
   * @throws KeyMaterialException with {@code KEY_FILE_UNREADABLE} or {@code KEY_FORMAT_UNKNOWN}
   */
  public RawPublicKey read() throws KeyMaterialException {
    return read(true);
  }

  /** As {@link #read}, but refuses bare base64, since a private seed looks the same. */
  RawPublicKey readLabelled() throws KeyMaterialException {
    return read(false);
  }

  private RawPublicKey read(boolean allowBare) throws KeyMaterialException {
    byte[] content = SmallFile.read(path);
    RawPublicKey key;
    if (PemBlock.isIn(content)) {
      key = pem(content);
    } else if (OpenSshLine.isIn(content)) {
      key = OpenSshLine.decode(path, content);
    } else if (allowBare) {
      key = base64(content);
    } else {
      throw unknown(
          "does not say that it holds a public key; write it as a line \"ssh-ed25519 ...\" (ssh-keygen"
              + " -y) or as PEM (openssl pkey -pubout)");
    }
    requirePoint(key);
    return key;
  }

  /** The SPKI PEM text of a key, with a final line end, as {@code openssl pkey -pubin} reads it. */
  public static String pem(RawPublicKey key) {
    try {
      byte[] spki =
          new SubjectPublicKeyInfo(AlgorithmOid.of(key.algorithm()), key.bytes().toByteArray())
              .getEncoded();
      return new String(PemBlock.encode(LABEL, spki), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new UncheckedIOException("encoding in memory does not fail", e);
    }
  }

  private RawPublicKey base64(byte[] content) throws KeyMaterialException {
    byte[] decoded = Base64Line.decode(path, content);
    SignatureAlgorithm algorithm =
        Base64Line.algorithmOfLength(decoded.length)
            .orElseThrow(
                () ->
                    unknown(
                        "holds %d bytes of base64; a public key has 32 (ed25519) or 57 (ed448)"
                            .formatted(decoded.length)));
    return new RawPublicKey(algorithm, Bytes.of(decoded));
  }

  private RawPublicKey pem(byte[] content) throws KeyMaterialException {
    PemBlock block = PemBlock.only(path, content);
    if (!block.label().equals(LABEL)) {
      throw unknown(whatInstead(block.label()));
    }
    SubjectPublicKeyInfo info;
    byte[] der = block.decode();
    try {
      info = SubjectPublicKeyInfo.getInstance(der);
    } catch (RuntimeException e) { // the parser has many ways to say that it is not DER
      throw unknown("is not a public key (RFC 8410); restore the file");
    }
    SignatureAlgorithm algorithm =
        AlgorithmOid.algorithm(info.getAlgorithm())
            .orElseThrow(
                () ->
                    unknown(
                        "holds a public key of %s, DIVE has Ed25519 and Ed448 only"
                            .formatted(AlgorithmOid.name(info.getAlgorithm()))));
    byte[] raw = info.getPublicKeyData().getBytes();
    if (raw.length != algorithm.keyLength()) {
      throw unknown(
          "holds %d bytes for an %s key, not %d; restore the file"
              .formatted(raw.length, algorithm, algorithm.keyLength()));
    }
    return new RawPublicKey(algorithm, Bytes.of(raw));
  }

  private static String whatInstead(String label) {
    if (label.endsWith("PRIVATE KEY")) {
      return "holds a private key; write the public half to a file with openssl pkey -pubout or"
          + " ssh-keygen -y and name that";
    }
    if (label.endsWith("CERTIFICATE")) {
      return "holds a certificate; take the key out with openssl x509 -pubkey -noout";
    }
    return "holds a PEM block \"%s\"; PUBLIC KEY is read".formatted(Excerpt.of(label));
  }

  private void requirePoint(RawPublicKey key) throws KeyMaterialException {
    byte[] raw = key.bytes().toByteArray();
    try {
      switch (key.algorithm()) {
        case ED25519 -> new Ed25519PublicKeyParameters(raw);
        case ED448 -> new Ed448PublicKeyParameters(raw);
      }
    } catch (IllegalArgumentException e) {
      throw unknown(
          "holds no point on the curve of %s; restore the file".formatted(key.algorithm()));
    }
  }

  private KeyMaterialException unknown(String what) {
    return new KeyMaterialException(ErrorCode.KEY_FORMAT_UNKNOWN, path + " " + what);
  }
}
