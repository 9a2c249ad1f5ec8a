// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import io.dive.protocol.Excerpt;
import io.dive.protocol.IoFault;
import io.dive.protocol.KeyMaterialException;
import io.dive.sidecar.SigningSummary.Reason;
import java.io.IOException;
import java.nio.file.Path;

/** One file's failure on its way to the summary; never leaves this package. */
final class SigningFailedException extends Exception {
  private final transient Reason reason;

  SigningFailedException(Reason reason, String sentence) {
    super(sentence, null, false, false);
    this.reason = reason;
  }

  /** A signer's own message says what to do. */
  SigningFailedException(Reason reason, String what, KeyMaterialException cause) {
    this(reason, what + ": " + Excerpt.of(String.valueOf(cause.getMessage())));
  }

  /** A file that cannot be read. */
  static SigningFailedException reading(Reason reason, String what, IOException cause) {
    return new SigningFailedException(reason, what + IoFault.reading(cause));
  }

  /** A file that cannot be written or deleted. */
  static SigningFailedException writing(Reason reason, String what, IOException cause) {
    return new SigningFailedException(reason, what + IoFault.writing(cause));
  }

  SigningSummary.Failure at(Path path) {
    return new SigningSummary.Failure(path, reason, String.valueOf(getMessage()));
  }
}
