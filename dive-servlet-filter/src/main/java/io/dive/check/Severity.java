// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

/** How much a finding matters. */
public enum Severity {
  /** As it should be. */
  OK,
  /** Works, and something should be mended before it stops working. */
  WARNING,
  /** A DIVE client refuses downloads, or will not verify them at all. */
  ERROR
}
