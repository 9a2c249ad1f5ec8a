// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * How a held body reaches the container, and what follows it. Blocking for an application that
 * blocks. For one that set a {@link WriteListener} it stands between the two: while the body is
 * held the application may always write; then the container's listener is this, which first drains
 * what is held and then passes the container's calls on.
 */
final class CaptureRelease implements WriteListener {
  private static final byte[] NOTHING = new byte[0];

  private final HttpServletRequest request;
  private final HttpServletResponse target;
  private final BodyBuffer buffer;
  private final UnaryOperator<IOException> lost;

  /** Whose turn it is when bytes can be written; nobody's once it has ended its cycle. */
  private volatile @Nullable WriteListener application;

  private volatile boolean nonBlocking;
  private volatile boolean started;
  private volatile boolean drained;
  private volatile boolean passing;
  private volatile boolean broken;
  private final AtomicBoolean listening = new AtomicBoolean();
  private final AtomicBoolean failed = new AtomicBoolean();

  /** Whether all that was held has been taken. */
  private boolean emptied;

  // Guarded by this.
  private byte[] surplus = NOTHING;
  private boolean inDispatch = true;
  private boolean firstCallDue;
  private @Nullable Runnable whenDrained;

  /** Held during calls of the application's listener, so that no two overlap. */
  private final Object calling = new Object();

  /**
   * The release of one body.
   *
   * @param lost hears that what is held cannot be read, and makes of it what is thrown
   */
  CaptureRelease(
      HttpServletRequest request,
      HttpServletResponse target,
      BodyBuffer buffer,
      UnaryOperator<IOException> lost) {
    this.request = request;
    this.target = target;
    this.buffer = buffer;
    this.lost = lost;
  }

  /** Whether the application writes without blocking, and we stand in for the container. */
  boolean nonBlocking() {
    return nonBlocking;
  }

  /**
   * The application's listener. Once the body is no longer held, it hears of the container what the
   * container tells us.
   *
   * @throws IllegalStateException outside an asynchronous cycle, or if there is a listener
   */
  void setWriteListener(WriteListener listener) throws IOException {
    if (!request.isAsyncStarted()) {
      throw new IllegalStateException("setWriteListener needs an asynchronous request");
    }
    if (nonBlocking) {
      throw new IllegalStateException("the response has a WriteListener");
    }
    application = listener;
    nonBlocking = true;
    if (started) {
      passing = true;
      listen();
      return;
    }
    synchronized (this) {
      if (inDispatch) {
        // Like a container: the first call comes when the dispatch has returned.
        firstCallDue = true;
        return;
      }
    }
    request.getAsyncContext().start(() -> callFirst(listener));
  }

  /** The container's dispatch is about to enter the chain again. */
  synchronized void dispatchEntered() {
    inDispatch = true;
  }

  /** The chain has returned. */
  void dispatchReturned() {
    WriteListener listener;
    synchronized (this) {
      inDispatch = false;
      listener = firstCallDue ? application : null;
      firstCallDue = false;
    }
    if (listener != null) {
      callFirst(listener);
    }
  }

  /**
   * The application has ended its cycle, and its listener hears nothing more.
   *
   * @param toGoOn whether another resource goes on with a body that is held; it may block
   */
  synchronized void cycleEnded(boolean toGoOn) {
    application = null;
    if (toGoOn) {
      nonBlocking = false;
    }
  }

  private void callFirst(WriteListener listener) {
    try {
      synchronized (calling) {
        if (application == listener) {
          listener.onWritePossible();
        }
      }
    } catch (IOException | RuntimeException e) {
      listener.onError(e);
    }
  }

  /** Whether the application may write without blocking. */
  boolean ready(boolean held) throws IOException {
    if (held) {
      return true;
    }
    if (nonBlocking && !passing) {
      // Once the release has started, the container's next call tells when to go on.
      return !started;
    }
    return target.getOutputStream().isReady();
  }

  /** Hands what is held to the container; without blocking, only {@link #listen} does. */
  void start() throws IOException {
    if (started) {
      return;
    }
    started = true;
    if (nonBlocking) {
      return;
    }
    ServletOutputStream out = target.getOutputStream();
    try (buffer) {
      for (ByteBuffer part = held(); part.hasRemaining(); part = held()) {
        out.write(part.array(), part.arrayOffset(), part.remaining());
      }
    } finally {
      emptied = true;
      drained = true;
    }
  }

  /**
   * After {@link #start} and the one write that may follow it: lets the container call us, which it
   * may do at once and on another thread.
   */
  void listen() throws IOException {
    if (nonBlocking && started && listening.compareAndSet(false, true)) {
      target.getOutputStream().setWriteListener(this);
    }
  }

  /** Bytes that follow what was held. */
  void pass(byte[] bytes, int offset, int count) throws IOException {
    if (nonBlocking && started && !passing) {
      keep(bytes, offset, count);
    } else {
      target.getOutputStream().write(bytes, offset, count);
    }
  }

  /** The application was told that it may write, so one write is kept, whatever its size. */
  private synchronized void keep(byte[] bytes, int offset, int count) {
    if (surplus.length > 0) {
      throw new IllegalStateException("write without isReady()");
    }
    surplus = Arrays.copyOfRange(bytes, offset, offset + count);
  }

  /** The very last bytes, which come from nobody who has asked whether they may be written. */
  void passLast(byte[] bytes) throws IOException {
    if (!nonBlocking) {
      pass(bytes, 0, bytes.length);
      return;
    }
    synchronized (this) {
      surplus = bytes;
      drained = false;
      drained = drain(target.getOutputStream());
    }
  }

  /** Flushes the container, unless bytes are still on their way to it. */
  void flush() throws IOException {
    if (passing || !nonBlocking) {
      target.getOutputStream().flush();
    }
  }

  /** Closes the container's stream, unless bytes are still on their way to it. */
  void close() throws IOException {
    if (passing || !nonBlocking) {
      target.getOutputStream().close();
    }
  }

  /**
   * Does something as soon as nothing is on its way any more: at once, or on a container thread.
   */
  void afterRelease(Runnable next) {
    synchronized (this) {
      if (nonBlocking && started && !drained) {
        whenDrained = next;
        return;
      }
    }
    next.run();
  }

  /** From the container. */
  @Override
  public void onWritePossible() throws IOException {
    if (!drained) {
      try {
        if (!drain(target.getOutputStream())) {
          return;
        }
      } catch (CaptureRefusedException e) {
        // Our answer goes out in its place.
        onError(e);
        return;
      } catch (IOException | RuntimeException e) {
        // Undertow tells nobody that this call has failed.
        onError(e);
        throw e;
      }
    }
    Runnable next = takeNext();
    if (next != null) {
      passing = true;
      next.run();
      return;
    }
    synchronized (calling) {
      passing = true;
      WriteListener listener = application;
      if (listener != null) {
        listener.onWritePossible();
      }
    }
    if (broken) {
      throw new IOException("the response ended before its body did");
    }
  }

  /**
   * Has the container end the connection of an asynchronous cycle, and the cycle with it, by an
   * exception in its call of us.
   *
   * @return false if it will not call, and nothing was changed
   */
  boolean breakConnection() throws IOException {
    if (nonBlocking && !(passing && Thread.holdsLock(calling))) {
      return false;
    }
    broken = true;
    if (!nonBlocking) {
      drained = true;
      target.getOutputStream().setWriteListener(this);
    }
    return true;
  }

  /** Whether nothing is left to be written. */
  private synchronized boolean drain(ServletOutputStream out) throws IOException {
    while (out.isReady()) {
      ByteBuffer part = next();
      if (!part.hasRemaining()) {
        return true;
      }
      out.write(part.array(), part.arrayOffset(), part.remaining());
    }
    return false;
  }

  /** What was to happen once nothing is on its way any more, which is now; null for nothing. */
  private synchronized @Nullable Runnable takeNext() {
    drained = true;
    Runnable next = whenDrained;
    whenDrained = null;
    return next;
  }

  private ByteBuffer held() throws IOException {
    try {
      return buffer.take();
    } catch (BodyBuffer.LostException e) {
      throw lost.apply(e);
    }
  }

  private ByteBuffer next() throws IOException {
    if (!emptied) {
      ByteBuffer held = held();
      if (held.hasRemaining()) {
        return held;
      }
      emptied = true;
      buffer.close();
    }
    ByteBuffer last = ByteBuffer.wrap(surplus);
    surplus = NOTHING;
    return last;
  }

  /** From the container: the client does not take the body. */
  @Override
  public void onError(Throwable cause) {
    if (failed.getAndSet(true)) {
      return;
    }
    buffer.close();
    Runnable next = takeNext();
    WriteListener listener = application;
    if (next != null) {
      next.run();
    } else if (listener != null) {
      listener.onError(cause);
    }
  }
}
