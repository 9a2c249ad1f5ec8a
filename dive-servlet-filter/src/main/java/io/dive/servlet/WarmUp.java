// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.Excerpt;
import io.dive.settings.Mode;
import io.dive.sidecar.FileAttributes;
import io.dive.sidecar.ReadPace;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hashes the files of mode {@code static} once the filter has started, at a bounded rate, so that
 * no first request has to wait. Ends by itself when all files are known, or as many as the cache
 * may hold. Files behind symbolic links are left to the requests for them. Safe for use by many
 * threads.
 */
final class WarmUp implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);
  private static final Duration TOLD_EVERY = Duration.ofSeconds(30);
  private static final long CLOSE_SECONDS = 5;

  /** What a file costs at least, however small: bounds the files per second too. */
  private static final int BYTES_PER_FILE = 4096;

  private enum State {
    UNDER_WAY("under way"),
    DONE("done"),
    FULL("done, with as many files as dive.static.cache-entries allows"),
    STOPPED("stopped");

    private final String sentence;

    State(String sentence) {
      this.sentence = sentence;
    }
  }

  private final Collection<ActiveHost> hosts;
  private final StaticDigests digests;
  private final RecentChanges recentChanges;
  private final long mostFiles;
  private final ReadPace pace;
  private final Thread thread;
  private long toldAt;
  private volatile State state = State.UNDER_WAY;
  private final AtomicLong files = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();

  /**
   * A warm-up that has not begun.
   *
   * @param bytesPerSecond how fast it reads at most, at least 1
   * @param mostFiles after how many files it ends
   */
  WarmUp(
      Collection<ActiveHost> hosts,
      StaticDigests digests,
      RecentChanges recentChanges,
      long bytesPerSecond,
      long mostFiles) {
    this.hosts = List.copyOf(hosts);
    this.digests = requireNonNull(digests, "digests");
    this.recentChanges = requireNonNull(recentChanges, "recentChanges");
    this.pace = ReadPace.bytesPerSecond(bytesPerSecond);
    this.mostFiles = mostFiles;
    this.thread = new Thread(this::run, "dive-warm-up");
    thread.setDaemon(true);
  }

  /** Begins; called once. */
  void begin() {
    thread.start();
  }

  private void run() {
    long start = System.nanoTime();
    toldAt = start;
    State end = State.STOPPED;
    try {
      end = walkAll();
    } catch (InterruptedIOException e) {
      LOG.debug("{} ends", Thread.currentThread().getName());
    } catch (IOException | RuntimeException e) {
      LOG.error("The warm-up of mode static failed; files are hashed when they are asked for", e);
    } finally {
      state = end;
    }
    if (end != State.STOPPED) {
      LOG.info(
          "warm-up of mode static: {} after {} s; {} files with {} bytes are known",
          end.sentence,
          TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start),
          files,
          bytes);
    }
  }

  private State walkAll() throws IOException {
    List<ActiveRule> walked = new ArrayList<>();
    for (ActiveHost host : hosts) {
      for (ActiveRule rule : host.rules()) {
        if (rule.hasMode(Mode.STATIC) && !walked.contains(rule)) {
          walked.add(rule);
          Walk walk = new Walk(host, rule);
          Files.walkFileTree(walk.mapping.root(), walk);
          if (files.get() >= mostFiles) {
            return State.FULL;
          }
        }
      }
    }
    return State.DONE;
  }

  /** Through the files of a rule. */
  private final class Walk extends SimpleFileVisitor<Path> {
    private final ActiveHost host;
    private final ActiveRule rule;
    private final FileMapping mapping;

    Walk(ActiveHost host, ActiveRule rule) {
      this.host = host;
      this.rule = rule;
      this.mapping = rule.files().orElseThrow();
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes plain) throws IOException {
      if (plain.isRegularFile() && isServedBy(mapping.pathOf(file))) {
        try {
          warm(file, FileAttributes.read(file));
          pace.read(BYTES_PER_FILE);
        } catch (InterruptedException e) {
          throw new InterruptedIOException("the warm-up was stopped");
        }
        tellProgress();
      }
      return files.get() < mostFiles ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
    }

    private boolean isServedBy(String path) {
      return host.rule(path).filter(rule::equals).isPresent()
          && !(rule.hidesSidecars() && RuledAnswer.isSidecar(path));
    }

    /** By the first mode that knows the file, as for a request. */
    private void warm(Path file, BasicFileAttributes attributes) throws InterruptedException {
      for (ActiveRule.Source source : rule.sources()) {
        if (source.mode() == Mode.STATIC) {
          if (!recentChanges.look(file, attributes).isRecent()
              && digests.warm(file, attributes, pace)) {
            files.incrementAndGet();
            bytes.addAndGet(attributes.size());
          }
          return;
        }
        FileSignatures.Known known = source.signatures().find(file, attributes, host.keys());
        if (!(known instanceof FileSignatures.Absent)) {
          return;
        }
      }
    }

    private void tellProgress() {
      long now = System.nanoTime();
      if (now - toldAt >= TOLD_EVERY.toNanos()) {
        toldAt = now;
        LOG.info("warm-up of mode static: {} files with {} bytes so far", files, bytes);
      }
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) {
      LOG.debug("{} is left out: {}", Excerpt.of(file.toString()), e.toString());
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) {
      return FileVisitResult.CONTINUE;
    }
  }

  /** How far it is; never down, since files that are not known are hashed when asked for. */
  HealthCheck health() {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("sentence", state.sentence);
    data.put("files", files.get());
    data.put("bytes", bytes.get());
    return new HealthCheck("dive-warm-up", true, data);
  }

  /** Stops it and waits a moment for its end; may be repeated. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
