// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import io.dive.protocol.ErrorCode;
import io.dive.protocol.MalformedFieldException;

/** Carries the verdict on an unusable document out of its parser; never leaves this package. */
final class RejectedException extends Exception {
  private final transient Unusable verdict;

  RejectedException(UnusableReason reason, String sentence) {
    // A verdict, not a fault: no stack trace.
    super(sentence, null, false, false);
    this.verdict = new Unusable(reason, sentence);
  }

  /** For a document that is no JSON object. */
  static RejectedException of(MalformedFieldException cause) {
    return new RejectedException(
        cause.code() == ErrorCode.NOT_UTF8 ? UnusableReason.NOT_UTF8 : UnusableReason.NOT_JSON,
        String.valueOf(cause.getMessage()));
  }

  Unusable verdict() {
    return verdict;
  }
}
