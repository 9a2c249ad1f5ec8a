// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.BodyDigest;

/**
 * A body that goes out as it is written, under the fields of a body known before. Its last byte
 * waits until the digest has turned out to be the one promised, so that no client ever has the
 * whole of another body under these fields. Confined to the thread that writes.
 */
final class FollowedBody {
  private final KnownBodies.Name name;
  private final KnownBodies.Body expected;
  private byte[] last = new byte[0];

  FollowedBody(KnownBodies.Name name, KnownBodies.Body expected) {
    this.name = name;
    this.expected = expected;
  }

  KnownBodies.Name name() {
    return name;
  }

  /** Where the promised body ends, in bytes. */
  long length() {
    return expected.length();
  }

  /**
   * How many of the next bytes may leave; the last byte of the body is kept.
   *
   * @param before bytes written before these, which do not go beyond the {@link #length}
   */
  int passable(byte[] bytes, int offset, int count, long before) {
    if (before + count < expected.length()) {
      return count;
    }
    last = new byte[] {bytes[offset + count - 1]};
    return count - 1;
  }

  /** Whether the whole is what was promised. */
  boolean isKept(BodyDigest actual) {
    return actual.equals(expected.digest());
  }

  /** What waits; none if the body is empty or not whole yet. */
  byte[] last() {
    return last;
  }
}
