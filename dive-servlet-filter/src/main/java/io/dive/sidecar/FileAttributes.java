// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
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
  private static final String NAMES =
      "unix:size,lastModifiedTime,lastAccessTime,creationTime,fileKey,isRegularFile,isDirectory,"
          + "isSymbolicLink,isOther,ctime";

  /** What tells one content of a file from another. */
  private record Key(Object file, FileTime changed) {}

  private final Map<String, Object> values;
  private final Optional<Object> key;

  private FileAttributes(Map<String, Object> values) {
    this.values = values;
    Object file = values.get("fileKey");
    this.key =
        file == null
            ? Optional.empty()
            : Optional.of(new Key(file, requireNonNull((FileTime) values.get("ctime"), "ctime")));
  }

  /**
   * Reads the attributes of a file, following symbolic links; where the file system has no change
   * time, they are the plain ones.
   *
   * @throws IOException if there is no such file, or it cannot be looked at
   */
  public static BasicFileAttributes read(Path file) throws IOException {
    return file.getFileSystem().supportedFileAttributeViews().contains(UNIX)
        ? new FileAttributes(Files.readAttributes(file, NAMES))
        : Files.readAttributes(file, BasicFileAttributes.class);
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

  private <T> T value(String name, Class<T> type) {
    return type.cast(requireNonNull(values.get(name), name));
  }

  @Override
  public FileTime lastModifiedTime() {
    return value("lastModifiedTime", FileTime.class);
  }

  @Override
  public FileTime lastAccessTime() {
    return value("lastAccessTime", FileTime.class);
  }

  @Override
  public FileTime creationTime() {
    return value("creationTime", FileTime.class);
  }

  @Override
  public boolean isRegularFile() {
    return value("isRegularFile", Boolean.class);
  }

  @Override
  public boolean isDirectory() {
    return value("isDirectory", Boolean.class);
  }

  @Override
  public boolean isSymbolicLink() {
    return value("isSymbolicLink", Boolean.class);
  }

  @Override
  public boolean isOther() {
    return value("isOther", Boolean.class);
  }

  @Override
  public long size() {
    return value("size", Long.class);
  }

  @Override
  public @Nullable Object fileKey() {
    return key.orElse(null);
  }
}
