// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.Excerpt;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says whether a file is still what its stored signatures were made for (decision 19). A verdict
 * holds for one state of the file (path, size, modification time, file key) and one digest; memory
 * for verdicts and work is bounded. Safe for use by many threads. Closing stops its thread; it goes
 * on answering, without hashing in the background.
 */
public final class FreshnessGuard implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FreshnessGuard.class);
  private static final int MAX_QUEUED = 10_000;
  private static final int BUFFER_BYTES = 256 * 1024;
  private static final long CLOSE_SECONDS = 5;

  /** How a file of the right size is compared: the values of {@code dive.sidecar.verify}. */
  public enum Mode {
    /** Assumed fresh until it has been hashed in the background, once for each state. */
    BACKGROUND("background"),
    /** Hashed once for each state, at full speed; the first requests wait for that. */
    FIRST("first"),
    /** Trusted. Where the store knows no size, everything is. */
    SIZE("size");

    private final String token;

    Mode(String token) {
      this.token = token;
    }

    /** The word in the settings. */
    public String token() {
      return token;
    }

    /** Finds by the word in the settings, exactly. */
    public static Optional<Mode> fromToken(String token) {
      requireNonNull(token, "token");
      return Arrays.stream(values()).filter(mode -> mode.token.equals(token)).findFirst();
    }
  }

  /**
   * The settings of a guard.
   *
   * @param bytesPerSecond how fast the background reads at most, at least 1
   * @param verdicts most verdicts remembered, at least 1; one takes about 300 bytes
   */
  public record Settings(Mode mode, long bytesPerSecond, long verdicts) {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public Settings {
      requireNonNull(mode, "mode");
      if (bytesPerSecond < 1 || verdicts < 1) {
        throw new IllegalArgumentException(
            "%d bytes per second, %d verdicts".formatted(bytesPerSecond, verdicts));
      }
    }
  }

  private record Question(Path file, FileState state, OptionalLong signedSize, BodyDigest digest) {}

  /**
   * A question to be decided.
   *
   * @param source where the signatures were found; empty where health cannot look whether it is
   *     still so
   */
  private record Task(Question question, Optional<SeenFile> source) {
    static Task of(Question question, SidecarStore store) {
      return new Task(question, store.source(question.file()).map(SeenFile::look));
    }

    /** Whether file and signatures are those of the question. */
    boolean stands() {
      try {
        return FileState.read(question.file()).equals(question.state())
            && source.stream().allMatch(SeenFile::isStillSo);
      } catch (IOException e) {
        return false;
      }
    }
  }

  private final Mode mode;
  private final ReadPace pace;
  private final SidecarListener listener;
  private final Clock clock;
  private final Cache<Question, CompletableFuture<Freshness>> verdicts;
  private final KnownFaults<StaleFile> staleFiles = new KnownFaults<>();
  private final AtomicLong staleCount = new AtomicLong();
  private final BlockingQueue<Task> queue;
  private final Optional<Thread> worker;

  /** Starts a guard, with its thread where the mode needs one. */
  public FreshnessGuard(Settings settings, SidecarListener listener, Clock clock) {
    this(settings, ReadPace.bytesPerSecond(settings.bytesPerSecond()), listener, clock);
  }

  FreshnessGuard(Settings settings, ReadPace pace, SidecarListener listener, Clock clock) {
    this.mode = settings.mode();
    this.pace = requireNonNull(pace, "pace");
    this.listener = requireNonNull(listener, "listener");
    this.clock = requireNonNull(clock, "clock");
    this.verdicts = Caffeine.newBuilder().maximumSize(settings.verdicts()).build();
    this.queue = new ArrayBlockingQueue<>((int) Math.min(MAX_QUEUED, settings.verdicts()));
    this.worker = mode == Mode.BACKGROUND ? Optional.of(startWorker()) : Optional.empty();
  }

  private Thread startWorker() {
    Thread thread = new Thread(this::hashQueued, "dive-freshness");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /**
   * Compares a file with its signatures. In mode {@code first} this may take as long as hashing the
   * file; otherwise it looks at the sidecar, once for each state of the file.
   *
   * @param attributes the file's own, just read by the caller with {@link FileAttributes#read}
   * @param store where the signatures were just found
   */
  public Freshness check(
      Path file, BasicFileAttributes attributes, StoredSignatures signatures, SidecarStore store) {
    Question question =
        new Question(
            file, FileState.of(attributes), signatures.fileSize(), signatures.body().digest());
    Freshness freshness = answer(question, store);
    if (freshness == Freshness.FRESH || (mode == Mode.SIZE && freshness != Freshness.STALE)) {
      staleFiles.clear(file);
    }
    return freshness;
  }

  private Freshness answer(Question question, SidecarStore store) {
    if (question.signedSize().orElse(question.state().size()) != question.state().size()) {
      noteStale(Task.of(question, store), StaleFile.Difference.SIZE);
      return Freshness.STALE;
    }
    Freshness freshness =
        switch (mode) {
          case SIZE -> Freshness.ASSUMED_FRESH;
          case FIRST -> await(verdict(question, store, this::decideNow));
          case BACKGROUND ->
              verdict(question, store, this::enqueue).getNow(Freshness.ASSUMED_FRESH);
        };
    if (freshness == Freshness.STALE) {
      // It was told; but its sidecar may have been written anew, with the same digest.
      Task task = Task.of(question, store);
      list(task, staleFile(task, StaleFile.Difference.DIGEST));
    }
    return freshness;
  }

  /** Takes up a question that no one has asked before. */
  private interface Start {
    void start(Task task, CompletableFuture<Freshness> verdict);
  }

  private CompletableFuture<Freshness> verdict(Question question, SidecarStore store, Start start) {
    CompletableFuture<Freshness> known = verdicts.getIfPresent(question);
    if (known != null) {
      return known;
    }
    CompletableFuture<Freshness> mine = new CompletableFuture<>();
    CompletableFuture<Freshness> other = verdicts.asMap().putIfAbsent(question, mine);
    if (other != null) {
      return other;
    }
    start.start(Task.of(question, store), mine);
    return mine;
  }

  private void enqueue(Task task, CompletableFuture<Freshness> verdict) {
    if (!queue.offer(task)) {
      verdicts.asMap().remove(task.question(), verdict); // a later request asks again
    }
  }

  private void decideNow(Task task, CompletableFuture<Freshness> verdict) {
    Freshness freshness = Freshness.UNDECIDED;
    try {
      freshness = compare(task.question(), new FileHasher(BUFFER_BYTES), ReadPace.UNLIMITED);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      settle(task, verdict, freshness);
    }
  }

  private static Freshness await(CompletableFuture<Freshness> verdict) {
    try {
      return verdict.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Freshness.UNDECIDED;
    } catch (ExecutionException e) {
      throw new IllegalStateException("verdicts are never completed with an exception", e);
    }
  }

  private void hashQueued() {
    FileHasher hasher = new FileHasher(BUFFER_BYTES);
    try {
      while (true) {
        Task task = queue.take();
        CompletableFuture<Freshness> verdict = verdicts.getIfPresent(task.question());
        if (verdict != null) {
          settle(task, verdict, compareSafely(task.question(), hasher));
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("{} ends", Thread.currentThread().getName());
    }
  }

  /** The boundary of the thread: one odd file must not end the watch over all others. */
  private Freshness compareSafely(Question question, FileHasher hasher)
      throws InterruptedException {
    try {
      return compare(question, hasher, pace);
    } catch (RuntimeException e) {
      LOG.error("Comparing {} failed", Excerpt.of(question.file().toString()), e);
      return Freshness.UNDECIDED;
    }
  }

  private Freshness compare(Question question, FileHasher hasher, ReadPace atPace)
      throws InterruptedException {
    Path file = question.file();
    Optional<BodyDigest> digest;
    try {
      digest = hasher.hash(file, question.state(), question.digest().algorithm(), atPace);
    } catch (IOException e) {
      LOG.debug("{} could not be hashed: {}", Excerpt.of(file.toString()), e.toString());
      digest = Optional.empty();
    }
    if (digest.isEmpty()) {
      return Freshness.UNDECIDED;
    }
    return digest.orElseThrow().equals(question.digest()) ? Freshness.FRESH : Freshness.STALE;
  }

  private void settle(Task task, CompletableFuture<Freshness> verdict, Freshness freshness) {
    Question question = task.question();
    switch (freshness) {
      case STALE -> noteStale(task, StaleFile.Difference.DIGEST);
      case FRESH -> staleFiles.clear(question.file());
      default -> verdicts.asMap().remove(question, verdict);
    }
    // Those who hold an undecided future of the background still go by the size.
    verdict.complete(
        freshness == Freshness.UNDECIDED && mode == Mode.BACKGROUND
            ? Freshness.ASSUMED_FRESH
            : freshness);
    listener.compared(question.file(), freshness);
  }

  private void noteStale(Task task, StaleFile.Difference difference) {
    StaleFile file = staleFile(task, difference);
    if (list(task, file)) {
      staleCount.incrementAndGet();
      LOG.warn(
          "{} is not the file that was signed (its {} differs); sign it again, or restore it",
          Excerpt.of(file.file().toString()),
          difference == StaleFile.Difference.SIZE ? "size" : "digest");
      listener.stale(file);
    }
  }

  private StaleFile staleFile(Task task, StaleFile.Difference difference) {
    return new StaleFile(task.question().file(), difference, clock.instant());
  }

  private boolean list(Task task, StaleFile file) {
    return staleFiles.note(file.file(), task, task::stands, file);
  }

  /**
   * The files found stale last, at most 100, the latest last. Reads the attributes of each and of
   * its sidecar, and leaves out those of which one has changed or gone since.
   */
  public List<StaleFile> staleFiles() {
    return staleFiles.list();
  }

  /**
   * How many times a file was found stale since the start, each of its states once, unless its
   * sidecar changed meanwhile.
   */
  public long staleCount() {
    return staleCount.get();
  }

  /** Stops the thread and waits a moment for its end. */
  @Override
  public void close() {
    worker.ifPresent(
        thread -> {
          thread.interrupt();
          try {
            thread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }
}
