// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The scan of one directory: a listing, then a look at each file together with its sidecar, by
 * several threads where there are many, and a look at what else is named like a sidecar.
 */
final class DirectoryScan {
  private static final int SLICE = 1000;
  private static final long NO_FILE = -1;

  /** What stands for bytes that the locale cannot read. */
  private static final char UNREADABLE = '\uFFFD';

  /** What is not named like a sidecar, and what is in the place of its sidecar, if anything is. */
  private record Entry(Path path, @Nullable Path sidecar) {}

  private final TreeScan scan;
  private final Path directory;

  DirectoryScan(TreeScan scan, Path directory) {
    this.scan = scan;
    this.directory = directory;
  }

  /** For scanning threads. */
  void list() {
    List<Path> files = new ArrayList<>();
    // By the text of the file's path, which a path keeps: to make the sidecar's path of each file
    // takes longer than to list the directory.
    Map<String, Path> sidecars = new HashMap<>();
    List<Path> others = new ArrayList<>();
    try (DirectoryStream<Path> listing = Files.newDirectoryStream(directory)) {
      for (Path path : listing) {
        if (scan.steps.isStopped()) {
          return;
        }
        String text = path.toString();
        if (text.endsWith(Sidecar.SUFFIX)) {
          int length = text.length() - Sidecar.SUFFIX.length();
          Path sameText = sidecars.put(text.substring(0, length), path);
          if (sameText != null) { // in bytes that are not of the locale
            others.add(sameText);
          }
        } else {
          files.add(path);
        }
      }
    } catch (DirectoryIteratorException e) {
      scan.fail(directory, requireNonNull(e.getCause()));
    } catch (IOException e) {
      scan.fail(directory, e);
    }
    List<Entry> entries = new ArrayList<>(files.size());
    for (Path file : files) {
      String text = file.toString();
      // Names that the locale cannot read may have the text of others.
      entries.add(new Entry(file, text.indexOf(UNREADABLE) < 0 ? sidecars.remove(text) : null));
    }
    for (int from = SLICE; from < entries.size(); from += SLICE) {
      List<Entry> slice = entries.subList(from, Math.min(entries.size(), from + SLICE));
      scan.steps.add(() -> look(slice));
    }
    look(entries.subList(0, Math.min(entries.size(), SLICE)));
    others.forEach(this::lookAtOther);
    sidecars.values().forEach(this::lookAtOther);
  }

  private void look(List<Entry> slice) {
    SidecarCheck check = scan.takeCheck();
    for (Entry entry : slice) {
      if (scan.steps.isStopped()) {
        return;
      }
      Path sidecar = entry.sidecar;
      if (!look(entry.path, sidecar, check) && sidecar != null) {
        lookAtOther(sidecar);
      }
    }
    scan.giveBack(check);
    scan.looked(slice.size());
  }

  /** Whether the sidecar is one, of a regular file. */
  private boolean look(Path path, @Nullable Path sidecar, SidecarCheck check) {
    try {
      BasicFileAttributes attributes = FileAttributes.read(path, LinkOption.NOFOLLOW_LINKS);
      if (attributes.isDirectory()) {
        scan.enter(path);
      } else if (attributes.isSymbolicLink()) {
        scan.links.add(path);
      } else if (!attributes.isRegularFile()) {
        scan.skipped.add(path);
      } else if (PendingSidecar.isTemporary(path)) {
        scan.removeLeftover(path);
      } else {
        return lookAtFile(path, attributes, sidecar, check);
      }
    } catch (NoSuchFileException e) {
      if (!PendingSidecar.isTemporary(path)) { // else of another run, and done
        scan.fail(path, e);
      }
    } catch (IOException e) {
      scan.fail(path, e);
    }
    return false;
  }

  /** Where the sidecar is not right, the signing tells why. */
  private boolean lookAtFile(
      Path file, BasicFileAttributes attributes, @Nullable Path sidecar, SidecarCheck check) {
    long sidecarBytes = sidecar == null ? NO_FILE : sizeOf(sidecar);
    boolean confirmed =
        sidecar != null
            && sidecarBytes != NO_FILE
            && check.confirms(sidecar, sidecarBytes, attributes);
    if (!scan.isNamed(file)) {
      if (confirmed) {
        scan.confirmedFiles.increment();
        scan.confirmedBytes.add(attributes.size());
      } else {
        scan.files.add(new TreeScan.Found(file, attributes.size()));
      }
    }
    return sidecarBytes != NO_FILE;
  }

  private static long sizeOf(Path sidecar) {
    try {
      BasicFileAttributes place = attributesOf(sidecar);
      return place.isRegularFile() ? place.size() : NO_FILE;
    } catch (IOException e) {
      return NO_FILE;
    }
  }

  private static BasicFileAttributes attributesOf(Path sidecar) throws IOException {
    return Files.readAttributes(sidecar, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  /** What is named like a sidecar and is not that of a regular file. */
  private void lookAtOther(Path sidecar) {
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
