// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.attribute.PosixFilePermission.GROUP_READ;
import static java.nio.file.attribute.PosixFilePermission.GROUP_WRITE;
import static java.nio.file.attribute.PosixFilePermission.OTHERS_READ;
import static java.nio.file.attribute.PosixFilePermission.OTHERS_WRITE;

import io.dive.protocol.ErrorCode;
import io.dive.protocol.IoFault;
import io.dive.protocol.KeyMaterialException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Collections;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/** Files that hold one key or one passphrase. */
final class SmallFile {
  /** The largest file that is read. */
  static final int MAX_BYTES = 64 * 1024;

  private static final Set<PosixFilePermission> FOR_OTHERS =
      Set.of(GROUP_READ, GROUP_WRITE, OTHERS_READ, OTHERS_WRITE);

  private SmallFile() {}

  /**
   * The content of a file whoever may read it.
   *
   * @throws KeyMaterialException with {@code KEY_FILE_UNREADABLE}
   */
  static byte[] read(Path path) throws KeyMaterialException {
    try {
      Path target = path.toRealPath();
      requireRegular(path, Files.readAttributes(target, BasicFileAttributes.class, NOFOLLOW_LINKS));
      return content(path, target);
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  /**
   * The content of a file that only its owner may read and write. Symbolic links are followed and
   * the file they lead to is judged. Java cannot ask for the permissions of an open file, so they
   * are looked at before and after, and the file must be the same one both times. Where the file
   * system knows no POSIX permissions they are not checked.
   *
   * @throws KeyMaterialException with {@code KEY_FILE_EXPOSED} or {@code KEY_FILE_UNREADABLE}
   */
  static byte[] readOwnerOnly(Path path) throws KeyMaterialException {
    try {
      Path target = path.toRealPath();
      PosixFileAttributeView view =
          Files.getFileAttributeView(target, PosixFileAttributeView.class, NOFOLLOW_LINKS);
      if (view == null) {
        return read(path);
      }
      PosixFileAttributes before = view.readAttributes();
      requireRegular(path, before);
      requireOwnerOnly(path, before);
      byte[] content = content(path, target);
      PosixFileAttributes after = view.readAttributes();
      requireOwnerOnly(path, after);
      if (!Objects.equals(before.fileKey(), after.fileKey())) {
        Arrays.fill(content, (byte) 0);
        throw new KeyMaterialException(
            ErrorCode.KEY_FILE_UNREADABLE, path + " was replaced while it was read; try again");
      }
      return content;
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  private static void requireRegular(Path path, BasicFileAttributes attributes)
      throws KeyMaterialException {
    // A pipe would block when opened.
    if (!attributes.isRegularFile()) {
      throw new KeyMaterialException(
          ErrorCode.KEY_FILE_UNREADABLE,
          "%s is %s; name the file itself"
              .formatted(path, attributes.isDirectory() ? "a directory" : "not a regular file"));
    }
  }

  private static void requireOwnerOnly(Path path, PosixFileAttributes attributes)
      throws KeyMaterialException {
    Set<PosixFilePermission> permissions = attributes.permissions();
    if (!Collections.disjoint(permissions, FOR_OTHERS)) {
      throw new KeyMaterialException(
          ErrorCode.KEY_FILE_EXPOSED,
          "%s has mode %s: group or others may read or write it; run: chmod 600 %s"
              .formatted(path, mode(permissions), path));
    }
  }

  private static String mode(Set<PosixFilePermission> permissions) {
    int bits = 0;
    for (char c : PosixFilePermissions.toString(permissions).toCharArray()) { // rwxr-x---
      bits = bits << 1 | (c == '-' ? 0 : 1);
    }
    return String.format(Locale.ROOT, "%04o", bits);
  }

  private static byte[] content(Path path, Path target) throws IOException, KeyMaterialException {
    try (FileChannel channel =
        FileChannel.open(target, Set.of(StandardOpenOption.READ, NOFOLLOW_LINKS))) {
      ByteBuffer buffer = ByteBuffer.allocate(MAX_BYTES + 1);
      while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
        // Until the end or the limit.
      }
      byte[] content = Arrays.copyOf(buffer.array(), buffer.position());
      Arrays.fill(buffer.array(), (byte) 0);
      if (content.length > MAX_BYTES) {
        Arrays.fill(content, (byte) 0);
        throw new KeyMaterialException(
            ErrorCode.KEY_FILE_UNREADABLE,
            "%s is larger than %d bytes, so it is no key file; name another file"
                .formatted(path, MAX_BYTES));
      }
      return content;
    }
  }

  private static KeyMaterialException unreadable(Path path, IOException e) {
    return new KeyMaterialException(
        ErrorCode.KEY_FILE_UNREADABLE, path + " " + IoFault.reading(e), e);
  }

  /**
   * Writes a new file that from its first moment only its owner may read and write, and makes it
   * durable. After a failure there is no file.
   *
   * @throws KeyMaterialException with {@code KEY_FILE_UNREADABLE} if there is something at the path
   *     already or the file cannot be written
   */
  static void createOwnerOnly(Path path, byte[] content) throws KeyMaterialException {
    create(path, content, "rw-------");
  }

  /** As {@link #createOwnerOnly}, but everybody may read it. */
  static void createReadable(Path path, byte[] content) throws KeyMaterialException {
    create(path, content, "rw-r--r--");
  }

  private static void create(Path path, byte[] content, String mode) throws KeyMaterialException {
    boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] permissions =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode))
            }
            : new FileAttribute<?>[0];
    boolean created = false;
    try {
      // CREATE_NEW is one system call (O_CREAT|O_EXCL with the mode): never overwrites, never
      // follows a link, never readable by others.
      try (FileChannel channel =
          FileChannel.open(
              path, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), permissions)) {
        created = true;
        ByteBuffer rest = ByteBuffer.wrap(content);
        while (rest.hasRemaining()) {
          channel.write(rest);
        }
        channel.force(true);
      }
      if (posix) {
        syncDirectory(path);
      }
    } catch (IOException e) {
      if (created) {
        discard(path, e);
      }
      throw unwritable(path, e);
    }
  }

  private static void syncDirectory(Path path) throws IOException {
    Path directory = path.toAbsolutePath().getParent();
    if (directory != null) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  /** Deletes a file after a failure. */
  static void discard(Path path, Exception because) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      because.addSuppressed(e);
    }
  }

  private static KeyMaterialException unwritable(Path path, IOException e) {
    return new KeyMaterialException(
        ErrorCode.KEY_FILE_UNREADABLE, path + " " + IoFault.writing(e), e);
  }
}
