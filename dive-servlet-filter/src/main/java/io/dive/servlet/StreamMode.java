// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.HashAlgorithm;
import io.dive.settings.Mode;
import io.dive.sign.ResponseSigner;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.ServletResponseWrapper;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Mode {@code stream}: the body is digested and held back while the application writes it; when it
 * is complete its fields are set and it is released. Only a complete body with status 200 gets the
 * fields (decisions 13, 16, 18), and a HEAD whose body is known; server-sent events pass at once.
 * Safe for use by many threads.
 */
final class StreamMode {
  /** The response while it is captured; {@link Mode#STREAM} where it is not. */
  private static final String ATTRIBUTE = DiveFilter.ACTED;

  private static final String EVENT_STREAM = "text/event-stream";

  private final HashAlgorithm hash;
  private final StreamLimits limits;
  private final CaptureTempSpace tempSpace;
  private final KnownBodies known;
  private final Observer observer;

  /** Why a response has no fields. */
  enum UnsignedReason {
    /** The status is not 200. */
    STATUS,
    /** A HEAD, whose body is not known from a GET. */
    HEAD,
    /** Server-sent events, which cannot wait for their end. */
    EVENT_STREAM,
    /** The chain threw, and the container answers. */
    APPLICATION_FAILED,
    /** The application called {@code sendError} or {@code sendRedirect}. */
    ERROR_OR_REDIRECT,
    /** Fewer or more bytes than the declared Content-Length. */
    LENGTH_MISMATCH,
    /** Longer than what may be held. */
    OVERFLOW,
    /** The temporary space of all responses is used up. */
    TEMP_SPACE,
    /** The temporary file failed. */
    TEMP_FILE_FAILED,
    /** The signer failed. */
    SIGNING_FAILED,
    /** The asynchronous cycle timed out. */
    ASYNC_TIMEOUT,
    /** The asynchronous cycle ended with an error. */
    ASYNC_ERROR,
    /** A part was written before an asynchronous dispatch whose end we may not see. */
    ASYNC_DISPATCH,
    /** An asynchronous dispatch did not come by the filter, which is not mapped for it. */
    UNSEEN_DISPATCH,
    /** Other bytes than those that went out before under the same URL and strong ETag. */
    ETAG_REUSED,
    /** Somebody sends the body around us: commit, sendfile or own transfer coding. */
    BYPASSED
  }

  /**
   * Hears what becomes of each response, which the path of its request names where that may have to
   * be told. Implementations are thread-safe and fast.
   */
  interface Observer {
    /** The fields were set. */
    void signed(long bodyBytes, long signingNanos);

    /** The response goes out without the fields. */
    void unsigned(String path, UnsignedReason reason, long digestedBytes);

    /** A body could not be held; {@code unsigned} or {@code signed} may follow. */
    void overflow(String path, UnsignedReason reason, StreamLimits.OverflowAction action);

    /** The signer or a temporary file failed. */
    void failed(String path, Exception cause);
  }

  StreamMode(HashAlgorithm hash, StreamLimits limits, KnownBodies known, Observer observer) {
    this.hash = requireNonNull(hash, "hash");
    this.limits = requireNonNull(limits, "limits");
    this.known = requireNonNull(known, "known");
    this.observer = requireNonNull(observer, "observer");
    this.tempSpace = new CaptureTempSpace(limits.tempDir(), limits.tempSpaceBytes());
  }

  /**
   * Runs the chain for a request that the filter has not acted on, and signs its response if its
   * method is to be signed; {@link #isAtWork} from then on. Exceptions of the chain come out
   * unchanged, with nothing of its body sent where that is still possible; but for those that our
   * own refusal of the body has caused, which the client has been told.
   *
   * @param signer signs the body
   * @throws IOException from the chain, or if the client does not take the body
   * @throws ServletException from the chain
   */
  void handle(
      ResponseSigner signer,
      HttpServletRequest request,
      HttpServletResponse response,
      FilterChain chain)
      throws IOException, ServletException {
    if (isUnsigned(request.getMethod())) {
      request.setAttribute(ATTRIBUTE, Mode.STREAM);
      chain.doFilter(request, response);
    } else {
      Capture capture =
          new Capture(request, response, signer, hash, limits, tempSpace, known, observer);
      CapturingResponse capturing = new CapturingResponse(response, capture);
      request.setAttribute(ATTRIBUTE, capturing);
      run(capturing, new CaptureRequest(request, capturing), capturing, chain);
    }
  }

  /** Decision 13; their answers go out untouched. */
  private static boolean isUnsigned(String method) {
    return switch (method) {
      case "CONNECT", "OPTIONS", "TRACE" -> true;
      default -> false;
    };
  }

  /** Whoever reads events wants each at once, and the last may never come. */
  static boolean isEventStream(HttpServletResponse response) {
    String type = response.getContentType();
    if (type == null) {
      return false;
    }
    int end = type.indexOf(';');
    return (end < 0 ? type : type.substring(0, end)).strip().equalsIgnoreCase(EVENT_STREAM);
  }

  /** Whether a request that the filter has acted on is to be resumed in its later dispatches. */
  static boolean isAtWork(@Nullable Object acted) {
    return acted instanceof CapturingResponse || acted == Mode.STREAM;
  }

  /** Goes on with a request in a later dispatch, captured or not. */
  static void resume(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (request.getAttribute(ATTRIBUTE) instanceof CapturingResponse outer) {
      again(outer, request, response, chain);
    } else {
      chain.doFilter(request, response);
    }
  }

  /** Called within a dispatch of a request that is being captured already. */
  private static void again(
      CapturingResponse capturing,
      HttpServletRequest request,
      HttpServletResponse response,
      FilterChain chain)
      throws IOException, ServletException {
    if (request.getDispatcherType() == DispatcherType.ASYNC && wraps(response, capturing)) {
      capturing.capture().cycle().resumed();
      run(capturing, request, response, chain);
      return;
    }
    if (request.getDispatcherType() == DispatcherType.ASYNC) {
      capturing.capture().cycle().passed();
    }
    if (request.getDispatcherType() == DispatcherType.FORWARD && wraps(response, capturing)) {
      // The dispatcher need not be ours: an application may ask its ServletContext for one.
      capturing.forwarded();
    }
    chain.doFilter(request, response);
  }

  private static boolean wraps(ServletResponse response, CapturingResponse capturing) {
    return response == capturing
        || (response instanceof ServletResponseWrapper wrapper && wrapper.isWrapperFor(capturing));
  }

  private static void run(
      CapturingResponse capturing,
      HttpServletRequest request,
      HttpServletResponse response,
      FilterChain chain)
      throws IOException, ServletException {
    Capture capture = capturing.capture();
    boolean returned = false;
    try {
      chain.doFilter(request, response);
      returned = true;
    } catch (IOException | ServletException | RuntimeException e) {
      if (!capture.refusalCaused(e)) {
        throw e;
      }
    } finally {
      if (!returned) {
        capture.abandon();
      }
    }
    if (returned) {
      capturing.returned(request.isAsyncStarted());
    }
  }
}
