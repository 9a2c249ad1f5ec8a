// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The scan of one directory: a listing, then a look at each file together with its sidecar, by
 * several threads where there are many, then a look at what else is named like a sidecar.
 */
final class DirectoryScan {
  private static final int SLICE = 1000;

  private final TreeScan scan;
  private final Path directory;
  private final List<Path> files = new ArrayList<>();

  /** What is named like a sidecar, less what was found to be that of a file. */
  private final Set<Path> sidecars = ConcurrentHashMap.newKeySet();

  private final AtomicInteger slices = new AtomicInteger();

  DirectoryScan(TreeScan scan, Path directory) {
    this.scan = scan;
    this.directory = directory;
  }

  /** For scanning threads. */
  void list() {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        if (scan.steps.isStopped()) {
          return;
        }
        if (entry.toString().endsWith(Sidecar.SUFFIX)) {
          sidecars.add(entry);
        } else {
          files.add(entry);
        }
      }
    } catch (DirectoryIteratorException e) {
      scan.fail(directory, requireNonNull(e.getCause()));
    } catch (IOException e) {
      scan.fail(directory, e);
    }
    int count = Math.max(1, (files.size() + SLICE - 1) / SLICE);
    slices.set(count);
    for (int i = 1; i < count; i++) {
      List<Path> slice = files.subList(i * SLICE, Math.min(files.size(), (i + 1) * SLICE));
      scan.steps.add(() -> look(slice));
    }
    look(files.subList(0, Math.min(files.size(), SLICE)));
  }

  private void look(List<Path> slice) {
    Optional<SidecarCheck> check = scan.checksum.map(SidecarCheck::new);
    for (Path file : slice) {
      if (scan.steps.isStopped()) {
        return;
      }
      try {
        look(file, FileAttributes.read(file, LinkOption.NOFOLLOW_LINKS), check);
      } catch (NoSuchFileException e) {
        if (!PendingSidecar.isTemporary(TreeScan.nameOf(file))) { // else of another run, and done
          scan.fail(file, e);
        }
      } catch (IOException e) {
        scan.fail(file, e);
      }
    }
    scan.looked(slice.size());
    if (slices.decrementAndGet() == 0) {
      sidecars.forEach(this::lookAtRemaining);
    }
  }

  private void look(Path file, BasicFileAttributes attributes, Optional<SidecarCheck> check) {
    if (attributes.isDirectory()) {
      scan.enter(file);
    } else if (attributes.isSymbolicLink()) {
      scan.links.add(file);
    } else if (!attributes.isRegularFile()) {
      scan.skipped.add(file);
    } else if (PendingSidecar.isTemporary(TreeScan.nameOf(file))) {
      scan.removeLeftover(file);
    } else {
      boolean confirmed = isConfirmed(file, attributes, check);
      if (scan.isNamed(file)) {
        return;
      }
      if (confirmed) {
        scan.confirmedFiles.increment();
        scan.confirmedBytes.add(attributes.size());
      } else {
        scan.files.add(new TreeScan.Found(file, attributes.size()));
      }
    }
  }

  /** Whether the sidecar is right. Where it is not, the signing tells why. */
  private boolean isConfirmed(
      Path file, BasicFileAttributes attributes, Optional<SidecarCheck> check) {
    try {
      Path sidecar = Sidecar.pathFor(file);
      if (!sidecars.contains(sidecar)) {
        return false;
      }
      BasicFileAttributes place = attributesOf(sidecar);
      if (!place.isRegularFile()) {
        return false;
      }
      sidecars.remove(sidecar);
      return check.isPresent() && check.orElseThrow().confirms(sidecar, place.size(), attributes);
    } catch (IOException | InvalidPathException e) {
      return false;
    }
  }

  private static BasicFileAttributes attributesOf(Path sidecar) throws IOException {
    return Files.readAttributes(sidecar, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  /** What is named like a sidecar and is not that of a regular file. */
  private void lookAtRemaining(Path sidecar) {
    if (scan.steps.isStopped()) {
      return;
    }
    try {
      BasicFileAttributes attributes = attributesOf(sidecar);
      if (attributes.isDirectory()) {
        scan.enter(sidecar);
      } else if (attributes.isRegularFile() && TreeScan.isOrphan(sidecar)) {
        scan.orphans.add(sidecar);
      }
    } catch (NoSuchFileException e) {
      return; // An orphan that another run has deleted.
    } catch (IOException e) {
      scan.fail(sidecar, e);
    }
  }
}
