// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import java.nio.file.Path;

/**
 * Hears what meters and health need to know of stored signatures. Called on request threads and on
 * the guard's thread: implementations are quick, safe for use by many threads, and do not throw.
 */
public interface SidecarListener {
  /** Hears and does nothing. */
  SidecarListener NONE = new SidecarListener() {};

  /**
   * Stored signatures turned out unusable; once for each state of the sidecar on disk as long as
   * the store remembers it.
   *
   * @param source the sidecar, or the served file where the store has no file per file
   */
  default void unusable(Path source, Unusable verdict) {}

  /**
   * A file turned out not to be what was signed; once for each state of the file and its sidecar.
   */
  default void stale(StaleFile file) {}

  /** The guard has hashed a file, or could not. */
  default void compared(Path file, Freshness freshness) {}
}
