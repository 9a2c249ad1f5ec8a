// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Has the guard decide when an asynchronous cycle ends, which may be without a byte. */
final class GuardedRequest extends HttpServletRequestWrapper {
  private final GuardedResponse guard;
  private volatile boolean original = true;

  GuardedRequest(HttpServletRequest request, GuardedResponse guard) {
    super(request);
    this.guard = guard;
  }

  /** The filter need not be mapped for forwards. */
  @Override
  public @Nullable RequestDispatcher getRequestDispatcher(String path) {
    RequestDispatcher dispatcher = super.getRequestDispatcher(path);
    return dispatcher == null ? null : new GuardedDispatcher(dispatcher, guard);
  }

  private record GuardedDispatcher(RequestDispatcher dispatcher, GuardedResponse guard)
      implements RequestDispatcher {
    @Override
    public void forward(ServletRequest request, ServletResponse response)
        throws ServletException, IOException {
      if (!guard.isCommitted()) {
        guard.forwarded();
      }
      dispatcher.forward(request, response);
    }

    @Override
    public void include(ServletRequest request, ServletResponse response)
        throws ServletException, IOException {
      dispatcher.include(request, response);
    }
  }

  /** The container alone would go on with a response that the guard does not see. */
  @Override
  public AsyncContext startAsync() {
    original = true;
    passHeld();
    return guarded(super.startAsync(this, guard));
  }

  @Override
  public AsyncContext startAsync(ServletRequest request, ServletResponse response) {
    original = request == this && response == guard;
    passHeld();
    return guarded(super.startAsync(request, response));
  }

  private void passHeld() {
    try {
      guard.holdNoMore();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private AsyncContext guarded(AsyncContext started) {
    started.addListener(new Failures(guard));
    return new GuardedCycle(started, guard, original);
  }

  /** The container answers, or another listener does: nobody knows with what. */
  private record Failures(GuardedResponse guard) implements AsyncListener {
    @Override
    public void onTimeout(AsyncEvent event) {
      guard.revoke();
    }

    @Override
    public void onError(AsyncEvent event) {
      guard.revoke();
    }

    @Override
    public void onComplete(AsyncEvent event) {}

    @Override
    public void onStartAsync(AsyncEvent event) {
      event.getAsyncContext().addListener(this);
    }
  }

  @Override
  public AsyncContext getAsyncContext() {
    return new GuardedCycle(super.getAsyncContext(), guard, original);
  }

  private record GuardedCycle(AsyncContext cycle, GuardedResponse guard, boolean original)
      implements AsyncContext {
    @Override
    public void complete() {
      guard.complete();
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
