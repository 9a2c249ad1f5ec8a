// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.BodyDigest;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyMaterialException;
import io.dive.servlet.StreamLimits.OverflowAction;
import io.dive.servlet.StreamLimits.SigningFailureAction;
import io.dive.servlet.StreamMode.Observer;
import io.dive.servlet.StreamMode.UnsignedReason;
import io.dive.sign.ResponseSigner;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
  private static final Logger LOG = LoggerFactory.getLogger(Capture.class);

  private enum State {
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

  private final HttpServletRequest request;
  private final HttpServletResponse target;
  private final ResponseSigner signer;
  private final StreamLimits limits;
  private final KnownBodies known;
  private final String url;
  private final boolean head;
  private final Observer observer;
  private final BodyBuffer buffer;
  private final BodyDigests digests;
  private final CaptureRelease release;

  private volatile State state = State.CAPTURING;
  private volatile @Nullable UnsignedReason spoiled;
  private volatile boolean flushed;
  private volatile boolean ended;
  private volatile boolean asyncStarted;
  private volatile boolean dispatched;
  private volatile long declaredLength = -1;
  private boolean lookedUp;
  private boolean told;
  private boolean complete;
  private @Nullable FollowedBody followed;
  private @Nullable CaptureTrailers trailers;

  Capture(
      HttpServletRequest request,
      HttpServletResponse target,
      ResponseSigner signer,
      HashAlgorithm hash,
      StreamLimits limits,
      CaptureTempSpace tempSpace,
      KnownBodies known,
      Observer observer) {
    this.request = request;
    this.target = target;
    this.signer = signer;
    this.limits = limits;
    this.known = known;
    this.url = known.url(request);
    this.head = request.getMethod().equals("HEAD");
    this.observer = observer;
    this.buffer = new BodyBuffer(limits.memoryBytes(), tempSpace);
    this.release = new CaptureRelease(request, target, buffer);
    this.digests = new BodyDigests(target, hash);
  }

  /** How the held bytes leave, and how the application writes without blocking. */
  CaptureRelease release() {
    return release;
  }

  /** The web application that the response began in. */
  ServletContext servletContext() {
    return request.getServletContext();
  }

  /** Whether the application has to take the response as committed. */
  boolean committed() {
    return flushed || ended || state == State.FOLLOWING || target.isCommitted();
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
    if (ended) {
      throw new IOException("the stream of the response is closed");
    }
    if (state == State.CAPTURING && hold(bytes, offset, count)) {
      return;
    }
    if (state == State.FOLLOWING) {
      follow(bytes, offset, count);
      return;
    }
    if (state == State.CLOSED) {
      throw new CaptureRefusedException("the response is over");
    }
    if (state == State.TRAILING) {
      digests.update(bytes, offset, count);
      if (trailers == null) {
        finishIfWhole(); // Before the client has the last byte, and may ask again.
      }
    }
    release.pass(bytes, offset, count);
    release.listen();
  }

  /** Whether the bytes are held now; if not, the state has changed. */
  private boolean hold(byte[] bytes, int offset, int count) throws IOException {
    long length = written() + count;
    boolean tooLong = Math.max(length, declaredLength) > limits.limitBytes();
    Optional<UnsignedReason> obstacle = obstacle();
    if (obstacle.isPresent()) {
      if (headMayChange(obstacle.orElseThrow(), length)) {
        return append(bytes, offset, count);
      }
      passThrough(obstacle.orElseThrow());
    } else if (declaredLength >= 0 && length > declaredLength) {
      passThrough(UnsignedReason.LENGTH_MISMATCH);
    } else if (!lookedUp && (tooLong || isDueWithoutUs(length)) && beginFollowing(length)) {
      return false;
    } else if (tooLong) {
      overflow(UnsignedReason.OVERFLOW);
    } else {
      return append(bytes, offset, count);
    }
    return false;
  }

  /** Whether a container alone would commit now: from there on nothing can change any more. */
  private boolean isDueWithoutUs(long length) {
    return length > target.getBufferSize();
  }

  /** Whether to wait until the head is complete, which may say what body it belongs to. */
  private boolean headMayChange(UnsignedReason obstacle, long length) {
    boolean part =
        obstacle == UnsignedReason.STATUS
            && target.getStatus() == HttpServletResponse.SC_PARTIAL_CONTENT;
    return (part || obstacle == UnsignedReason.HEAD)
        && !url.isEmpty()
        && !isDueWithoutUs(length)
        && length <= limits.memoryBytes();
  }

  /**
   * Sends the fields of the body known under the URL and ETag of this response, and what is held so
   * far. Writing without blocking is left out: nobody may write for an application that is not
   * ready, and the last byte would be ours.
   *
   * @param length how long the body is at least
   * @return false if none is known, and nothing was changed
   */
  private boolean beginFollowing(long length) throws IOException {
    lookedUp = true;
    Optional<FollowedBody> body =
        release.nonBlocking()
            ? Optional.empty()
            : FollowedBody.of(known, url, target, declaredLength, length)
                .filter(found -> found.digest().algorithm() == digests.hash());
    if (body.isEmpty()) {
      return false;
    }
    try {
      SignatureFields.set(target, signer.fields(body.get().digest()), limits.noTransform());
    } catch (KeyMaterialException | RuntimeException e) {
      return false; // It will fail, and be told, at the end of the body.
    }
    followed = body.get();
    declaredLength = followed.length();
    leave(State.FOLLOWING);
    target.flushBuffer();
    return true;
  }

  private void follow(byte[] bytes, int offset, int count) throws IOException {
    FollowedBody body = requireNonNull(followed);
    if (written() + count > body.length()) {
      throw contradiction(body);
    }
    int passed = body.passable(bytes, offset, count, written());
    digests.update(bytes, offset, count);
    release.pass(bytes, offset, passed);
  }

  private IOException contradiction(FollowedBody body) {
    IOException contradicted = body.contradicted(); // Before the client knows, and may ask again.
    unsigned(UnsignedReason.ETAG_REUSED);
    cutOff();
    return contradicted;
  }

  /** Lets nothing follow: Tomcat would fill up the promised length with an error page. */
  private void cutOff() {
    state = State.CLOSED;
    try {
      target.getOutputStream().close();
    } catch (IOException | IllegalStateException e) {
      LOG.debug(
          "The container refuses to end a body early, and ends the connection: {}", e.toString());
    }
  }

  private void finishFollowing() throws IOException {
    FollowedBody body = requireNonNull(followed);
    UnsignedReason reason = spoiled;
    if (reason != null) {
      unsigned(reason);
      cutOff();
      throw new IOException("the response ended before its body did");
    }
    if (written() != body.length() || !digests.finish().equals(body.digest())) {
      throw contradiction(body);
    }
    state = State.PASS_THROUGH;
    byte[] last = body.last();
    release.pass(last, 0, last.length);
    observer.signed(written(), 0);
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
    digests.update(bytes, offset, count);
    return true;
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
      return Optional.of(UnsignedReason.UNSEEN_DISPATCH);
    }
    if (head) {
      return Optional.of(UnsignedReason.HEAD);
    }
    if (StreamMode.isEventStream(target)) {
      return Optional.of(UnsignedReason.EVENT_STREAM);
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
      unsigned(reason);
      refuse();
      throw new CaptureRefusedException("the body is longer than mode stream may hold");
    }
    if (limits.overflow() == OverflowAction.TRAILER) {
      Optional<CaptureTrailers> announced =
          CaptureTrailers.announce(request, target, signer, declaredLength, this::finishIfWhole);
      if (announced.isPresent()) {
        trailers = announced.orElseThrow();
        leave(State.TRAILING);
        return;
      }
    }
    if (KnownBodies.name(url, target).isPresent()) {
      // Next time it need not be held.
      unsigned(reason);
      leave(State.TRAILING);
    } else {
      passThrough(reason);
    }
  }

  private void passThrough(UnsignedReason reason) throws IOException {
    if (reason == UnsignedReason.STATUS) {
      new KnownAnswer(known, url, target).describePart(limits.noTransform());
    } else if (reason == UnsignedReason.HEAD && describeGet()) {
      told = true;
      observer.signed(written(), 0);
    }
    unsigned(reason);
    leave(State.PASS_THROUGH);
  }

  /** Whether the fields of the GET are known and set. */
  private boolean describeGet() {
    Optional<BodyDigest> digest =
        new KnownAnswer(known, url, target)
            .ofGet(declaredLength, written())
            .filter(found -> found.algorithm() == digests.hash())
            // What was made for nothing has to be the same, if all of it is here.
            .filter(found -> !complete || written() == 0 || digests.finish().equals(found));
    try {
      if (digest.isPresent()) {
        SignatureFields.set(target, signer.fields(digest.get()), limits.noTransform());
      }
      return digest.isPresent();
    } catch (KeyMaterialException | RuntimeException e) {
      observer.failed(e);
      return false;
    }
  }

  private void unsigned(UnsignedReason reason) {
    if (!told) {
      told = true;
      observer.unsigned(reason, written());
    }
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
      unsigned(reason);
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
      } else if (written() > 0) {
        // One byte more has to come, or a whole body would leave before its digest is compared.
        // And who flushes before the first byte may go on without blocking.
        beginFollowing(written() + 1);
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
    digests.clear();
    if (state == State.TRAILING) {
      state = State.PASS_THROUGH;
    }
  }

  /** The application lets the container answer ({@code sendError}, {@code sendRedirect}). */
  void giveUp() {
    if (state == State.CAPTURING) {
      unsigned(UnsignedReason.ERROR_OR_REDIRECT);
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
    spoil(dispatched ? UnsignedReason.UNSEEN_DISPATCH : reason);
    if (state == State.FOLLOWING) {
      unsigned(obstacle().orElse(reason));
      cutOff();
    } else if (state == State.CAPTURING || state == State.TRAILING) {
      unsigned(obstacle().orElse(reason));
      state = State.CLOSED;
    }
    buffer.close();
  }

  /**
   * An asynchronous dispatch begins; only {@link #resumed} tells that we will see its end.
   *
   * @param within whether it stays in the web application
   */
  void dispatching(boolean within) throws IOException {
    if (state == State.CAPTURING) {
      dispatched = true;
      boolean promised = within && "true".equals(request.getAttribute(DiveFilter.ALL_DISPATCHES));
      if (release.nonBlocking() || (!promised && (written() > 0 || committed()))) {
        passDispatched();
      }
    }
  }

  /** A dispatch came by our filter with another response: nobody would finish what is held. */
  void passDispatched() throws IOException {
    if (state == State.CAPTURING) {
      passThrough(UnsignedReason.ASYNC_DISPATCH);
      release.listen();
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
    complete = true;
    if (state == State.CAPTURING) {
      Optional<UnsignedReason> obstacle = obstacle();
      if (obstacle.isPresent()) {
        passThrough(obstacle.orElseThrow());
      } else if (declaredLength >= 0 && declaredLength != written()) {
        passThrough(UnsignedReason.LENGTH_MISMATCH);
      } else {
        sign();
      }
    } else if (state == State.FOLLOWING) {
      finishFollowing();
    } else if (state == State.TRAILING) {
      finishTrailers();
    }
    release.listen();
  }

  private void sign() throws IOException {
    BodyDigest digest = digests.finish();
    long start = System.nanoTime();
    List<HeaderField> fields;
    try {
      fields = signer.fields(digest, digests.provenClaims());
    } catch (KeyMaterialException | RuntimeException e) {
      signingFailed(UnsignedReason.SIGNING_FAILED, e);
      return;
    }
    observer.signed(written(), System.nanoTime() - start);
    SignatureFields.set(target, fields, limits.noTransform());
    remember(digest);
    declaredLength = written();
    leave(State.PASS_THROUGH);
  }

  private void remember(BodyDigest digest) {
    known.remember(url, target, digest, written());
  }

  /**
   * Jetty ends an HTTP/2 stream with the last byte of the declared length: no other will follow.
   */
  private void finishIfWhole() {
    if (state == State.TRAILING && written() == declaredLength) {
      finishTrailers();
    }
  }

  private void finishTrailers() {
    state = State.PASS_THROUGH;
    Optional<UnsignedReason> obstacle = obstacle();
    if (obstacle.isEmpty() && declaredLength >= 0 && declaredLength != written()) {
      obstacle = Optional.of(UnsignedReason.LENGTH_MISMATCH);
    }
    if (obstacle.isPresent()) {
      unsigned(obstacle.orElseThrow());
      return;
    }
    BodyDigest digest = digests.finish();
    remember(digest);
    if (trailers == null) {
      return;
    }
    long start = System.nanoTime();
    try {
      trailers.set(signer.fields(digest));
      observer.signed(written(), System.nanoTime() - start);
    } catch (KeyMaterialException | RuntimeException e) {
      observer.failed(e);
      unsigned(UnsignedReason.SIGNING_FAILED);
    }
  }
}
