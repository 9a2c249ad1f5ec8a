// SPDX-License-Identifier: Apache-2.0
package io.dive.sign;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.BodyDigest;
import io.dive.protocol.Bytes;
import io.dive.protocol.HashAlgorithm;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.bouncycastle.jcajce.provider.digest.SHA3;

/**
 * Digests a body as its bytes pass. SHA-2 comes from the JDK, whose compiled-in code is about eight
 * times faster than Bouncy Castle's; SHA-3 from Bouncy Castle, which is faster than the JDK's. For
 * one body and one thread at a time.
 */
public final class BodyDigester {
  private final HashAlgorithm algorithm;
  private final MessageDigest digest;
  private long length;

  /** Starts a body. */
  public BodyDigester(HashAlgorithm algorithm) {
    this.algorithm = requireNonNull(algorithm, "algorithm");
    this.digest = messageDigest(algorithm);
  }

  private static MessageDigest messageDigest(HashAlgorithm algorithm) {
    return switch (algorithm) {
      case SHA_256, SHA_384, SHA_512 -> {
        try {
          yield MessageDigest.getInstance(algorithm.jcaName());
        } catch (NoSuchAlgorithmException e) {
          throw new IllegalStateException("this Java runtime lacks " + algorithm.jcaName(), e);
        }
      }
      case SHA3_256 -> new SHA3.Digest256();
      case SHA3_384 -> new SHA3.Digest384();
      case SHA3_512 -> new SHA3.Digest512();
    };
  }

  /** The digest of a whole body in memory. */
  public static BodyDigest digest(HashAlgorithm algorithm, byte[] body) {
    BodyDigester digester = new BodyDigester(algorithm);
    digester.update(body, 0, body.length);
    return digester.finish();
  }

  /** Takes the next byte. */
  public void update(int octet) {
    digest.update((byte) octet);
    length++;
  }

  /** Takes the next {@code count} bytes from {@code offset} on. */
  public void update(byte[] bytes, int offset, int count) {
    digest.update(bytes, offset, count);
    length += count;
  }

  /** Takes the remaining bytes of the buffer and moves its position to its limit. */
  public void update(ByteBuffer bytes) {
    length += bytes.remaining();
    digest.update(bytes);
  }

  /** Number of bytes taken since the start of the body. */
  public long length() {
    return length;
  }

  /** Ends the body. The digester is then ready for another one, its length back at 0. */
  public BodyDigest finish() {
    length = 0;
    return new BodyDigest(algorithm, Bytes.of(digest.digest()));
  }
}
