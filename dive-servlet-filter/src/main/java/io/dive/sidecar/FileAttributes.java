// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of a file, read with one look, whose {@link #fileKey} also tells contents apart
 * that share size, modification time and inode: where the system has a change time (ctime), which
 * no program can set, it is part of the key. Immutable.
 */
public final class FileAttributes implements BasicFileAttributes {
  private static final String UNIX = "unix";
  private static final String NAMES = "unix:mode,size,lastModifiedTime,fileKey,ctime,ino";

  // POSIX leaves the values open; all Unix systems have these.
  private static final int TYPE = 0170000;
  private static final int REGULAR_FILE = 0100000;
  private static final int DIRECTORY = 0040000;
  private static final int SYMBOLIC_LINK = 0120000;

  /** What tells one content of a file from another. */
  private record Key(Object file, FileTime changed) {}

  private final int type;
  private final long size;
  private final long inode;
  private final FileTime modified;
  private final Key key;

  private FileAttributes(Map<String, Object> values) {
    this.type = value(values, "mode", Integer.class) & TYPE;
    this.size = value(values, "size", Long.class);
    this.inode = value(values, "ino", Long.class);
    this.modified = value(values, "lastModifiedTime", FileTime.class);
    this.key =
        new Key(value(values, "fileKey", Object.class), value(values, "ctime", FileTime.class));
  }

  private static <T> T value(Map<String, Object> values, String name, Class<T> type) {
    return type.cast(requireNonNull(values.get(name), name));
  }

  /**
   * Reads the attributes of a file, following symbolic links; where the file system has no change
   * time, they are the plain ones.
   *
   * @throws IOException if there is no such file, or it cannot be looked at
   */
  public static BasicFileAttributes read(Path file) throws IOException {
    return read(file, new LinkOption[0]);
  }

  /** Likewise, with the choice not to follow symbolic links. */
  static BasicFileAttributes read(Path file, LinkOption... options) throws IOException {
    return file.getFileSystem().supportedFileAttributeViews().contains(UNIX)
        ? new FileAttributes(Files.readAttributes(file, NAMES, options))
        : Files.readAttributes(file, BasicFileAttributes.class, options);
  }

  /** The state as a sidecar notes it; empty where the file system has no change time. */
  static Optional<Sidecar.SignedState> signedState(BasicFileAttributes attributes) {
    return attributes instanceof FileAttributes own
        ? Optional.of(
            new Sidecar.SignedState(
                own.modified.toInstant(), own.key.changed().toInstant(), own.inode))
        : Optional.empty();
  }

  /**
   * Whether two {@linkplain #fileKey file keys} are of the same file, whatever has happened to it
   * between.
   */
  public static boolean isSameFile(@Nullable Object key, @Nullable Object other) {
    if (key instanceof Key one && other instanceof Key two) {
      return one.file().equals(two.file());
    }
    return Objects.equals(key, other);
  }

  @Override
  public FileTime lastModifiedTime() {
    return modified;
  }

  /** Not read: the modification time. */
  @Override
  public FileTime lastAccessTime() {
    return modified;
  }

  /** Not read: the modification time. */
  @Override
  public FileTime creationTime() {
    return modified;
  }

  @Override
  public boolean isRegularFile() {
    return type == REGULAR_FILE;
  }

  @Override
  public boolean isDirectory() {
    return type == DIRECTORY;
  }

  @Override
  public boolean isSymbolicLink() {
    return type == SYMBOLIC_LINK;
  }

  @Override
  public boolean isOther() {
    return !isRegularFile() && !isDirectory() && !isSymbolicLink();
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public Object fileKey() {
    return key;
  }
}
