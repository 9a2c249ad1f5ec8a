// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import org.jspecify.annotations.Nullable;

/** The request that goes with a captured response: whatever it starts uses that response. */
final class CaptureRequest extends HttpServletRequestWrapper {
  /** Where an application on Tomcat names the file that Tomcat shall send in its place. */
  static final String TOMCAT_SENDFILE_NAME = "org.apache.tomcat.sendfile.filename";

  private static final String TOMCAT_SENDFILE_SUPPORT = "org.apache.tomcat.sendfile.support";

  private final CapturingResponse response;
  private volatile @Nullable CaptureAsyncContext asyncContext;

  CaptureRequest(HttpServletRequest request, CapturingResponse response) {
    super(request);
    this.response = response;
    response.answers(this);
  }

  /** No sendfile: we would not see the bytes. */
  @Override
  public @Nullable Object getAttribute(String name) {
    return TOMCAT_SENDFILE_SUPPORT.equals(name) ? null : super.getAttribute(name);
  }

  @Override
  public @Nullable RequestDispatcher getRequestDispatcher(String path) {
    RequestDispatcher dispatcher = super.getRequestDispatcher(path);
    return dispatcher == null ? null : new CaptureDispatcher(dispatcher, response);
  }

  @Override
  public AsyncContext startAsync() {
    return start(this, response, true);
  }

  @Override
  public AsyncContext startAsync(ServletRequest request, ServletResponse response) {
    return start(request, response, request == this && response == this.response);
  }

  private AsyncContext start(ServletRequest request, ServletResponse response, boolean original) {
    AsyncContext context = super.startAsync(request, response);
    CaptureAsyncContext started = new CaptureAsyncContext(context, this.response, original);
    context.addListener(new CaptureAsyncListener(this.response.capture()));
    asyncContext = started;
    this.response.capture().cycle().started();
    return started;
  }

  @Override
  public AsyncContext getAsyncContext() {
    AsyncContext context = super.getAsyncContext();
    CaptureAsyncContext started = asyncContext;
    return started != null && started.wraps(context) ? started : context;
  }
}
