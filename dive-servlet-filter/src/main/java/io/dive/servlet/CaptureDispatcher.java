// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.io.IOException;

/**
 * Dispatches within a captured response. Jetty empties its own buffer before a forward, and reopens
 * its own stream after an include, past any wrapper; this does both to what we hold.
 */
record CaptureDispatcher(RequestDispatcher dispatcher, CapturingResponse response)
    implements RequestDispatcher {
  @Override
  public void forward(ServletRequest request, ServletResponse forwarded)
      throws ServletException, IOException {
    response.forwarded();
    dispatcher.forward(request, forwarded);
  }

  @Override
  public void include(ServletRequest request, ServletResponse included)
      throws ServletException, IOException {
    boolean ended = response.capture().ended();
    response.includeBegins();
    try {
      dispatcher.include(request, included);
    } finally {
      response.includeEnds();
    }
    if (!ended) {
      response.capture().reopen();
    }
  }
}
