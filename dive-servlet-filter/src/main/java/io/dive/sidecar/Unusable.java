// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static java.util.Objects.requireNonNull;

/**
 * Stored signatures that are there and cannot be used; never a reason to fail a request.
 *
 * @param sentence what is wrong and what to do, for a log or a health page; free of control
 *     characters
 */
public record Unusable(UnusableReason reason, String sentence)
    implements ParsedSidecar, SidecarStore.Outcome {
  /** No component may be null. */
  public Unusable {
    requireNonNull(reason, "reason");
    requireNonNull(sentence, "sentence");
  }
}
