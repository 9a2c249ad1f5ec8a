// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.FieldNames;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sets the fields of a file at the last moment, when the answer is known: before the first byte is
 * written, or at the end. Only 200 gets them (decision 13), 206 gets {@code Repr-Digest} (decision
 * 15). A length that is absent or not the file's, or another modification time, shows that
 * something else is sent, such as a coded or transcoded body, and it gets none. Bytes pass through
 * untouched. If the status changes after that moment, while nothing is committed, the fields are
 * taken back. For one response, confined to its thread or asynchronous cycle.
 */
final class GuardedResponse extends HttpServletResponseWrapper {
  private final FileSignatures.Signed file;
  private final boolean noTransform;
  private final Consumer<ResponseOutcome> outcomes;
  private final AtomicBoolean counted = new AtomicBoolean();
  private volatile boolean decided;
  private volatile boolean countOnDecision;
  private volatile boolean fieldsSet;
  private volatile boolean revoked;
  private @Nullable ServletOutputStream stream;
  private @Nullable PrintWriter writer;

  /**
   * A guard.
   *
   * @param outcomes hears once how the response went out
   */
  GuardedResponse(
      HttpServletResponse response,
      FileSignatures.Signed file,
      boolean noTransform,
      Consumer<ResponseOutcome> outcomes) {
    super(response);
    this.file = file;
    this.noTransform = noTransform;
    this.outcomes = outcomes;
  }

  /** The fields are not for what will be sent; they are never set from here on. */
  void revoke() {
    revoked = true;
    takeBack();
  }

  /**
   * The chain is done.
   *
   * @param failed it ended with an exception
   */
  void finish(boolean failed) {
    if (failed) {
      revoke();
    }
    decide();
    count();
  }

  /** The chain is done, the response is not: an asynchronous cycle goes on with it. */
  void detach() {
    countOnDecision = true;
    if (decided) {
      count();
    }
  }

  private void count() {
    if (counted.compareAndSet(false, true)) {
      outcomes.accept(outcome());
    }
  }

  private ResponseOutcome outcome() {
    if (fieldsSet) {
      return ResponseOutcome.SIGNED;
    }
    return getStatus() == SC_OK ? ResponseOutcome.CHANGED : ResponseOutcome.NOT_200;
  }

  /** Called whenever the response might be committed next. */
  void decide() {
    if (!decided) {
      if (!isCommitted() && !revoked) {
        setFields();
      }
      decided = true;
      if (countOnDecision) {
        count();
      }
    }
  }

  private void setFields() {
    int status = getStatus();
    if (status == SC_OK && sendsTheFile()) {
      SignatureFields.set((HttpServletResponse) getResponse(), file.fields(), noTransform);
      fieldsSet = true;
    }
    if (status == SC_PARTIAL_CONTENT && isUnchanged()) {
      super.setHeader(FieldNames.REPR_DIGEST, file.digest().contentDigest());
    }
    // RFC 9110 §15.4.5: 304 repeats the Cache-Control of the 200.
    if (noTransform && (fieldsSet || status == SC_PARTIAL_CONTENT || status == SC_NOT_MODIFIED)) {
      SignatureFields.addNoTransform((HttpServletResponse) getResponse());
    }
  }

  /** Whoever sends a file unchanged knows its length. */
  private boolean sendsTheFile() {
    return Long.toString(file.attributes().size()).equals(getHeader("Content-Length"))
        && isUnchanged();
  }

  /**
   * Containers cache files for seconds: the one sent may be older than the one we looked at. And
   * what has no modification time is not sent by a file servlet, but made by an application.
   */
  private boolean isUnchanged() {
    String sent = getHeader("Last-Modified");
    if (sent == null) {
      return false;
    }
    Instant modified =
        file.attributes().lastModifiedTime().toInstant().truncatedTo(ChronoUnit.SECONDS);
    try {
      return ZonedDateTime.parse(sent, DateTimeFormatter.RFC_1123_DATE_TIME)
          .toInstant()
          .equals(modified);
    } catch (DateTimeException e) {
      return false;
    }
  }

  private void takeBack() {
    if (fieldsSet && !isCommitted()) {
      fieldsSet = false;
      SignatureFields.remove((HttpServletResponse) getResponse());
    }
    decided = false;
  }

  @Override
  public void setStatus(int status) {
    if (status != getStatus()) {
      takeBack();
    }
    super.setStatus(status);
  }

  @Override
  public void setContentLength(int length) {
    setContentLengthLong(length);
  }

  @Override
  public void setContentLengthLong(long length) {
    if (fieldsSet && length != file.attributes().size()) {
      takeBack();
    }
    super.setContentLengthLong(length);
  }

  @Override
  public void sendError(int status) throws IOException {
    beforeOtherAnswer();
    super.sendError(status);
  }

  @Override
  public void sendError(int status, String message) throws IOException {
    beforeOtherAnswer();
    super.sendError(status, message);
  }

  private void beforeOtherAnswer() {
    takeBack();
    decided = true;
  }

  @Override
  public void sendRedirect(String location) throws IOException {
    beforeOtherAnswer();
    super.sendRedirect(location);
  }

  /** This and the next two override where Servlet is 6.1; 6.0 does not have them. */
  public void sendRedirect(String location, int status) throws IOException {
    sendRedirect(location, status, true);
  }

  public void sendRedirect(String location, boolean clearBuffer) throws IOException {
    sendRedirect(location, SC_FOUND, clearBuffer);
  }

  /** Done here, since 6.0 has no method of the container's to call. */
  public void sendRedirect(String location, int status, boolean clearBuffer) throws IOException {
    if (isCommitted()) {
      throw new IllegalStateException("the response is committed");
    }
    beforeOtherAnswer();
    if (clearBuffer) {
      super.resetBuffer();
    }
    super.setStatus(status);
    super.setHeader("Location", location);
    super.setContentLengthLong(clearBuffer ? 0 : -1);
    super.flushBuffer();
  }

  @Override
  public void reset() {
    super.reset();
    fieldsSet = false;
    decided = false;
    stream = null;
    writer = null;
  }

  @Override
  public void resetBuffer() {
    super.resetBuffer();
    takeBack();
  }

  @Override
  public void flushBuffer() throws IOException {
    decide();
    super.flushBuffer();
  }

  @Override
  public ServletOutputStream getOutputStream() throws IOException {
    if (stream == null) {
      stream = new GuardedOutputStream(super.getOutputStream(), this);
    }
    return stream;
  }

  @Override
  public PrintWriter getWriter() throws IOException {
    if (writer == null) {
      writer = new PrintWriter(new GuardedWriter(super.getWriter()));
    }
    return writer;
  }

  private final class GuardedWriter extends FilterWriter {
    GuardedWriter(PrintWriter target) {
      super(target);
    }

    @Override
    public void write(int character) throws IOException {
      decide();
      super.write(character);
    }

    @Override
    public void write(char[] characters, int offset, int count) throws IOException {
      decide();
      super.write(characters, offset, count);
    }

    @Override
    public void write(String text, int offset, int count) throws IOException {
      decide();
      super.write(text, offset, count);
    }

    @Override
    public void flush() throws IOException {
      decide();
      super.flush();
    }

    @Override
    public void close() throws IOException {
      decide();
      super.close();
    }
  }
}
