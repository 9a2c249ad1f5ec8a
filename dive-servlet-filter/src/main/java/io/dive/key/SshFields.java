// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import io.dive.protocol.Bytes;
import io.dive.protocol.RawPublicKey;
import io.dive.protocol.SignatureAlgorithm;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The fields of an SSH message or key, taken one after the other and strictly.
 *
 * @see "RFC 4251 §5; RFC 8709 §4, §6"
 */
final class SshFields {
  /** How SSH names Ed25519. */
  static final String ED25519 = "ssh-ed25519";

  private final ByteBuffer rest;

  SshFields(byte[] content) {
    this.rest = ByteBuffer.wrap(content);
  }

  /** A byte. */
  int uint8() throws ProtocolException {
    require(1);
    return Byte.toUnsignedInt(rest.get());
  }

  /** A number. */
  long uint32() throws ProtocolException {
    require(Integer.BYTES);
    return Integer.toUnsignedLong(rest.getInt());
  }

  /** A string of bytes. */
  byte[] string() throws ProtocolException {
    long length = uint32();
    require(length);
    byte[] string = new byte[(int) length];
    rest.get(string);
    return string;
  }

  private void require(long bytes) throws ProtocolException {
    if (rest.remaining() < bytes) {
      throw new ProtocolException("a field is cut off");
    }
  }

  /** A string that must be the name of Ed25519. */
  void ed25519() throws ProtocolException {
    if (!new String(string(), StandardCharsets.ISO_8859_1).equals(ED25519)) {
      throw new ProtocolException("it is not of " + ED25519);
    }
  }

  /** Nothing more. */
  void end() throws ProtocolException {
    if (rest.hasRemaining()) {
      throw new ProtocolException("there are bytes too many");
    }
  }

  /** The bytes that are left. */
  byte[] rest() {
    byte[] bytes = new byte[rest.remaining()];
    rest.get(bytes);
    return bytes;
  }

  /** An Ed25519 public key, as SSH writes it. */
  static byte[] publicKey(RawPublicKey key) {
    byte[] raw = key.bytes().toByteArray();
    byte[] name = ED25519.getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(2 * Integer.BYTES + name.length + raw.length)
        .putInt(name.length)
        .put(name)
        .putInt(raw.length)
        .put(raw)
        .array();
  }

  /** The reverse of {@link #publicKey(RawPublicKey)}. */
  static RawPublicKey publicKey(byte[] blob) throws ProtocolException {
    return new RawPublicKey(SignatureAlgorithm.ED25519, ed25519(blob, 32));
  }

  /** A signature of 64 bytes. */
  static Bytes signature(byte[] blob) throws ProtocolException {
    return ed25519(blob, SignatureAlgorithm.ED25519.signatureLength());
  }

  private static Bytes ed25519(byte[] blob, int length) throws ProtocolException {
    SshFields fields = new SshFields(blob);
    fields.ed25519();
    byte[] raw = fields.string();
    fields.end();
    if (raw.length != length) {
      throw new ProtocolException("it has %d bytes, not %d".formatted(raw.length, length));
    }
    return Bytes.of(raw);
  }
}
