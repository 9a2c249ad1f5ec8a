// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.BodyDigest;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyMaterialException;
import io.dive.servlet.StreamLimits.OverflowAction;
import io.dive.servlet.StreamLimits.SigningFailureAction;
import io.dive.servlet.StreamMode.Observer;
import io.dive.servlet.StreamMode.UnsignedReason;
import io.dive.sign.BodyDigester;
import io.dive.sign.ResponseSigner;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The body of one response on its way from the application to the container, and the decision
 * whether it gets the fields.
 *
 * <p>The application writes from one thread at a time, as the servlet specification asks; only
 * {@link #spoil} and {@link #dispose} may come from another one meanwhile. While CAPTURING nothing
 * reaches the container, so that status and headers can still be replaced. What the application
 * sees as the commit ({@link #committed}) is its own flush or close. The state moves from left to
 * right only.
 */
final class Capture {
  private enum State {
    /** Bytes are held. */
    CAPTURING,
    /** Bytes are digested and passed on; the fields follow as trailers. */
    TRAILING,
    /** Bytes are passed on; the decision about the fields has been made. */
    PASS_THROUGH,
    /** Bytes are refused. */
    CLOSED
  }

  private final HttpServletRequest request;
  private final HttpServletResponse target;
  private final ResponseSigner signer;
  private final StreamLimits limits;
  private final Observer observer;
  private final BodyBuffer buffer;
  private final HashAlgorithm hash;
  private final CaptureRelease release;

  private BodyDigester digester;
  private long written;
  private volatile State state = State.CAPTURING;
  private volatile @Nullable UnsignedReason spoiled;
  private volatile boolean flushed;
  private volatile boolean ended;
  private volatile boolean asyncStarted;
  private volatile boolean dispatched;
  private volatile long declaredLength = -1;
  private @Nullable CaptureTrailers trailers;

  Capture(
      HttpServletRequest request,
      HttpServletResponse target,
      ResponseSigner signer,
      HashAlgorithm hash,
      StreamLimits limits,
      CaptureTempSpace tempSpace,
      Observer observer) {
    this.request = request;
    this.target = target;
    this.signer = signer;
    this.hash = hash;
    this.limits = limits;
    this.observer = observer;
    this.buffer = new BodyBuffer(limits.memoryBytes(), tempSpace);
    this.release = new CaptureRelease(request, target, buffer);
    this.digester = new BodyDigester(hash);
  }

  /** How the held bytes leave, and how the application writes without blocking. */
  CaptureRelease release() {
    return release;
  }

  /** Whether the application has to take the response as committed. */
  boolean committed() {
    return flushed || ended || target.isCommitted();
  }

  /** Whether the application has closed its stream. */
  boolean ended() {
    return ended;
  }

  /** Whether bytes are held, or may be. */
  boolean capturing() {
    return state == State.CAPTURING;
  }

  /** Bytes digested so far. */
  long written() {
    return written;
  }

  /** The declared Content-Length, negative if there is none. */
  long declaredLength() {
    return declaredLength;
  }

  /** The application declares a length; a negative one takes it back. */
  void declareLength(long length) {
    declaredLength = length;
    if (!capturing()) {
      target.setContentLengthLong(length);
    }
  }

  /** The next bytes from the application. */
  void write(byte[] bytes, int offset, int count) throws IOException {
    if (ended) {
      throw new IOException("the stream of the response is closed");
    }
    if (state == State.CAPTURING && hold(bytes, offset, count)) {
      return;
    }
    if (state == State.CLOSED) {
      throw new CaptureRefusedException("the response is over");
    }
    if (state == State.TRAILING) {
      digest(bytes, offset, count);
    }
    release.pass(bytes, offset, count);
    release.listen();
  }

  /** Whether the bytes are held now; if not, the state has changed. */
  private boolean hold(byte[] bytes, int offset, int count) throws IOException {
    long length = written() + count;
    Optional<UnsignedReason> obstacle = obstacle();
    if (obstacle.isPresent()) {
      passThrough(obstacle.orElseThrow());
    } else if (declaredLength >= 0 && length > declaredLength) {
      passThrough(UnsignedReason.LENGTH_MISMATCH);
    } else if (Math.max(length, declaredLength) > limits.limitBytes()) {
      overflow(UnsignedReason.OVERFLOW);
    } else {
      return append(bytes, offset, count);
    }
    return false;
  }

  private boolean append(byte[] bytes, int offset, int count) throws IOException {
    try {
      if (!buffer.append(bytes, offset, count)) {
        overflow(UnsignedReason.TEMP_SPACE);
        return false;
      }
    } catch (CaptureRefusedException e) {
      throw e;
    } catch (IOException e) {
      if (state == State.CLOSED) {
        throw e;
      }
      signingFailed(UnsignedReason.TEMP_FILE_FAILED, e);
      return false;
    }
    digest(bytes, offset, count);
    return true;
  }

  private void digest(byte[] bytes, int offset, int count) {
    digester.update(bytes, offset, count);
    written += count;
  }

  /** What already stands against signing, whatever the rest of the body will be. */
  private Optional<UnsignedReason> obstacle() {
    UnsignedReason known = spoiled;
    if (known != null) {
      return Optional.of(known);
    }
    if (target.getStatus() != HttpServletResponse.SC_OK) {
      return Optional.of(UnsignedReason.STATUS);
    }
    if (dispatched) {
      return Optional.of(UnsignedReason.ASYNC_DISPATCH);
    }
    return bypassed() ? Optional.of(UnsignedReason.BYPASSED) : Optional.empty();
  }

  private boolean bypassed() {
    if (request.getAttribute(CaptureRequest.TOMCAT_SENDFILE_NAME) != null) {
      return true;
    }
    // Later both are the container's own doing.
    return state == State.CAPTURING
        && (target.isCommitted() || target.containsHeader("Transfer-Encoding"));
  }

  private void overflow(UnsignedReason reason) throws IOException {
    observer.overflow(limits.overflow(), written());
    if (limits.overflow() == OverflowAction.FAIL) {
      observer.unsigned(reason, written());
      refuse();
      throw new CaptureRefusedException("the body is longer than mode stream may hold");
    }
    if (limits.overflow() == OverflowAction.TRAILER) {
      Optional<CaptureTrailers> announced =
          CaptureTrailers.announce(request, target, signer, declaredLength);
      if (announced.isPresent()) {
        trailers = announced.orElseThrow();
        leave(State.TRAILING);
        return;
      }
    }
    passThrough(reason);
  }

  private void passThrough(UnsignedReason reason) throws IOException {
    observer.unsigned(reason, written());
    leave(State.PASS_THROUGH);
  }

  /** Hands what is held to the container, under the length that the application declared. */
  private void leave(State next) throws IOException {
    state = next;
    if (declaredLength >= 0 && !target.isCommitted()) {
      target.setContentLengthLong(declaredLength);
    }
    release.start();
    if (flushed) {
      release.flush();
    }
  }

  /** Our answer instead of the application's. */
  private void refuse() throws IOException {
    state = State.CLOSED;
    buffer.close();
    if (!target.isCommitted()) {
      byte[] message = "The response could not be signed.\n".getBytes(StandardCharsets.US_ASCII);
      target.reset();
      target.setStatus(HttpServletResponse.SC_INTERNAL_SERVER_ERROR);
      target.setContentType("text/plain;charset=us-ascii");
      target.setContentLength(message.length);
      target.getOutputStream().write(message);
    }
  }

  private void signingFailed(UnsignedReason reason, Exception cause) throws IOException {
    observer.failed(cause);
    if (limits.signingFailure() == SigningFailureAction.FAIL) {
      observer.unsigned(reason, written());
      refuse();
    } else {
      passThrough(reason);
    }
  }

  /** The application flushes: for it the response is committed; a body for signing stays held. */
  void flush() throws IOException {
    if (ended) {
      return;
    }
    flushed = true;
    if (state == State.CAPTURING) {
      Optional<UnsignedReason> obstacle = obstacle();
      if (obstacle.isPresent()) {
        passThrough(obstacle.orElseThrow());
        release.listen();
      }
    } else if (state != State.CLOSED) {
      release.flush();
    }
  }

  /**
   * The application closes its stream. The body is still held: {@code try (stream) {…}} closes it
   * before an exception gets out, and only the end of the chain tells that there was none.
   */
  void end() throws IOException {
    if (!ended && state == State.PASS_THROUGH) {
      release.close();
    }
    ended = true;
  }

  /** An included resource has closed the stream, which is for the including one to do. */
  void reopen() {
    ended = false;
  }

  /** The application takes back what it has written. */
  void clear() {
    buffer.clear();
    digester = new BodyDigester(hash);
    written = 0;
    if (state == State.TRAILING) {
      state = State.PASS_THROUGH;
    }
  }

  /** The application lets the container answer ({@code sendError}, {@code sendRedirect}). */
  void giveUp() {
    if (state == State.CAPTURING) {
      observer.unsigned(UnsignedReason.ERROR_OR_REDIRECT, written());
      state = State.PASS_THROUGH;
    }
    buffer.close();
  }

  /** The body must not be signed any more. Any thread. */
  void spoil(UnsignedReason reason) {
    if (spoiled == null) {
      spoiled = reason;
    }
  }

  /** The chain threw: what is held is dropped, so that the container can make its error page. */
  void abandon() {
    close(UnsignedReason.APPLICATION_FAILED);
  }

  /** Whether the exception comes from our refusal, which the client has been told already. */
  boolean refusalCaused(Exception e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof CaptureRefusedException) {
        return state == State.CLOSED;
      }
    }
    return false;
  }

  /** The request is over in every respect. Any thread. */
  void dispose() {
    close(UnsignedReason.ASYNC_ERROR);
  }

  private void close(UnsignedReason reason) {
    spoil(reason);
    if (state == State.CAPTURING || state == State.TRAILING) {
      observer.unsigned(obstacle().orElse(reason), written);
      state = State.CLOSED;
    }
    buffer.close();
  }

  /** An asynchronous dispatch begins; only {@link #resumed} tells that we will see its end. */
  void dispatching() throws IOException {
    if (state == State.CAPTURING) {
      dispatched = true;
      if (written() > 0 || committed() || release.nonBlocking()) {
        passThrough(UnsignedReason.ASYNC_DISPATCH);
        release.listen();
      }
    }
  }

  /** The application has started an asynchronous cycle by way of our request. */
  void asyncStarted() {
    asyncStarted = true;
  }

  /** An asynchronous cycle that we do not see: nothing can be held, since nobody would finish. */
  void requireOwnCycle() throws IOException {
    if (!asyncStarted && state == State.CAPTURING) {
      passThrough(UnsignedReason.BYPASSED);
      release.listen();
    }
  }

  /** The dispatch came by our filter. */
  void resumed() {
    dispatched = false;
    asyncStarted = false;
    release.dispatchEntered();
  }

  /** Whether a dispatch is under way that may not come by our filter. */
  boolean isDispatched() {
    return dispatched;
  }

  /** The application has finished without an error: signs and releases. */
  void finish() throws IOException {
    if (state == State.CAPTURING) {
      Optional<UnsignedReason> obstacle = obstacle();
      if (obstacle.isPresent()) {
        passThrough(obstacle.orElseThrow());
      } else if (declaredLength >= 0 && declaredLength != written()) {
        passThrough(UnsignedReason.LENGTH_MISMATCH);
      } else {
        sign();
      }
    } else if (state == State.TRAILING) {
      finishTrailers();
    }
    release.listen();
  }

  private void sign() throws IOException {
    BodyDigest digest = digester.finish();
    long start = System.nanoTime();
    List<HeaderField> fields;
    try {
      fields = signer.fields(digest);
    } catch (KeyMaterialException | RuntimeException e) {
      signingFailed(UnsignedReason.SIGNING_FAILED, e);
      return;
    }
    observer.signed(written, System.nanoTime() - start);
    // Decision 4: what the application says about the digest is replaced.
    SignatureFields.removeIfAny(target);
    fields.forEach(field -> target.setHeader(field.name(), field.value()));
    if (limits.noTransform()) {
      SignatureFields.addNoTransform(target);
    }
    declaredLength = written;
    leave(State.PASS_THROUGH);
  }

  private void finishTrailers() {
    state = State.PASS_THROUGH;
    Optional<UnsignedReason> obstacle = obstacle();
    if (obstacle.isEmpty() && declaredLength >= 0 && declaredLength != written) {
      obstacle = Optional.of(UnsignedReason.LENGTH_MISMATCH);
    }
    if (obstacle.isPresent()) {
      observer.unsigned(obstacle.orElseThrow(), written);
      return;
    }
    long start = System.nanoTime();
    try {
      if (trailers != null) {
        trailers.set(signer.fields(digester.finish()));
        observer.signed(written, System.nanoTime() - start);
      }
    } catch (KeyMaterialException | RuntimeException e) {
      observer.failed(e);
      observer.unsigned(UnsignedReason.SIGNING_FAILED, written);
    }
  }
}
