// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.ConfigException;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.settings.DiveSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts settings to work: at the start, when their files change, and on demand. New ones are opened
 * whole beside the site at work, which they replace in one step or not at all. Safe for use by many
 * threads; they take turns.
 */
final class Reloader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Reloader.class);

  /** For files that are written at this very moment. */
  private static final int ATTEMPTS = 3;

  private final LiveSite live;
  private final Site.Surroundings surroundings;
  private final ScheduledExecutorService executor;
  private final Refusals refusals;
  private SettingsSource source;
  private @Nullable Fingerprint atWork;
  private @Nullable Fingerprint lastSeen;

  /** The settings last read that are not at work, and the state of all files then. */
  private @Nullable DiveSettings refused;

  private @Nullable Fingerprint tried;
  private @Nullable Future<?> nextLook;
  private boolean closed;
  private volatile Instant loadedAt = Instant.EPOCH;

  /** Nothing is at work yet. */
  Reloader(LiveSite live, SettingsSource source, Site.Surroundings surroundings) {
    this.live = live;
    this.source = source;
    this.surroundings = surroundings;
    this.refusals = new Refusals(surroundings.metrics(), surroundings.clock());
    this.executor =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "dive-reload");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Puts the first settings to work and begins to look at their files.
   *
   * @throws DiveException if they cannot be used
   */
  synchronized void start() throws DiveException {
    putToWork(source);
    scheduleLook();
  }

  /**
   * Reads the settings anew and puts them to work, changed or not.
   *
   * @throws DiveException if they cannot be used; those before stay at work
   */
  void reload() throws DiveException {
    reload(null);
  }

  /**
   * The same with other settings, which from then on are the ones to reload.
   *
   * @throws DiveException if they cannot be used; those before stay at work
   */
  synchronized void reload(@Nullable SettingsSource other) throws DiveException {
    if (closed) {
      throw new ConfigException(ErrorCode.SETTING_INVALID, "", "the filter has stopped");
    }
    try {
      putToWork(other == null ? source : other);
      surroundings.metrics().reloaded(true);
    } catch (DiveException e) {
      refusals.addDemanded(e, tried);
      throw e;
    } finally {
      scheduleLook();
    }
  }

  /**
   * Looks at the files. What differs from the settings at work and is the same as at the look
   * before is put to work. What was read and refused is tried again when one of its files has
   * changed, and after pauses, since DNS or a directory may have been put right.
   */
  synchronized void look() {
    Site site = live.site();
    if (closed || site == null) {
      return;
    }
    if (source.fingerprint(site.settings()).equals(atWork)) {
      refused = null;
      lastSeen = atWork;
      if (refusals.clear()) {
        LOG.info("The settings are again the ones at work; nothing is refused any more");
      }
      return;
    }
    Fingerprint seen = watched(site);
    boolean stable = seen.equals(lastSeen);
    lastSeen = seen;
    // What could not even be read is read again at each look, which costs little.
    if (stable && (refused == null || refusals.permit(seen))) {
      try {
        putToWork(source);
        surroundings.metrics().reloaded(true);
        LOG.info("The settings have changed; responses are signed by the new ones");
      } catch (DiveException e) {
        refusals.add(e, tried);
      }
    }
  }

  /** The state of the settings' files: of those at work, and of those that were refused. */
  private Fingerprint watched(Site site) {
    DiveSettings other = refused;
    return other == null
        ? source.fingerprint(site.settings())
        : source.fingerprint(site.settings(), other);
  }

  private void putToWork(SettingsSource from) throws DiveException {
    Site previous = live.site();
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Fingerprint fileBefore = from.fingerprint();
      DiveSettings settings = read(from);
      Fingerprint before = from.fingerprint(settings);
      Site next = Site.open(settings, surroundings, previous);
      if (fileBefore.agreesWith(before) && before.equals(from.fingerprint(settings))) {
        source = from;
        atWork = before;
        lastSeen = before;
        refused = null;
        refusals.clear();
        loadedAt = surroundings.clock().instant();
        live.replaceBy(next);
        surroundings.metrics().loaded(loadedAt);
        return;
      }
      next.closeUnused(previous);
    }
    throw new ConfigException(
        ErrorCode.SETTING_INVALID, "", "the settings' files change while they are read; try again");
  }

  /** Reads, and remembers what was read in case it is refused. */
  private DiveSettings read(SettingsSource from) throws DiveException {
    refused = null;
    tried = null;
    Site site = live.site();
    if (site == null || !from.equals(source)) {
      return from.reading().read(); // its files are not the ones that are looked at
    }
    Fingerprint before = watched(site);
    tried = before;
    lastSeen = before;
    DiveSettings settings = from.reading().read();
    refused = settings;
    Fingerprint all = watched(site);
    lastSeen = all;
    tried = before.agreesWith(all) ? all : null; // or what was read is not what is there
    return settings;
  }

  private void scheduleLook() {
    Future<?> scheduled = nextLook;
    if (scheduled != null) {
      scheduled.cancel(false);
      nextLook = null;
    }
    Site site = live.site();
    Optional<Duration> interval =
        site == null || closed ? Optional.empty() : site.settings().reloadInterval();
    interval.ifPresent(
        pause ->
            nextLook = executor.schedule(this::lookAgain, pause.toMillis(), TimeUnit.MILLISECONDS));
  }

  private synchronized void lookAgain() {
    try {
      look();
    } catch (RuntimeException e) {
      // The executor would silently end the looks.
      LOG.error("Looking at the settings failed; it will be tried again", e);
    }
    scheduleLook();
  }

  /** When the settings at work were read. */
  Instant loadedAt() {
    return loadedAt;
  }

  /** Why the latest settings are not at work; empty when they are. */
  Optional<Refusals.Refusal> refusal() {
    return refusals.latest();
  }

  /**
   * The state of the settings for the health answer. Never down: what is at work goes on, and
   * taking the server out of rotation would help nobody. The message stays in the log, since it has
   * paths.
   */
  HealthCheck health() {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("loaded-at", HealthCheck.seconds(loadedAt));
    data.put("replaced-and-in-use", live.draining());
    refusal()
        .ifPresent(
            refusal -> {
              data.put("severity", "WARNING");
              data.put("code", refusal.code().token());
              data.put("refused-at", HealthCheck.seconds(refusal.at()));
              data.put(
                  "sentence",
                  "the changed settings cannot be used, those before stay at work; the log has the"
                      + " reasons");
            });
    return new HealthCheck("dive-settings", true, data);
  }

  /** Waits for a reload under way, stops looking, and ends the site. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      scheduleLook();
      live.close();
    }
    executor.shutdown();
  }
}
