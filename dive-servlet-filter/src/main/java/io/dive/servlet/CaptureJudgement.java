// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.servlet.StreamLimits.OverflowAction;
import io.dive.servlet.StreamMode.Observer;
import io.dive.servlet.StreamMode.UnsignedReason;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether a response may be signed, and what is told of it: once, whatever follows. */
final class CaptureJudgement {
  private final HttpServletRequest request;
  private final HttpServletResponse target;
  private final BodyDigests digests;
  private final Observer observer;

  /** As asked for first, without the query, which may hold what is nobody's business. */
  private final String path;

  private volatile @Nullable UnsignedReason spoiled;
  private volatile boolean dispatched;
  private boolean told;

  CaptureJudgement(
      HttpServletRequest request,
      HttpServletResponse target,
      BodyDigests digests,
      Observer observer) {
    this.request = request;
    this.target = target;
    this.digests = digests;
    this.observer = observer;
    this.path = request.getRequestURI();
  }

  /** The body must not be signed any more. Any thread. */
  void spoil(UnsignedReason reason) {
    if (spoiled == null) {
      spoiled = reason;
    }
  }

  /** Why the body must not be signed any more, if anybody has said so. */
  Optional<UnsignedReason> spoiled() {
    return Optional.ofNullable(spoiled);
  }

  /** Whether a dispatch is under way that may not come by our filter. */
  boolean isDispatched() {
    return dispatched;
  }

  void dispatched(boolean underWay) {
    dispatched = underWay;
  }

  /**
   * What already stands against signing, whatever the rest of the body will be.
   *
   * @param held whether nothing has reached the container by way of us
   */
  Optional<UnsignedReason> obstacle(boolean held) {
    if (spoiled != null) {
      return spoiled();
    }
    if (target.getStatus() != HttpServletResponse.SC_OK) {
      return Optional.of(UnsignedReason.STATUS);
    }
    if (dispatched) {
      return Optional.of(UnsignedReason.UNSEEN_DISPATCH);
    }
    if (request.getMethod().equals("HEAD")) {
      return Optional.of(UnsignedReason.HEAD);
    }
    if (StreamMode.isEventStream(target)) {
      return Optional.of(UnsignedReason.EVENT_STREAM);
    }
    return bypassed(held) ? Optional.of(UnsignedReason.BYPASSED) : Optional.empty();
  }

  private boolean bypassed(boolean held) {
    if (request.getAttribute(CaptureRequest.TOMCAT_SENDFILE_NAME) != null) {
      return true;
    }
    // Later both are the container's own doing.
    return held && (target.isCommitted() || target.containsHeader("Transfer-Encoding"));
  }

  /** The same at the end of the body. */
  Optional<UnsignedReason> obstacleAtEnd(boolean held, long declaredLength) {
    Optional<UnsignedReason> obstacle = obstacle(held);
    return obstacle.isEmpty() && declaredLength >= 0 && declaredLength != digests.written()
        ? Optional.of(UnsignedReason.LENGTH_MISMATCH)
        : obstacle;
  }

  void signed(long signingNanos) {
    if (!told) {
      told = true;
      observer.signed(digests.written(), signingNanos);
    }
  }

  /** A signature could not be made, or what is held be kept. */
  void failed(Exception cause) {
    observer.failed(path, cause);
  }

  /** The body is longer than what can be held. */
  void overflow(UnsignedReason reason, OverflowAction action) {
    observer.overflow(path, reason, action);
  }

  void unsigned(UnsignedReason reason) {
    if (!told) {
      told = true;
      observer.unsigned(path, reason, digests.written());
    }
  }
}
