// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import io.dive.protocol.DiveException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Files of which, after a crash at any moment, there is the old version or the new one, whole. */
final class DurableFile {
  private DurableFile() {}

  /** Judges a new version before it counts; it is in the same directory as the file. */
  @FunctionalInterface
  interface Check {
    void accept(Path written) throws DiveException;
  }

  /**
   * Replaces a file's content, or makes the file, readable for its owner only. A file that is there
   * keeps its permissions, its owner and, if it is a symbolic link, its place.
   */
  static void replace(Path file, byte[] content, Check check) throws IOException, DiveException {
    boolean exists = Files.exists(file);
    Path target = exists ? file.toRealPath() : file.toAbsolutePath();
    Path written = pending(target);
    Files.deleteIfExists(written);
    try {
      write(written, content);
      if (exists) {
        copyAccess(target, written);
      }
      check.accept(written);
      moveIntoPlace(written, target);
    } finally {
      Files.deleteIfExists(written);
    }
  }

  /** Where a new version grows; one name for all attempts, so that a crash leaves one at most. */
  static Path pending(Path file) {
    return file.resolveSibling("." + file.getFileName() + ".dive-new");
  }

  /** Makes a file that is on disk already the new version of another one. */
  static void moveIntoPlace(Path written, Path file) throws IOException {
    Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
    forceDirectory(file.toAbsolutePath());
  }

  private static void write(Path file, byte[] content) throws IOException {
    FileAttribute<?>[] ownerOnly =
        isPosix(file)
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    try (FileChannel channel =
        FileChannel.open(
            file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerOnly)) {
      ByteBuffer rest = ByteBuffer.wrap(content);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
      channel.force(true);
    }
  }

  private static boolean isPosix(Path file) {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  private static void copyAccess(Path from, Path to) throws IOException {
    copyOwner(from, to);
    if (isPosix(from)) {
      view(to).setPermissions(Files.getPosixFilePermissions(from));
    }
  }

  private static PosixFileAttributeView view(Path file) {
    return Files.getFileAttributeView(
        file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
  }

  /** Gives a file the owner and group of another one; its permissions stay. */
  static void copyOwner(Path from, Path to) throws IOException {
    if (!isPosix(from)) {
      return;
    }
    PosixFileAttributes wanted = Files.readAttributes(from, PosixFileAttributes.class);
    PosixFileAttributeView view = view(to);
    PosixFileAttributes have = view.readAttributes();
    if (!have.group().equals(wanted.group())) {
      view.setGroup(wanted.group());
    }
    if (!have.owner().equals(wanted.owner())) {
      view.setOwner(wanted.owner());
    }
  }

  private static void forceDirectory(Path file) throws IOException {
    Path directory = file.getParent();
    if (directory != null && isPosix(file)) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }
}
