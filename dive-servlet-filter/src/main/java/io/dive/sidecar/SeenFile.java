// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import java.nio.file.Path;

/** A file with stored signatures, in the state in which it was looked at. */
record SeenFile(Path path, FileState state) {
  static SeenFile look(Path path) {
    return new SeenFile(path, FileState.plain(path));
  }

  boolean isStillSo() {
    return FileState.plain(path).equals(state);
  }
}
