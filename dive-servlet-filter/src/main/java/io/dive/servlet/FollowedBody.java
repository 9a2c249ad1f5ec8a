// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.BodyDigest;
import io.dive.servlet.StreamMode.UnsignedReason;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Serial;
import java.util.Optional;

/**
 * A body that goes out as it is written, under the fields of a body known before. Its last byte
 * waits until the digest has turned out to be the one promised, so that no client ever has the
 * whole of another body under these fields. Used under the lock of its capture.
 */
final class FollowedBody {
  private final KnownBodies known;
  private final KnownBodies.Name name;
  private final KnownBodies.Body expected;
  private final BodyDigests digests;
  private final CaptureJudgement judgement;
  private byte[] last = new byte[0];

  /** The connection has to end before the body does. */
  static final class BrokenPromiseException extends IOException {
    @Serial private static final long serialVersionUID = 1;

    BrokenPromiseException(String message) {
      super(message);
    }
  }

  private FollowedBody(
      KnownBodies known,
      KnownBodies.Name name,
      KnownBodies.Body expected,
      BodyDigests digests,
      CaptureJudgement judgement) {
    this.known = known;
    this.name = name;
    this.expected = expected;
    this.digests = digests;
    this.judgement = judgement;
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
      KnownBodies.Url url,
      HttpServletResponse response,
      long declaredLength,
      long length,
      BodyDigests digests,
      CaptureJudgement judgement) {
    Optional<KnownBodies.Name> name = KnownBodies.name(url, response);
    return name.flatMap(known::find)
        .filter(body -> body.length() >= length)
        .filter(body -> declaredLength < 0 || declaredLength == body.length())
        .filter(body -> body.digest().algorithm() == digests.hash())
        .map(body -> new FollowedBody(known, name.orElseThrow(), body, digests, judgement));
  }

  BodyDigest digest() {
    return expected.digest();
  }

  /** Where the promised body ends, in bytes. */
  long length() {
    return expected.length();
  }

  /**
   * Passes bytes on, but for the last one of the body.
   *
   * @throws BrokenPromiseException if they are not those of this body
   */
  void write(byte[] bytes, int offset, int count, CaptureRelease release) throws IOException {
    long length = digests.written() + count;
    if (length > expected.length()) {
      throw contradicted();
    }
    int passed = count;
    if (length == expected.length()) {
      passed = count - 1;
      last = new byte[] {bytes[offset + passed]};
    }
    digests.update(bytes, offset, count);
    if (passed > 0) {
      release.pass(bytes, offset, passed);
    }
  }

  /**
   * Lets the last byte go.
   *
   * @throws BrokenPromiseException if this is not the body after all
   */
  void finish(CaptureRelease release) throws IOException {
    Optional<UnsignedReason> spoiled = judgement.spoiled();
    if (spoiled.isPresent()) {
      judgement.unsigned(spoiled.get());
      throw new BrokenPromiseException("the response ended before its body did");
    }
    if (digests.written() != expected.length() || !digests.finish().equals(expected.digest())) {
      throw contradicted();
    }
    release.passLast(last);
    judgement.signed(0);
  }

  private BrokenPromiseException contradicted() {
    known.contradicted(name);
    judgement.unsigned(UnsignedReason.ETAG_REUSED);
    return new BrokenPromiseException(
        "the application sent another body under an ETag that it has used before");
  }
}
