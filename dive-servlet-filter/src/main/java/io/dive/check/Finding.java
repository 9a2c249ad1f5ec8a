// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static java.util.Objects.requireNonNull;

/**
 * One thing a check found.
 *
 * @param subject the host, DNS name or URL it is about
 * @param sentence what was found, and what was expected where that differs
 * @param remedy what to do, record lines to publish included; empty where nothing needs doing
 */
public record Finding(FindingCode code, String subject, String sentence, String remedy) {
  /** No component may be null. */
  public Finding {
    requireNonNull(code, "code");
    requireNonNull(subject, "subject");
    requireNonNull(sentence, "sentence");
    requireNonNull(remedy, "remedy");
  }

  /** A finding that asks for nothing. */
  static Finding ok(FindingCode code, String subject, String sentence) {
    return new Finding(code, subject, sentence, "");
  }

  /** How much it matters. */
  public Severity severity() {
    return code.severity();
  }
}
