// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

/**
 * Hears how far a signing run is: first how much of the trees it has looked at, then what it has
 * signed. Called from its threads, one at a time; must be quick.
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

  /**
   * Called while the trees are looked at, whose size nobody knows yet: after each directory, and in
   * long ones after every thousand entries.
   *
   * @param entries files and directories looked at so far, sidecars apart
   */
  default void looked(long entries) {}

  /**
   * Called with the present state: once for all files that were found signed, then after every file
   * and every piece of one.
   */
  void advanced(Snapshot progress);
}
