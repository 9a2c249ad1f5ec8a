// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static java.util.Objects.requireNonNullElse;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/**
 * The response that the application sees while its body is captured: the body, and what replaces
 * it.
 */
final class CapturingResponse extends CapturedHead {
  private static final String DEFAULT_CHARSET = "ISO-8859-1";

  private final CaptureOutputStream stream;
  private @Nullable CaptureWriter writer;
  private boolean usesStream;

  CapturingResponse(HttpServletResponse target, Capture capture) {
    super(ContainerQuirks.keptOpen(target), capture);
    this.stream = new CaptureOutputStream(capture);
  }

  /** The chain has returned without an exception; the cycle may go on asynchronously. */
  void returned(boolean asyncStarted) throws IOException {
    capture().release().dispatchReturned();
    if (asyncStarted) {
      capture().cycle().requireOwn();
    } else if (!capture().judgement().isDispatched()) {
      finish();
    }
  }

  /** The application has finished. */
  void finish() throws IOException {
    completeWriter();
    capture().finish();
  }

  private void completeWriter() throws IOException {
    if (writer != null && capture().capturing() && !capture().ended()) {
      writer.complete();
    }
  }

  // Body.

  @Override
  public ServletOutputStream getOutputStream() {
    if (usesWriter()) {
      throw new IllegalStateException("getWriter() was called for this response");
    }
    usesStream = true;
    return stream;
  }

  @Override
  public PrintWriter getWriter() throws IOException {
    if (usesStream) {
      throw new IllegalStateException("getOutputStream() was called for this response");
    }
    if (!usesWriter() || writer == null) {
      String charset = requireNonNullElse(getCharacterEncoding(), "");
      writer = CaptureWriter.open(stream, charset.isEmpty() ? DEFAULT_CHARSET : charset);
      fixCharset(charset);
    }
    return writer;
  }

  @Override
  public void flushBuffer() throws IOException {
    capture().flush();
  }

  @Override
  public void reset() {
    if (including()) {
      return;
    }
    requireUncommitted();
    super.reset();
    clear();
    capture().declareLength(-1);
    forgetUse();
    writer = null;
  }

  @Override
  public void resetBuffer() {
    requireUncommitted();
    super.resetBuffer();
    clear();
  }

  private void clear() {
    capture().clear();
    if (writer != null) {
      writer.restart();
    }
  }

  /** A forward starts afresh, whether the forwarding resource used the stream or the writer. */
  void forwarded() {
    resetBuffer();
    forgetUse();
  }

  private void forgetUse() {
    usesStream = false;
    releaseCharset();
  }

  @Override
  public void setBufferSize(int size) {
    if (capture().written() > 0) {
      throw new IllegalStateException("the response has content");
    }
    requireUncommitted();
    super.setBufferSize(size);
  }

  // Other answers.

  @Override
  public void sendError(int status) throws IOException {
    if (!including()) {
      beforeError(status);
      super.sendError(status);
    }
  }

  @Override
  public void sendError(int status, String message) throws IOException {
    if (!including()) {
      beforeError(status);
      super.sendError(status, message);
    }
  }

  private void beforeError(int status) {
    requireUncommitted();
    // Jetty takes 102 and 103 as interim answers, after which the response goes on.
    if (status >= HttpServletResponse.SC_OK) {
      capture().giveUp();
    }
  }

  @Override
  public void sendRedirect(String location) throws IOException {
    if (including()) {
      return;
    }
    requireUncommitted();
    capture().giveUp();
    super.sendRedirect(location);
  }

  /** This and the next two override where Servlet is 6.1; 6.0 does not have them. */
  public void sendRedirect(String location, int status) throws IOException {
    sendRedirect(location, status, true);
  }

  public void sendRedirect(String location, boolean clearBuffer) throws IOException {
    sendRedirect(location, SC_FOUND, clearBuffer);
  }

  /** Done here, since what the container would keep of the body is not in its buffer yet. */
  public void sendRedirect(String location, int status, boolean clearBuffer) throws IOException {
    if (including()) {
      return;
    }
    if (clearBuffer) {
      resetBuffer();
    } else {
      requireUncommitted();
      completeWriter();
    }
    setStatus(status);
    setHeader("Location", location);
    capture().declareLength(-1);
    capture().end();
  }
}
