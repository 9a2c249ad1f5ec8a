// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.FieldNames;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sets the fields of a file at the last moment, when the answer is known: when as much is written
 * as the container would hold, or at the end. Only 200 gets them (decision 13), 206 gets {@code
 * Repr-Digest} (decision 15). A length that is absent or not the file's, or another modification
 * time, shows that something else is sent, such as a coded or transcoded body, and it gets none;
 * nor does a body that ends too early, while that can still be told. Bytes pass through untouched.
 * If the head changes after that moment, while nothing is committed, the fields are taken back. For
 * one response, confined to its thread or asynchronous cycle.
 */
final class GuardedResponse extends GuardedHead {
  private final FileSignatures.Signed file;
  private final boolean noTransform;
  private final boolean head;
  private final boolean mayBeReplaced;
  private final Consumer<ResponseOutcome> outcomes;
  private final AtomicBoolean counted = new AtomicBoolean();
  private volatile boolean decided;
  private volatile boolean countOnDecision;
  private volatile boolean fieldsSet;
  private volatile boolean revoked;
  private @Nullable ServletOutputStream stream;
  private @Nullable PrintWriter writer;
  private @Nullable GuardedBody body;

  private volatile boolean passes;
  private volatile boolean ended;
  private final AtomicLong written = new AtomicLong();

  /**
   * A guard.
   *
   * @param mayBeReplaced whether a body with a content coding may be that of another file
   * @param outcomes hears once how the response went out
   */
  GuardedResponse(
      HttpServletRequest request,
      HttpServletResponse response,
      FileSignatures.Signed file,
      boolean noTransform,
      boolean mayBeReplaced,
      Consumer<ResponseOutcome> outcomes) {
    super(response);
    this.mayBeReplaced = mayBeReplaced;
    this.head = request.getMethod().equals("HEAD");
    this.file = file;
    this.noTransform = noTransform;
    this.outcomes = outcomes;
  }

  private HttpServletResponse target() {
    return (HttpServletResponse) getResponse();
  }

  /** The fields are not for what will be sent; they are never set from here on. */
  void revoke() {
    revoked = true;
    takeBack();
  }

  /**
   * Another resource answers, which the fields are not for. Nothing is held for it: Tomcat 11 lets
   * nothing through any more once the forward has returned.
   */
  void forwarded() {
    passes = true;
    dropHeld();
    revoke();
  }

  // What is held, so that the head can be changed until the container would have sent it.

  /** That many bytes more were written, wherever they are. */
  void wrote(long bytes) {
    written.addAndGet(bytes);
  }

  /** Whether so much of the body may still be kept from the container. */
  boolean mayHold(int count) {
    return !passes && !decided && count <= getBufferSize();
  }

  /** The application has written all. */
  void ends() {
    ended = true;
  }

  private void pass() throws IOException {
    decide();
    if (body != null) {
      body.pass();
    }
  }

  private void dropHeld() {
    written.set(0);
    if (body != null) {
      body.drop();
    }
  }

  /** Others than the thread of the chain go on with the response: nothing can be held for them. */
  void holdNoMore() throws IOException {
    if (!passes) {
      passes = true;
      if (written.get() > 0) {
        pass();
      }
    }
  }

  /** An asynchronous cycle completes; it might have done so without a byte. */
  void complete() {
    ended = true;
    if (fieldsSet && fallsShort()) {
      takeBack();
    }
    decide();
  }

  /**
   * The chain is done.
   *
   * @param failed it ended with an exception
   */
  void finish(boolean failed) throws IOException {
    ended = true;
    if (failed || (fieldsSet && fallsShort())) {
      revoke();
    }
    pass();
    count();
  }

  /** The chain is done, the response is not: an asynchronous cycle goes on with it. */
  void detach() throws IOException {
    holdNoMore();
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
      SignatureFields.set(target(), file.fields(), noTransform);
      fieldsSet = true;
    }
    if (status == SC_PARTIAL_CONTENT && isUnchanged()) {
      target().setHeader(FieldNames.REPR_DIGEST, file.digest().contentDigest());
    }
    // RFC 9110 §15.4.5: 304 repeats the Cache-Control of the 200.
    if (noTransform && (fieldsSet || status == SC_PARTIAL_CONTENT || status == SC_NOT_MODIFIED)) {
      SignatureFields.addNoTransform(target());
    }
  }

  /** Whoever sends a file unchanged knows its length. */
  private boolean sendsTheFile() {
    return announces(file.attributes().size()) && isUnchanged() && !fallsShort();
  }

  /** The length was promised, and something else came; the container makes of it what it likes. */
  private boolean fallsShort() {
    return ended && !head && written.get() != file.attributes().size();
  }

  /**
   * Containers cache files for seconds: the one sent may be older than the one we looked at. And
   * what has no modification time is not sent by a file servlet, but made by an application.
   */
  private boolean isUnchanged() {
    String sent = getHeader(LAST_MODIFIED);
    if (sent == null || (mayBeReplaced && containsHeader(CONTENT_ENCODING))) {
      return false;
    }
    return isTimeOf(sent, file.attributes());
  }

  /** Whether a {@code Last-Modified} tells the modification time of a file. */
  static boolean isTimeOf(String lastModified, BasicFileAttributes file) {
    Instant modified = file.lastModifiedTime().toInstant().truncatedTo(ChronoUnit.SECONDS);
    try {
      return ZonedDateTime.parse(lastModified, DateTimeFormatter.RFC_1123_DATE_TIME)
          .toInstant()
          .equals(modified);
    } catch (DateTimeException e) {
      return false;
    }
  }

  private void takeBack() {
    if (fieldsSet && !isCommitted()) {
      fieldsSet = false;
      SignatureFields.remove(target());
    }
    decided = false;
  }

  @Override
  void headChanges() {
    takeBack();
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
    dropHeld();
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
    HttpServletResponse target = target();
    if (clearBuffer) {
      target.resetBuffer();
    }
    target.setStatus(status);
    target.setHeader("Location", location);
    target.setContentLengthLong(clearBuffer ? 0 : -1);
    target.flushBuffer();
  }

  @Override
  public void reset() {
    super.reset();
    dropHeld();
    fieldsSet = false;
    decided = false;
    ended = false;
    stream = null;
    writer = null;
    body = null;
  }

  @Override
  public void resetBuffer() {
    super.resetBuffer();
    dropHeld();
    takeBack();
  }

  @Override
  public void flushBuffer() throws IOException {
    pass();
    super.flushBuffer();
  }

  @Override
  public ServletOutputStream getOutputStream() throws IOException {
    if (stream == null) {
      GuardedOutputStream opened = new GuardedOutputStream(super.getOutputStream(), this);
      stream = opened;
      body = opened;
    }
    return stream;
  }

  @Override
  public PrintWriter getWriter() throws IOException {
    if (writer == null) {
      PrintWriter target = super.getWriter();
      GuardedWriter opened =
          new GuardedWriter(target, this, Charset.forName(getCharacterEncoding()));
      writer = new PrintWriter(opened);
      body = opened;
    }
    return writer;
  }
}
