// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import io.dive.protocol.Excerpt;
import io.dive.sidecar.SigningSummary.Reason;
import java.nio.file.Path;

/** One file's failure on its way to the summary; never leaves this package. */
final class SigningFailedException extends Exception {
  private final transient Reason reason;

  SigningFailedException(Reason reason, String sentence) {
    super(sentence, null, false, false);
    this.reason = reason;
  }

  SigningFailedException(Reason reason, String what, Exception cause) {
    this(reason, what + ": " + Excerpt.of(cause.toString()));
  }

  SigningSummary.Failure at(Path path) {
    return new SigningSummary.Failure(path, reason, String.valueOf(getMessage()));
  }
}
