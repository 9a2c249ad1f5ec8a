// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyMaterialException;
import io.dive.servlet.StreamMode.Observer;
import io.dive.servlet.StreamMode.UnsignedReason;
import io.dive.sign.ResponseSigner;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The body of one response on its way from the application to the container, and the decision
 * whether it gets the fields.
 *
 * <p>The application writes from one thread at a time, as the servlet specification asks. Others
 * may call meanwhile: {@link #dispose} comes from any thread, and the end of a dispatch that
 * started a cycle past our request from the container's ({@link #holdNoMore}, {@link #finish}); so
 * what moves bytes holds the lock of this, but for the calls that let the container call back.
 * While CAPTURING nothing reaches the container, so that status and headers can still be replaced.
 * What the application sees as the commit ({@link #committed}) is its own flush or close. The state
 * moves from left to right only.
 */
final class Capture {
  enum State {
    /** Bytes are held. */
    CAPTURING,
    /** Bytes are digested and passed on under the fields of a body known before. */
    FOLLOWING,
    /** Bytes are digested and passed on; the fields follow as trailers, if there are to be any. */
    TRAILING,
    /** Bytes are passed on; the decision about the fields has been made. */
    PASS_THROUGH,
    /** Bytes are refused. */
    CLOSED
  }

  private final HttpServletResponse target;
  private final BodyBuffer buffer;
  private final BodyDigests digests;
  private final CaptureJudgement judgement;
  private final CaptureSigning signing;
  private final HeldBody held;
  private final CaptureRelease release;
  private final CaptureCycle cycle;
  private final CaptureFailure failure;

  private volatile State state = State.CAPTURING;
  private volatile boolean flushed;
  private volatile boolean ended;
  private volatile long declaredLength = -1;
  private boolean complete;
  private @Nullable FollowedBody followed;
  private Optional<CaptureTrailers> trailers = Optional.empty();

  Capture(
      HttpServletRequest request,
      HttpServletResponse target,
      ResponseSigner signer,
      HashAlgorithm hash,
      StreamLimits limits,
      CaptureTempSpace tempSpace,
      KnownBodies known,
      Observer observer) {
    this.target = target;
    this.buffer = new BodyBuffer(limits.memoryBytes(), tempSpace);
    this.digests = new BodyDigests(target, hash);
    this.judgement = new CaptureJudgement(request, target, digests, observer);
    this.signing =
        new CaptureSigning(
            request, target, signer, limits.noTransform(), digests, known, judgement);
    this.held = new HeldBody(this, target, limits, buffer, digests, judgement, signing);
    this.release = new CaptureRelease(request, target, buffer, this::lost);
    this.cycle = new CaptureCycle(request, this, judgement);
    this.failure = new CaptureFailure(target);
  }

  /** How the held bytes leave, and how the application writes without blocking. */
  CaptureRelease release() {
    return release;
  }

  /** The asynchronous cycles and dispatches. */
  CaptureCycle cycle() {
    return cycle;
  }

  /** Whether the body may be signed. */
  CaptureJudgement judgement() {
    return judgement;
  }

  /** Whether the application has to take the response as committed. */
  boolean committed() {
    return flushed || ended || state == State.FOLLOWING || target.isCommitted();
  }

  /**
   * Whether fields of the head may not be set any more. While nothing has reached the container by
   * way of us, it is not asked, which would cost a lock: whoever has it commit past us gets from it
   * what it does with later fields.
   */
  boolean headIsFixed() {
    return state == State.CAPTURING ? flushed || ended : committed();
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
    return digests.written();
  }

  /** The declared Content-Length, negative if there is none. */
  long declaredLength() {
    return declaredLength;
  }

  /** The application declares a length; a negative one takes it back. */
  void declareLength(long length) {
    declaredLength = length;
    if (!capturing() && state != State.FOLLOWING) {
      target.setContentLengthLong(length);
    }
  }

  /** The next bytes from the application. */
  void write(byte[] bytes, int offset, int count) throws IOException {
    if (take(bytes, offset, count)) {
      release.listen();
    }
  }

  /** Whether the bytes went on behind what was held, so that the container may have to call us. */
  private synchronized boolean take(byte[] bytes, int offset, int count) throws IOException {
    if (ended) {
      throw new IOException("the stream of the response is closed");
    }
    if (state == State.CAPTURING && held.write(bytes, offset, count)) {
      return false;
    }
    if (state == State.FOLLOWING) {
      stepOn(body -> body.write(bytes, offset, count, release));
      return false;
    }
    if (state == State.CLOSED) {
      throw new CaptureRefusedException("the response is over");
    }
    if (state == State.TRAILING) {
      digests.update(bytes, offset, count);
      if (trailers.isEmpty()) {
        finishIfWhole(); // Before the client has the last byte, and may ask again.
      }
    }
    release.pass(bytes, offset, count);
    return true;
  }

  private interface Step {
    void take(FollowedBody body) throws IOException;
  }

  private void stepOn(Step step) throws IOException {
    try {
      step.take(requireNonNull(followed));
    } catch (FollowedBody.BrokenPromiseException e) {
      cutOff();
      throw e;
    }
  }

  private void cutOff() {
    state = State.CLOSED;
    failure.cutOff(declaredLength >= 0);
  }

  /** As {@link CaptureFailure#breaksConnection} says. */
  boolean breaksConnection() {
    return failure.breaksConnection(release);
  }

  /** What is held cannot be read again: an error as long as that can be told, or else the end. */
  private IOException lost(IOException cause) {
    judgement.failed(cause);
    judgement.unsigned(UnsignedReason.TEMP_FILE_FAILED);
    if (!target.isCommitted()) {
      try {
        refuse();
        return new CaptureRefusedException("what was held of the body is lost");
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
    }
    cutOff();
    return cause;
  }

  /** The fields of a known body are set: it goes out under them as it is written. */
  void follow(FollowedBody body) throws IOException {
    followed = body;
    leaveSigned(State.FOLLOWING, body.length());
    target.flushBuffer();
  }

  /** The body goes out as it is written, and is digested all the same. */
  void trail(Optional<CaptureTrailers> announced) throws IOException {
    trailers = announced;
    leave(State.TRAILING);
  }

  /** The body goes out without the fields. */
  void passThrough(UnsignedReason reason) throws IOException {
    if (reason == UnsignedReason.STATUS) {
      signing.describePart();
    } else if (reason == UnsignedReason.HEAD) {
      signing.describeGet(declaredLength, complete);
    }
    judgement.unsigned(reason);
    leave(State.PASS_THROUGH);
  }

  /** Hands what is held to the container, under the length that the application declared. */
  private void leave(State next) throws IOException {
    state = next;
    if (declaredLength >= 0 && !target.isCommitted()) {
      target.setContentLengthLong(declaredLength);
    }
    try {
      release.start();
    } catch (CaptureRefusedException e) {
      return; // Our answer goes out in its place.
    }
    if (flushed) {
      release.flush();
    }
  }

  /** The same under fields that are set, which are taken back where it does not succeed. */
  void leaveSigned(State next, long length) throws IOException {
    declaredLength = length;
    boolean left = false;
    try {
      leave(next);
      left = true;
    } finally {
      if (!left) {
        SignatureFields.remove(target);
      }
    }
  }

  /** Our answer goes out instead of the application's. */
  void refuse() throws IOException {
    state = State.CLOSED;
    buffer.close();
    failure.refuse();
  }

  /** The application flushes: for it the response is committed; a body for signing stays held. */
  void flush() throws IOException {
    passFlush();
    release.listen();
  }

  private synchronized void passFlush() throws IOException {
    if (ended) {
      return;
    }
    flushed = true;
    if (state == State.CAPTURING) {
      held.flush();
    } else if (state != State.CLOSED) {
      release.flush();
    }
  }

  /**
   * The application closes its stream. The body is still held: {@code try (stream) {…}} closes it
   * before an exception gets out, and only the end of the chain tells that there was none.
   */
  synchronized void end() throws IOException {
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
  synchronized void clear() {
    buffer.clear();
    digests.clear();
    if (state == State.TRAILING) {
      state = State.PASS_THROUGH;
    }
  }

  /** The application lets the container answer ({@code sendError}, {@code sendRedirect}). */
  synchronized void giveUp() {
    if (state == State.CAPTURING) {
      judgement.unsigned(UnsignedReason.ERROR_OR_REDIRECT);
      state = State.PASS_THROUGH;
    }
    buffer.close();
  }

  /** The chain threw: what is held is dropped, so that the container can make its error page. */
  void abandon() {
    close(UnsignedReason.APPLICATION_FAILED);
  }

  /** Whether the exception comes from our refusal, which the client has been told already. */
  boolean refusalCaused(Exception e) {
    return state == State.CLOSED && !failure.isCutOff() && CaptureRefusedException.caused(e);
  }

  /** The request is over in every respect. Any thread. */
  void dispose() {
    close(UnsignedReason.ASYNC_ERROR);
  }

  private void close(UnsignedReason reason) {
    judgement.spoil(judgement.isDispatched() ? UnsignedReason.UNSEEN_DISPATCH : reason);
    if (state == State.FOLLOWING) {
      judgement.unsigned(judgement.obstacle(capturing()).orElse(reason));
      cutOff();
    } else if (state == State.CAPTURING || state == State.TRAILING) {
      judgement.unsigned(judgement.obstacle(capturing()).orElse(reason));
      state = State.CLOSED;
    }
    buffer.close();
  }

  /** Passes on what is held, and what follows. */
  void holdNoMore(UnsignedReason reason) throws IOException {
    if (state != State.CAPTURING) {
      return; // Also while a write that has begun waits for the client, lock in hand.
    }
    boolean left;
    synchronized (this) {
      left = state == State.CAPTURING;
      if (left) {
        passThrough(reason);
      }
    }
    if (left) {
      release.listen();
    }
  }

  /** The application has finished without an error: signs and releases. */
  void finish() throws IOException {
    conclude();
    release.listen();
  }

  private synchronized void conclude() throws IOException {
    complete = true;
    if (state == State.CAPTURING) {
      held.finish();
    } else if (state == State.FOLLOWING) {
      state = State.PASS_THROUGH;
      stepOn(body -> body.finish(release));
    } else if (state == State.TRAILING) {
      finishTrailed();
    } else if (failure.isCutOff()) {
      throw CaptureFailure.brokenOff(); // Whoever wrote may have kept it to itself.
    }
  }

  /** Jetty ends an HTTP/2 stream with the last byte of the declared length: no other follows. */
  void finishIfWhole() {
    if (state == State.TRAILING && written() == declaredLength) {
      finishTrailed();
    }
  }

  private void finishTrailed() {
    state = State.PASS_THROUGH;
    Optional<UnsignedReason> obstacle = judgement.obstacleAtEnd(false, declaredLength);
    if (obstacle.isPresent()) {
      judgement.unsigned(obstacle.get());
      return;
    }
    try {
      signing.setTrailers(trailers);
    } catch (KeyMaterialException | RuntimeException e) {
      judgement.failed(e);
      judgement.unsigned(UnsignedReason.SIGNING_FAILED);
    }
  }
}
