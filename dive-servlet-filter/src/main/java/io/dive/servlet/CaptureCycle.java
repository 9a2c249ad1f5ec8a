// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.servlet.StreamMode.UnsignedReason;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;

/** The asynchronous cycles and dispatches of a response: what is held needs somebody to finish. */
final class CaptureCycle {
  private final HttpServletRequest request;
  private final Capture capture;
  private final CaptureJudgement judgement;
  private volatile boolean started;

  CaptureCycle(HttpServletRequest request, Capture capture, CaptureJudgement judgement) {
    this.request = request;
    this.capture = capture;
    this.judgement = judgement;
  }

  /** The web application that the response began in. */
  ServletContext servletContext() {
    return request.getServletContext();
  }

  /** The application has started a cycle by way of our request. */
  void started() {
    started = true;
  }

  /** A cycle that we do not see: nothing can be held, since nobody would finish. */
  void requireOwn() throws IOException {
    if (!started) {
      capture.holdNoMore(UnsignedReason.BYPASSED);
    }
  }

  /**
   * A dispatch begins; only {@link #resumed} tells that we will see its end.
   *
   * @param within whether it stays in the web application
   */
  void dispatching(boolean within) throws IOException {
    boolean held = capture.capturing();
    capture.release().cycleEnded(held);
    if (held) {
      judgement.dispatched(true);
      boolean promised = within && "true".equals(request.getAttribute(DiveFilter.ALL_DISPATCHES));
      if (!promised && (capture.written() > 0 || capture.committed())) {
        passed();
      }
    }
  }

  /** A dispatch came by our filter with another response: nobody would finish what is held. */
  void passed() throws IOException {
    capture.holdNoMore(UnsignedReason.ASYNC_DISPATCH);
  }

  /** The dispatch came by our filter. */
  void resumed() {
    judgement.dispatched(false);
    started = false;
    capture.release().dispatchEntered();
  }
}
