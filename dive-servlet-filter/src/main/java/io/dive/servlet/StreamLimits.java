// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/**
 * How mode {@code stream} treats a response: how much of it is held back, where, and what happens
 * beyond that.
 *
 * @param memoryBytes most bytes of one body held in memory; a longer one moves to a file
 * @param limitBytes longest body held at all, at least {@code memoryBytes}
 * @param overflow what happens to a longer body, or when the temporary space is used up
 * @param tempDir an existing directory for the files
 * @param tempSpaceBytes most bytes in the files of all responses together; 0 for no files
 * @param signingFailure what happens when the signer or a temporary file fails
 * @param noTransform whether signed responses forbid proxies to change them (decision 16)
 */
record StreamLimits(
    int memoryBytes,
    long limitBytes,
    OverflowAction overflow,
    Path tempDir,
    long tempSpaceBytes,
    SigningFailureAction signingFailure,
    boolean noTransform) {

  /** What happens to a body that cannot be held. */
  enum OverflowAction {
    /** It goes out without the fields. */
    UNSIGNED,
    /** The fields follow as trailers where the protocol has them, else as {@link #UNSIGNED}. */
    TRAILER,
    /** The client gets status 500. */
    FAIL
  }

  /** What happens to a body that should have been signed and could not be. */
  enum SigningFailureAction {
    /** It goes out without the fields. */
    UNSIGNED,
    /** The client gets status 500. */
    FAIL
  }

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is negative or the limit is below the memory
   */
  StreamLimits {
    requireNonNull(overflow, "overflow");
    requireNonNull(tempDir, "tempDir");
    requireNonNull(signingFailure, "signingFailure");
    if (memoryBytes < 0 || tempSpaceBytes < 0) {
      throw new IllegalArgumentException("memoryBytes and tempSpaceBytes cannot be negative");
    }
    if (limitBytes < memoryBytes) {
      throw new IllegalArgumentException(
          "limitBytes (%d) is below memoryBytes (%d)".formatted(limitBytes, memoryBytes));
    }
  }
}
