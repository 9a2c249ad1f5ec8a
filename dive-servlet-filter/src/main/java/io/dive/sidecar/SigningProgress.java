// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

/**
 * Hears how far a signing run is. Called from its threads, one at a time, once for all files that
 * were found signed, then after every file and every piece of about 1 MiB; must be quick.
 */
@FunctionalInterface
public interface SigningProgress {
  /** Hears and does nothing. */
  SigningProgress NONE = progress -> {};

  /**
   * How far the run is.
   *
   * @param bytesDone bytes of files done and of pieces read; unchanged files count whole
   */
  record Snapshot(long filesDone, long filesTotal, long bytesDone, long bytesTotal) {}

  /** Called with the present state. */
  void advanced(Snapshot progress);
}
