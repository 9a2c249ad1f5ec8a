// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;

/**
 * What tells one state of a file on disk from another (decision 19).
 *
 * @param fileKey the system's identity of the file, empty where it has none
 */
record FileState(long size, FileTime modified, Optional<Object> fileKey) {
  /** There is no file. */
  static final FileState GONE = none(-2);

  /** The attributes cannot be read. */
  static final FileState UNREADABLE = none(-1);

  private static FileState none(long size) {
    return new FileState(size, FileTime.from(Instant.EPOCH), Optional.empty());
  }

  static FileState of(BasicFileAttributes attributes) {
    return new FileState(
        attributes.size(),
        attributes.lastModifiedTime(),
        Optional.ofNullable(attributes.fileKey()));
  }

  /**
   * The present state without the change time, following symbolic links: what is in a sidecar is
   * not believed but held against the file.
   */
  static FileState plain(Path file) {
    try {
      return of(Files.readAttributes(file, BasicFileAttributes.class));
    } catch (NoSuchFileException e) {
      return GONE;
    } catch (IOException e) {
      return UNREADABLE;
    }
  }

  /** The present state, following symbolic links. */
  static FileState read(Path file) throws IOException {
    return of(FileAttributes.read(file));
  }
}
