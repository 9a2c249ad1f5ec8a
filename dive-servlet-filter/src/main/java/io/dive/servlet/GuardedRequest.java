// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;

/** Has the guard decide when an asynchronous cycle ends, which may be without a byte. */
final class GuardedRequest extends HttpServletRequestWrapper {
  private final GuardedResponse guard;
  private volatile boolean original = true;

  GuardedRequest(HttpServletRequest request, GuardedResponse guard) {
    super(request);
    this.guard = guard;
  }

  /** The container alone would go on with a response that the guard does not see. */
  @Override
  public AsyncContext startAsync() {
    original = true;
    return new GuardedCycle(super.startAsync(this, guard), guard, true);
  }

  @Override
  public AsyncContext startAsync(ServletRequest request, ServletResponse response) {
    original = request == this && response == guard;
    return new GuardedCycle(super.startAsync(request, response), guard, original);
  }

  @Override
  public AsyncContext getAsyncContext() {
    return new GuardedCycle(super.getAsyncContext(), guard, original);
  }

  private record GuardedCycle(AsyncContext cycle, GuardedResponse guard, boolean original)
      implements AsyncContext {
    @Override
    public void complete() {
      guard.decide();
      cycle.complete();
    }

    @Override
    public ServletRequest getRequest() {
      return cycle.getRequest();
    }

    @Override
    public ServletResponse getResponse() {
      return cycle.getResponse();
    }

    @Override
    public boolean hasOriginalRequestAndResponse() {
      return original;
    }

    @Override
    public void dispatch() {
      cycle.dispatch();
    }

    @Override
    public void dispatch(String path) {
      // The answer will be another resource than the one looked up.
      guard.revoke();
      cycle.dispatch(path);
    }

    @Override
    public void dispatch(ServletContext context, String path) {
      guard.revoke();
      cycle.dispatch(context, path);
    }

    @Override
    public void start(Runnable run) {
      cycle.start(run);
    }

    @Override
    public void addListener(AsyncListener listener) {
      cycle.addListener(listener);
    }

    @Override
    public void addListener(
        AsyncListener listener, ServletRequest request, ServletResponse response) {
      cycle.addListener(listener, request, response);
    }

    @Override
    public <T extends AsyncListener> T createListener(Class<T> type) throws ServletException {
      return cycle.createListener(type);
    }

    @Override
    public void setTimeout(long timeout) {
      cycle.setTimeout(timeout);
    }

    @Override
    public long getTimeout() {
      return cycle.getTimeout();
    }
  }
}
