// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

/** Carries the verdict on an unusable document out of its parser; never leaves this package. */
final class RejectedException extends Exception {
  private final transient Unusable verdict;

  RejectedException(UnusableReason reason, String sentence) {
    // A verdict, not a fault: no stack trace.
    super(sentence, null, false, false);
    this.verdict = new Unusable(reason, sentence);
  }

  Unusable verdict() {
    return verdict;
  }
}
