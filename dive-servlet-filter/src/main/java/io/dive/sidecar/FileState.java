// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;

/**
 * What tells one state of a file on disk from another (decision 19).
 *
 * @param fileKey the system's identity of the file, empty where it has none
 */
record FileState(long size, FileTime modified, Optional<Object> fileKey) {
  static FileState of(BasicFileAttributes attributes) {
    return new FileState(
        attributes.size(),
        attributes.lastModifiedTime(),
        Optional.ofNullable(attributes.fileKey()));
  }

  /** The present state, following symbolic links. */
  static FileState read(Path file) throws IOException {
    return of(FileAttributes.read(file));
  }
}
