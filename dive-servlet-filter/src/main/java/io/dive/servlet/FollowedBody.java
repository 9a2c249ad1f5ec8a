// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.BodyDigest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;

/**
 * A body that goes out as it is written, under the fields of a body known before. Its last byte
 * waits until the digest has turned out to be the one promised, so that no client ever has the
 * whole of another body under these fields. Confined to the thread that writes.
 */
final class FollowedBody {
  private final KnownBodies known;
  private final KnownBodies.Name name;
  private final KnownBodies.Body expected;
  private byte[] last = new byte[0];

  private FollowedBody(KnownBodies known, KnownBodies.Name name, KnownBodies.Body expected) {
    this.known = known;
    this.name = name;
    this.expected = expected;
  }

  /**
   * The body known under the URL and ETag of a response.
   *
   * @param url as {@link KnownBodies#url} gave it
   * @param declaredLength negative if there is none
   * @param length how long the body is at least
   * @return empty if none is known, or this cannot be it
   */
  static Optional<FollowedBody> of(
      KnownBodies known,
      String url,
      HttpServletResponse response,
      long declaredLength,
      long length) {
    Optional<KnownBodies.Name> name = KnownBodies.name(url, response);
    return name.flatMap(known::find)
        .filter(body -> body.length() >= length)
        .filter(body -> declaredLength < 0 || declaredLength == body.length())
        .map(body -> new FollowedBody(known, name.orElseThrow(), body));
  }

  BodyDigest digest() {
    return expected.digest();
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

  /** What waits; none if the body is empty or not whole yet. */
  byte[] last() {
    return last;
  }

  /** The promise is broken: the connection has to end before the body does. */
  IOException contradicted() {
    known.contradicted(name);
    return new IOException(
        "the application sent another body under an ETag that it has used before");
  }
}
