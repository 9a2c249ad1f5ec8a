// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyMaterialException;
import io.dive.servlet.StreamLimits.OverflowAction;
import io.dive.servlet.StreamLimits.SigningFailureAction;
import io.dive.servlet.StreamMode.UnsignedReason;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * A body as long as it is held: how long that may be, and what becomes of it then or at its end.
 * Used under the lock of its capture.
 */
final class HeldBody {
  private final Capture capture;
  private final HttpServletResponse target;
  private final StreamLimits limits;
  private final BodyBuffer buffer;
  private final BodyDigests digests;
  private final CaptureJudgement judgement;
  private final CaptureSigning signing;
  private boolean lookedUp;

  HeldBody(
      Capture capture,
      HttpServletResponse target,
      StreamLimits limits,
      BodyBuffer buffer,
      BodyDigests digests,
      CaptureJudgement judgement,
      CaptureSigning signing) {
    this.capture = capture;
    this.target = target;
    this.limits = limits;
    this.buffer = buffer;
    this.digests = digests;
    this.judgement = judgement;
    this.signing = signing;
  }

  /** Takes the next bytes; false if it cannot, and then the body is not held any more. */
  boolean write(byte[] bytes, int offset, int count) throws IOException {
    long length = digests.written() + count;
    long declared = capture.declaredLength();
    boolean tooLong = Math.max(length, declared) > limits.limitBytes();
    Optional<UnsignedReason> obstacle = judgement.obstacle(true);
    if (obstacle.isPresent()) {
      if (headMayChange(obstacle.get(), length)) {
        return append(bytes, offset, count);
      }
      capture.passThrough(obstacle.get());
    } else if (declared >= 0 && length > declared) {
      capture.passThrough(UnsignedReason.LENGTH_MISMATCH);
    } else if (!lookedUp && (tooLong || isDueWithoutUs(length)) && beginFollowing(length)) {
      return false;
    } else if (tooLong) {
      overflow(UnsignedReason.OVERFLOW);
    } else {
      return append(bytes, offset, count);
    }
    return false;
  }

  /** Whether a container alone would commit now: from there on nothing can change any more. */
  private boolean isDueWithoutUs(long length) {
    return length > target.getBufferSize();
  }

  /** Whether to wait until the head is complete, which may say what body it belongs to. */
  private boolean headMayChange(UnsignedReason obstacle, long length) {
    boolean part =
        obstacle == UnsignedReason.STATUS
            && target.getStatus() == HttpServletResponse.SC_PARTIAL_CONTENT;
    return (part || obstacle == UnsignedReason.HEAD)
        && signing.isNamed()
        && !isDueWithoutUs(length)
        && length <= limits.memoryBytes();
  }

  /**
   * Lets a body known under the URL and ETag of this response go. Writing without blocking is left
   * out: what is held would have to leave meanwhile.
   *
   * @param length how long the body is at least
   * @return false if none is known, and nothing was changed
   */
  private boolean beginFollowing(long length) throws IOException {
    lookedUp = true;
    Optional<FollowedBody> body =
        capture.release().nonBlocking()
            ? Optional.empty()
            : signing.setKnown(capture.declaredLength(), length);
    if (body.isPresent()) {
      capture.follow(body.get());
    }
    return body.isPresent();
  }

  private boolean append(byte[] bytes, int offset, int count) throws IOException {
    boolean room;
    try {
      room = buffer.append(bytes, offset, count);
    } catch (IOException e) {
      if (!capture.capturing()) {
        throw e;
      }
      signingFailed(UnsignedReason.TEMP_FILE_FAILED, e);
      return false;
    }
    if (room) {
      digests.update(bytes, offset, count);
    } else {
      overflow(UnsignedReason.TEMP_SPACE);
    }
    return room;
  }

  private void overflow(UnsignedReason reason) throws IOException {
    judgement.overflow(reason, limits.overflow());
    if (limits.overflow() == OverflowAction.FAIL) {
      judgement.unsigned(reason);
      capture.refuse();
      throw new CaptureRefusedException("the body is longer than mode stream may hold");
    }
    Optional<CaptureTrailers> trailers =
        limits.overflow() == OverflowAction.TRAILER
            ? signing.announce(capture.declaredLength(), capture::finishIfWhole)
            : Optional.empty();
    if (trailers.isPresent()) {
      capture.trail(trailers);
    } else if (signing.willBeKnown()) {
      // Next time it need not be held.
      judgement.unsigned(reason);
      capture.trail(trailers);
    } else {
      capture.passThrough(reason);
    }
  }

  private void signingFailed(UnsignedReason reason, Exception cause) throws IOException {
    judgement.failed(cause);
    if (limits.signingFailure() == SigningFailureAction.FAIL) {
      judgement.unsigned(reason);
      capture.refuse();
    } else {
      capture.passThrough(reason);
    }
  }

  /** The application flushes, where a container alone would commit. */
  void flush() throws IOException {
    Optional<UnsignedReason> obstacle = judgement.obstacle(true);
    if (obstacle.isPresent()) {
      capture.passThrough(obstacle.get());
    } else if (digests.written() > 0) {
      // One byte more has to come, or a whole body would leave before its digest is compared.
      // And who flushes before the first byte may go on without blocking.
      beginFollowing(digests.written() + 1);
    }
  }

  /** The body is complete: signs and releases. */
  void finish() throws IOException {
    Optional<UnsignedReason> obstacle = judgement.obstacleAtEnd(true, capture.declaredLength());
    if (obstacle.isPresent()) {
      capture.passThrough(obstacle.get());
      return;
    }
    List<HeaderField> fields;
    try {
      fields = signing.sign();
    } catch (KeyMaterialException | RuntimeException e) {
      signingFailed(UnsignedReason.SIGNING_FAILED, e);
      return;
    }
    signing.set(fields);
    capture.leaveSigned(Capture.State.PASS_THROUGH, digests.written());
  }
}
