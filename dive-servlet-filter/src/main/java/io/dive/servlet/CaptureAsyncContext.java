// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The asynchronous cycle of a captured response: {@link #complete} signs and releases the body
 * first, {@link #dispatch} notes that the body goes on elsewhere.
 */
final class CaptureAsyncContext implements AsyncContext {
  private final AsyncContext context;
  private final CapturingResponse response;
  private final boolean original;
  private final AtomicBoolean left = new AtomicBoolean();

  CaptureAsyncContext(AsyncContext context, CapturingResponse response, boolean original) {
    this.context = context;
    this.response = response;
    this.original = original;
  }

  /** Whether this stands for the container's object. */
  boolean wraps(AsyncContext other) {
    return context == other;
  }

  @Override
  public void complete() {
    leave();
    response.capture().release().cycleEnded(false);
    finishThen(response::finish, context::complete);
  }

  @Override
  public void dispatch() {
    dispatch(true, context::dispatch);
  }

  @Override
  public void dispatch(String path) {
    dispatch(true, () -> context.dispatch(path));
  }

  @Override
  public void dispatch(ServletContext servletContext, String path) {
    boolean within = servletContext == response.capture().cycle().servletContext();
    dispatch(within, () -> context.dispatch(servletContext, path));
  }

  private void dispatch(boolean within, Runnable dispatch) {
    leave();
    finishThen(() -> response.capture().cycle().dispatching(within), dispatch);
  }

  private interface Step {
    void run() throws IOException;
  }

  /** The cycle has to end in any case. */
  private void finishThen(Step step, Runnable end) {
    try {
      step.run();
    } catch (IOException | RuntimeException e) {
      // The client does not take it, which the container notices as well, or must not have it.
      response.capture().dispose();
      if (!response.capture().breaksConnection()) {
        end.run();
      }
      return;
    }
    response.capture().release().afterRelease(end);
  }

  private void leave() {
    if (!left.compareAndSet(false, true)) {
      throw new IllegalStateException("the asynchronous cycle was completed or dispatched");
    }
  }

  @Override
  public ServletRequest getRequest() {
    return context.getRequest();
  }

  @Override
  public ServletResponse getResponse() {
    return context.getResponse();
  }

  @Override
  public boolean hasOriginalRequestAndResponse() {
    return original;
  }

  @Override
  public void start(Runnable run) {
    context.start(run);
  }

  @Override
  public void addListener(AsyncListener listener) {
    context.addListener(new Listener(listener));
  }

  @Override
  public void addListener(
      AsyncListener listener, ServletRequest request, ServletResponse response) {
    context.addListener(new Listener(listener), request, response);
  }

  @Override
  public <T extends AsyncListener> T createListener(Class<T> type) throws ServletException {
    return context.createListener(type);
  }

  @Override
  public void setTimeout(long timeout) {
    context.setTimeout(timeout);
  }

  @Override
  public long getTimeout() {
    return context.getTimeout();
  }

  /** The application's listener, to which events name our context in place of the container's. */
  private final class Listener implements AsyncListener {
    private final AsyncListener application;

    Listener(AsyncListener application) {
      this.application = application;
    }

    private AsyncEvent ours(AsyncEvent event) {
      AsyncContext named =
          wraps(event.getAsyncContext())
              ? CaptureAsyncContext.this
              : new CaptureAsyncContext(event.getAsyncContext(), response, original);
      return new AsyncEvent(
          named, event.getSuppliedRequest(), event.getSuppliedResponse(), event.getThrowable());
    }

    @Override
    public void onComplete(AsyncEvent event) throws IOException {
      application.onComplete(ours(event));
    }

    @Override
    public void onTimeout(AsyncEvent event) throws IOException {
      application.onTimeout(ours(event));
    }

    @Override
    public void onError(AsyncEvent event) throws IOException {
      application.onError(ours(event));
    }

    @Override
    public void onStartAsync(AsyncEvent event) throws IOException {
      application.onStartAsync(ours(event));
    }
  }
}
