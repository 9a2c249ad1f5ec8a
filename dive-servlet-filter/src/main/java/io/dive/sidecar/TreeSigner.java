// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static java.util.Objects.requireNonNull;

import io.dive.key.Signer;
import io.dive.protocol.HashAlgorithm;
import io.dive.sidecar.SigningSummary.Failure;
import io.dive.sidecar.SigningSummary.Reason;
import io.dive.sign.SignedBody;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes sidecars for files and whole trees, for both drafts. What is signed already and has not
 * changed is left alone. At any moment, a crash included, a file has its old sidecar or its new
 * one; when a run returns, what it wrote is on the disk. Runs may be made one after the other, from
 * any thread.
 */
public final class TreeSigner {
  private static final int BUFFER_BYTES = 256 * 1024;

  /** Threads that wait for the disk, which writes several files together sooner than singly. */
  private static final int FLUSHING_THREADS = 8;

  /**
   * How to sign.
   *
   * @param force sign also what is unchanged, and replace what stands in a sidecar's place
   * @param prune delete sidecars whose file is gone
   * @param threads files hashed at the same time, at least 1
   */
  public record Options(boolean force, boolean prune, int threads) {
    /** Only what changed, deleting nothing, on all processors. */
    public static final Options DEFAULT =
        new Options(false, false, Runtime.getRuntime().availableProcessors());

    /**
     * Checks the number.
     *
     * @throws IllegalArgumentException if there is no thread
     */
    public Options {
      if (threads < 1) {
        throw new IllegalArgumentException(threads + " threads");
      }
    }
  }

  private final FileSigning signing;
  private final Semaphore processors;
  private final Options options;

  /**
   * A signer of trees.
   *
   * @param signers in signing order, the newest key first, 1 to {@link SignedBody#MAX_KEYS}
   * @throws IllegalArgumentException if there are too few or too many signers, or two share a Key
   *     ID
   */
  public TreeSigner(List<Signer> signers, HashAlgorithm hash, Options options) {
    this.options = requireNonNull(options, "options");
    this.processors = new Semaphore(options.threads());
    this.signing =
        new FileSigning(signers, requireNonNull(hash, "hash"), options.force(), processors);
  }

  /**
   * Signs files, and the files in directories; removes what an earlier run left behind when it was
   * interrupted.
   *
   * @throws InterruptedException if the calling thread is interrupted; every file has its old or
   *     its new sidecar then, but a new one may not outlast a power failure
   */
  public SigningSummary sign(List<Path> roots, SigningProgress progress)
      throws InterruptedException {
    TreeScan scan = TreeScan.of(roots, signing.checksum(), options.threads(), progress);
    Run run = new Run(scan, progress);
    if (!run.waiting.isEmpty()) {
      run.work();
    }
    List<Path> pruned = options.prune() ? run.prune(List.copyOf(scan.orphans)) : List.of();
    run.flushDirectories();
    List<Failure> failures = new ArrayList<>(scan.failures);
    failures.addAll(run.failures);
    return new SigningSummary(
        run.signed.get(),
        run.unchanged.get() + scan.confirmedFiles.sum(),
        failures,
        List.copyOf(scan.skipped),
        scan.orphans.stream().filter(orphan -> !pruned.contains(orphan)).toList(),
        pruned,
        run.meter.bytesHashed());
  }

  private final class Run {
    private final Queue<TreeScan.Found> waiting;
    private final ProgressMeter meter;
    private final AtomicLong signed = new AtomicLong();
    private final AtomicLong unchanged = new AtomicLong();
    private final Queue<Failure> failures = new ConcurrentLinkedQueue<>();
    private final Set<Path> directories = ConcurrentHashMap.newKeySet();

    Run(TreeScan scan, SigningProgress progress) {
      List<TreeScan.Found> files = new ArrayList<>(scan.files);
      // The largest first, so that no thread is left alone with it at the end; else neighbours.
      files.sort(
          Comparator.comparingLong(TreeScan.Found::size)
              .reversed()
              .thenComparing(TreeScan.Found::file));
      this.waiting = new ConcurrentLinkedQueue<>(files);
      long confirmed = scan.confirmedFiles.sum();
      long confirmedBytes = scan.confirmedBytes.sum();
      long bytes = files.stream().mapToLong(TreeScan.Found::size).sum();
      this.meter = new ProgressMeter(progress, confirmed + files.size(), confirmedBytes + bytes);
      if (confirmed > 0) {
        meter.found(confirmed, confirmedBytes);
      }
    }

    void work() throws InterruptedException {
      WorkingThreads.run(options.threads() + FLUSHING_THREADS, "dive-sign", this::signQueued);
      if (Thread.interrupted()) { // at the very end
        throw new InterruptedException("the signing run was cancelled");
      }
    }

    private void signQueued() {
      try {
        processors.acquire();
        try {
          FileHasher hasher = new FileHasher(BUFFER_BYTES);
          for (var next = waiting.poll(); next != null; next = waiting.poll()) {
            if (Thread.interrupted()) {
              return;
            }
            signOne(next.file(), next.size(), hasher);
          }
        } finally {
          processors.release();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private void signOne(Path file, long size, FileHasher hasher) throws InterruptedException {
      ProgressMeter.FileShare share = meter.share(size);
      try {
        FileSigning.Result result = signing.sign(file, hasher, share);
        (result == FileSigning.Result.SIGNED ? signed : unchanged).incrementAndGet();
        if (result == FileSigning.Result.SIGNED) {
          directories.add(Objects.requireNonNull(file.getParent()));
        }
      } catch (SigningFailedException e) {
        failures.add(e.at(file));
      } catch (InvalidPathException e) {
        failures.add(
            new SigningFailedException(
                    Reason.UNWRITABLE,
                    "its sidecar cannot be named, since its name is not of this locale; use a UTF-8"
                        + " locale, or rename what is not UTF-8")
                .at(file));
      }
      share.done();
    }

    List<Path> prune(List<Path> orphans) {
      List<Path> pruned = new ArrayList<>();
      for (Path orphan : orphans) {
        if (!TreeScan.isOrphan(orphan)) {
          continue; // its file has come back meanwhile
        }
        try {
          Files.deleteIfExists(orphan);
          pruned.add(orphan);
          directories.add(Objects.requireNonNull(orphan.getParent()));
        } catch (IOException e) {
          failures.add(
              SigningFailedException.writing(Reason.UNWRITABLE, "the orphan, to be deleted, ", e)
                  .at(orphan));
        }
      }
      return pruned;
    }

    /** A rename is durable when its directory is. Systems without such a flush need none. */
    void flushDirectories() {
      for (Path directory : directories) {
        if (!directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
          continue;
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
          channel.force(true);
        } catch (IOException e) {
          failures.add(
              SigningFailedException.writing(
                      Reason.UNWRITABLE, "the directory, to be flushed to the disk, ", e)
                  .at(directory));
        }
      }
    }
  }
}
