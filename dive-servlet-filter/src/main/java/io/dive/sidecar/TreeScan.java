// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import io.dive.sidecar.SigningSummary.Failure;
import io.dive.sidecar.SigningSummary.Reason;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Finds what is to be signed. Directories behind symbolic links are not entered; a link to a
 * regular file is signed where it leads to one inside the trees, since it can be served under its
 * own name. For one thread.
 */
final class TreeScan {
  /** Files to sign with their sizes in bytes, each once. */
  final Map<Path, Long> files = new LinkedHashMap<>();

  final List<Failure> failures = new ArrayList<>();
  final List<Path> skipped = new ArrayList<>();
  final List<Path> orphans = new ArrayList<>();

  private final List<Path> links = new ArrayList<>();
  private final List<Path> sidecars = new ArrayList<>();
  private final List<Path> trees = new ArrayList<>();

  static TreeScan of(List<Path> roots) {
    TreeScan scan = new TreeScan();
    roots.forEach(root -> scan.add(root.toAbsolutePath().normalize()));
    scan.links.forEach(scan::addLink);
    scan.sidecars.stream()
        .filter(sidecar -> !scan.files.containsKey(fileOf(sidecar)) && isOrphan(sidecar))
        .forEach(scan.orphans::add);
    return scan;
  }

  private void add(Path root) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(root, BasicFileAttributes.class);
      if (attributes.isDirectory()) {
        // A link that is named on the command line is meant to be entered.
        Path tree = Files.isSymbolicLink(root) ? root.toRealPath() : root;
        trees.add(tree.toRealPath());
        Files.walkFileTree(tree, new Visitor());
      } else if (attributes.isRegularFile() && !nameOf(root).endsWith(Sidecar.SUFFIX)) {
        files.put(root, attributes.size());
        removeLeftoversBeside(root);
      } else {
        skipped.add(root);
      }
    } catch (IOException e) {
      fail(root, e);
    }
  }

  private void removeLeftoversBeside(Path file) throws IOException {
    try (DirectoryStream<Path> siblings =
        Files.newDirectoryStream(
            Objects.requireNonNull(file.getParent()),
            path -> PendingSidecar.isTemporary(nameOf(path)))) {
      for (Path leftover : siblings) {
        removeLeftover(leftover);
      }
    }
  }

  private void removeLeftover(Path leftover) {
    try {
      PendingSidecar.deleteLeftover(leftover);
    } catch (IOException e) {
      failures.add(
          SigningFailedException.writing(
                  Reason.UNWRITABLE, "a leftover of an earlier run, to be deleted, ", e)
              .at(leftover));
    }
  }

  private void fail(Path path, IOException e) {
    failures.add(SigningFailedException.reading(Reason.UNREADABLE, "", e).at(path));
  }

  private static String nameOf(Path path) {
    return Objects.toString(path.getFileName(), "");
  }

  private void addLink(Path link) {
    try {
      Path target = link.toRealPath();
      if (Files.isRegularFile(target) && trees.stream().anyMatch(target::startsWith)) {
        files.put(link, Files.size(target));
        return;
      }
    } catch (IOException brokenOrCircular) {
      // Listed as skipped, like a link that leads out of the trees.
    }
    skipped.add(link);
  }

  private static Path fileOf(Path sidecar) {
    String name = nameOf(sidecar);
    return sidecar.resolveSibling(name.substring(0, name.length() - Sidecar.SUFFIX.length()));
  }

  static boolean isOrphan(Path sidecar) {
    return Files.notExists(fileOf(sidecar), LinkOption.NOFOLLOW_LINKS)
        && SidecarPlace.isSidecar(sidecar);
  }

  private final class Visitor extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      String name = nameOf(file);
      if (attributes.isRegularFile() && PendingSidecar.isTemporary(name)) {
        removeLeftover(file);
      } else if (name.endsWith(Sidecar.SUFFIX)) {
        if (attributes.isRegularFile() && name.length() > Sidecar.SUFFIX.length()) {
          sidecars.add(file);
        }
      } else if (attributes.isRegularFile()) {
        files.put(file, attributes.size());
      } else if (attributes.isSymbolicLink()) {
        links.add(file);
      } else {
        skipped.add(file);
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) {
      fail(file, e);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) {
      if (e != null) {
        fail(directory, e);
      }
      return FileVisitResult.CONTINUE;
    }
  }
}
