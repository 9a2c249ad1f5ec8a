// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import io.dive.sidecar.SigningSummary.Failure;
import io.dive.sidecar.SigningSummary.Reason;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/**
 * Finds what is to be signed, directory by directory on several threads. Directories behind
 * symbolic links are not entered; a link to a regular file is signed where it leads to one inside
 * the trees, since it can be served under its own name. Files whose sidecar is right are only
 * counted, so that a tree of them needs no memory for each.
 *
 * <p>A scan ends before the first sidecar is written: it deletes leftovers, and opening a pending
 * sidecar of the same process would end its lock.
 */
final class TreeScan {
  /** A file to be signed, or looked at more closely. */
  record Found(Path file, long size) {}

  /** Each once, in no order. */
  final Queue<Found> files = new ConcurrentLinkedQueue<>();

  final LongAdder confirmedFiles = new LongAdder();
  final LongAdder confirmedBytes = new LongAdder();
  final Queue<Failure> failures = new ConcurrentLinkedQueue<>();
  final Set<Path> skipped = ConcurrentHashMap.newKeySet();
  final Set<Path> orphans = ConcurrentHashMap.newKeySet();

  final Queue<Path> links = new ConcurrentLinkedQueue<>();
  final ScanSteps steps;
  private final Optional<SidecarChecksum> checksum;
  private final Queue<SidecarCheck> idleChecks = new ConcurrentLinkedQueue<>();
  private final Set<Path> named = new HashSet<>();
  private final List<Path> trees = new ArrayList<>();
  private final List<Path> realTrees = new ArrayList<>();
  private final Set<Path> directories = ConcurrentHashMap.newKeySet();
  private final SigningProgress progress;
  private long looked;

  private TreeScan(Optional<SidecarChecksum> checksum, int threads, SigningProgress progress) {
    this.checksum = checksum;
    this.steps = new ScanSteps(threads);
    this.progress = progress;
  }

  /**
   * Scans files and trees.
   *
   * @param checksum what confirms a sidecar; empty if every file is to be signed
   * @throws InterruptedException if the calling thread is interrupted; no thread is left then
   */
  static TreeScan of(
      List<Path> roots, Optional<SidecarChecksum> checksum, int threads, SigningProgress progress)
      throws InterruptedException {
    TreeScan scan = new TreeScan(checksum, threads, progress);
    roots.forEach(root -> scan.add(root.toAbsolutePath().normalize()));
    if (!scan.trees.isEmpty()) {
      scan.trees.forEach(scan::enter);
      scan.steps.run();
    }
    scan.links.forEach(scan::addLink);
    if (Thread.interrupted()) { // at the very end
      throw new InterruptedException("the scan was cancelled");
    }
    return scan;
  }

  private void add(Path root) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(root, BasicFileAttributes.class);
      if (attributes.isDirectory()) {
        // A link that is named on the command line is meant to be entered.
        Path real = root.toRealPath();
        realTrees.add(real);
        trees.add(Files.isSymbolicLink(root) ? real : root);
      } else if (attributes.isRegularFile() && !nameOf(root).endsWith(Sidecar.SUFFIX)) {
        if (named.add(root)) {
          files.add(new Found(root, attributes.size()));
          removeLeftoversBeside(root);
        }
      } else {
        skipped.add(root);
      }
    } catch (IOException e) {
      fail(root, e);
    }
  }

  /** Has a directory scanned, unless it was already: trees may overlap. */
  void enter(Path directory) {
    if (directories.add(directory)) {
      steps.add(() -> new DirectoryScan(this, directory).list());
    }
  }

  /** A check for a scanning thread, which gives it back. */
  SidecarCheck takeCheck() {
    SidecarCheck idle = idleChecks.poll();
    return idle == null ? new SidecarCheck(checksum) : idle;
  }

  void giveBack(SidecarCheck check) {
    idleChecks.add(check);
  }

  /** So many more entries have been looked at. For scanning threads. */
  synchronized void looked(int entries) {
    looked += entries;
    progress.looked(looked);
  }

  /** Whether a file was named itself, so that it is found already. */
  boolean isNamed(Path file) {
    return named.contains(file);
  }

  private void removeLeftoversBeside(Path file) throws IOException {
    try (DirectoryStream<Path> siblings =
        Files.newDirectoryStream(
            Objects.requireNonNull(file.getParent()), PendingSidecar::isTemporary)) {
      for (Path leftover : siblings) {
        removeLeftover(leftover);
      }
    }
  }

  void removeLeftover(Path leftover) {
    try {
      PendingSidecar.deleteLeftover(leftover);
    } catch (IOException e) {
      failures.add(
          SigningFailedException.writing(
                  Reason.UNWRITABLE, "a leftover of an earlier run, to be deleted, ", e)
              .at(leftover));
    }
  }

  void fail(Path path, IOException e) {
    failures.add(SigningFailedException.reading(Reason.UNREADABLE, "", e).at(path));
  }

  static String nameOf(Path path) {
    return Objects.toString(path.getFileName(), "");
  }

  private void addLink(Path link) {
    try {
      Path target = link.toRealPath();
      if (Files.isRegularFile(target) && realTrees.stream().anyMatch(target::startsWith)) {
        if (!isNamed(link)) {
          files.add(new Found(link, Files.size(target)));
        }
        return;
      }
    } catch (IOException brokenOrCircular) {
      // Listed as skipped, like a link that leads out of the trees.
    }
    skipped.add(link);
  }

  static boolean isOrphan(Path sidecar) {
    try {
      return Files.notExists(Sidecar.fileOf(sidecar), LinkOption.NOFOLLOW_LINKS)
          && SidecarPlace.isSidecar(sidecar);
    } catch (InvalidPathException e) {
      return false; // Nobody can tell.
    }
  }
}
