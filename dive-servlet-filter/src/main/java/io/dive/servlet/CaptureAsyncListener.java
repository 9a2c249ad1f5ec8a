// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;

/** Stands first among the listeners of a cycle, so that a failed one is known before others act. */
record CaptureAsyncListener(Capture capture) implements AsyncListener {
  @Override
  public void onComplete(AsyncEvent event) {
    capture.dispose();
  }

  @Override
  public void onTimeout(AsyncEvent event) {
    capture.judgement().spoil(StreamMode.UnsignedReason.ASYNC_TIMEOUT);
  }

  @Override
  public void onError(AsyncEvent event) {
    capture.judgement().spoil(StreamMode.UnsignedReason.ASYNC_ERROR);
  }

  @Override
  public void onStartAsync(AsyncEvent event) {
    // The cycle goes on with a listener of its own.
  }
}
