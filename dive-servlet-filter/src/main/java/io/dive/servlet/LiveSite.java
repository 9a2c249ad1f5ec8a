// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The site that answers requests, and those before it that still have requests under way. A request
 * keeps the site it began with; a site that was replaced is closed by the last of those requests
 * that have begun a {@link Use} of it, as all do that need what ends with it. Safe for use by many
 * threads.
 */
final class LiveSite implements AutoCloseable {
  private final Set<Shared> replaced = ConcurrentHashMap.newKeySet();
  private volatile @Nullable Shared present;

  /** A site with the number of those who use it; one more as long as it is the present one. */
  private final class Shared {
    private final Site site;
    private final AtomicInteger users = new AtomicInteger(1);

    Shared(Site site) {
      this.site = site;
    }

    /** False once the last user has gone. */
    boolean enter() {
      return users.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
    }

    void leave() {
      if (users.decrementAndGet() == 0) {
        site.close();
        replaced.remove(this);
      }
    }

    void retire() {
      replaced.add(this);
      leave();
    }
  }

  /** One request's use of a site, to be ended once. */
  static final class Use implements AsyncListener {
    private final Shared shared;
    private final AtomicBoolean ended = new AtomicBoolean();

    private Use(Shared shared) {
      this.shared = shared;
    }

    Site site() {
      return shared.site;
    }

    /** Ends it, or leaves that to the end of the asynchronous cycle that the request has begun. */
    void endWith(HttpServletRequest request) {
      if (request.isAsyncStarted()) {
        try {
          request.getAsyncContext().addListener(this);
          return;
        } catch (IllegalStateException e) {
          // Another thread has completed the cycle meanwhile.
        }
      }
      end();
    }

    private void end() {
      if (ended.compareAndSet(false, true)) {
        shared.leave();
      }
    }

    @Override
    public void onComplete(AsyncEvent event) {
      end();
    }

    @Override
    public void onTimeout(AsyncEvent event) {
      // Completion follows.
    }

    @Override
    public void onError(AsyncEvent event) {
      // Completion follows.
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
      // The request goes on with a new cycle, which begins without listeners.
      event.getAsyncContext().addListener(this);
    }
  }

  /** Begins a request's use of the present site; null when there is none. */
  @Nullable Use begin() {
    for (Shared shared = present; shared != null; shared = present) {
      // Fails only if the site has been replaced since it was looked up.
      if (shared.enter()) {
        return new Use(shared);
      }
    }
    return null;
  }

  /** The present site; null when there is none. */
  @Nullable Site site() {
    Shared shared = present;
    return shared == null ? null : shared.site;
  }

  /** Lets all later requests begin with another site. Called by one thread at a time. */
  void replaceBy(Site next) {
    Shared before = present;
    present = new Shared(next);
    try {
      next.succeed(before == null ? null : before.site);
    } finally {
      if (before != null) {
        before.retire();
      }
    }
  }

  /** How many replaced sites still have requests under way. */
  int draining() {
    return replaced.size();
  }

  /**
   * Ends: there is no site from now on. All are closed at once, since a container that stops does
   * not tell the end of every asynchronous request; what is under way is still answered.
   */
  @Override
  public void close() {
    Shared last = present;
    present = null;
    if (last != null) {
      last.retire();
    }
    replaced.forEach(shared -> shared.site.close());
    replaced.clear();
  }
}
