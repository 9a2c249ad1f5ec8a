// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyReference;
import io.dive.protocol.RawPublicKey;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;

/**
 * The last member of a sidecar that a signing run wrote: SHA-256 over the hash algorithm and the
 * keys of that run, over the size and the state of the file, and over all that stands before it. A
 * later run with the same keys leaves alone what still has it for the present state, without
 * verifying the signatures again: the run that wrote it had verified them.
 *
 * <p>It finds every sidecar that was damaged, edited, cut off, written by another tool, or made for
 * another file or other keys. It is no proof: who may write a sidecar can compute it, as he can
 * write any other note on the state of the file, and then a run leaves in place what he wrote until
 * it is forced. That gains him nothing, since he could write it after the run as well, and nobody
 * believes a checksum: servers do not read it, verify each signature and hold the digest against
 * the file ({@link SidecarFiles}, {@link FreshnessGuard}).
 *
 * <p>Safe for use by many threads.
 */
final class SidecarChecksum {
  static final String MEMBER = "checksum";

  private static final byte[] END = "\n}\n".getBytes(US_ASCII);
  private static final byte[] BEFORE = (",\n  \"" + MEMBER + "\":\"").getBytes(US_ASCII);
  private static final byte[] AFTER = "\"\n}\n".getBytes(US_ASCII);
  private static final int TEXT_BYTES = 44; // base64 of 32 bytes
  private static final int STATE_BYTES = 4 * Long.BYTES + 2 * Integer.BYTES;

  private final byte[] configuration;

  /** A checksum for what is signed with these keys, in signing order. */
  SidecarChecksum(HashAlgorithm hash, Map<KeyReference, RawPublicKey> publicKeys) {
    StringBuilder text = new StringBuilder("dive sign ").append(hash.draftName()).append('\n');
    publicKeys.forEach(
        (reference, key) ->
            text.append(reference.serialize())
                .append(' ')
                .append(key.algorithm().draftName())
                .append(' ')
                .append(key.bytes().toBase64())
                .append('\n'));
    this.configuration = text.toString().getBytes(US_ASCII);
  }

  /** Adds the checksum to a sidecar as {@link Sidecar#serialize} writes it. */
  byte[] addTo(byte[] sidecar, long fileSize, Sidecar.SignedState state) {
    int length = sidecar.length - END.length;
    if (length < 0 || !stands(END, sidecar, length)) {
      throw new IllegalArgumentException("not the text of a sidecar");
    }
    byte[] whole = Arrays.copyOf(sidecar, length + BEFORE.length + TEXT_BYTES + AFTER.length);
    System.arraycopy(BEFORE, 0, whole, length, BEFORE.length);
    byte[] text = text(sidecar, length, fileSize, state, digest());
    System.arraycopy(text, 0, whole, length + BEFORE.length, TEXT_BYTES);
    System.arraycopy(AFTER, 0, whole, whole.length - AFTER.length, AFTER.length);
    return whole;
  }

  /** Whether a sidecar has its checksum, for these keys, this size and this state of the file. */
  boolean confirms(byte[] sidecar, long fileSize, Sidecar.SignedState state) {
    return confirms(sidecar, sidecar.length, fileSize, state, digest());
  }

  /** Likewise of a sidecar that is at the beginning of a buffer. */
  boolean confirms(
      byte[] sidecar,
      int sidecarBytes,
      long fileSize,
      Sidecar.SignedState state,
      MessageDigest digest) {
    int value = sidecarBytes - AFTER.length - TEXT_BYTES;
    int length = value - BEFORE.length;
    return length >= 0
        && stands(BEFORE, sidecar, length)
        && stands(AFTER, sidecar, value + TEXT_BYTES)
        && stands(text(sidecar, length, fileSize, state, digest), sidecar, value);
  }

  private static boolean stands(byte[] part, byte[] text, int at) {
    return Arrays.equals(part, 0, part.length, text, at, at + part.length);
  }

  /** What a checksum is made with, one after the other. */
  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance(HashAlgorithm.SHA_256.jcaName());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  private byte[] text(
      byte[] sidecar, int length, long fileSize, Sidecar.SignedState state, MessageDigest digest) {
    ByteBuffer numbers = ByteBuffer.allocate(STATE_BYTES).putLong(fileSize).putLong(state.inode());
    putTime(numbers, state.modified());
    putTime(numbers, state.changed());
    digest.update(configuration);
    digest.update(numbers.array());
    digest.update(sidecar, 0, length);
    return Base64.getEncoder().encode(digest.digest());
  }

  private static void putTime(ByteBuffer numbers, Instant time) {
    numbers.putLong(time.getEpochSecond()).putInt(time.getNano());
  }
}
