// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

/** Whether a file is still what its stored signatures were made for (decision 19). */
public enum Freshness {
  /** It has been hashed in this state, and fits. */
  FRESH,
  /** Its size fits, and it has not been hashed in this state; the stored headers are served. */
  ASSUMED_FRESH,
  /** It does not fit. */
  STALE,
  /**
   * It had to be hashed before an answer, and could not be: it is unreadable, changed meanwhile, or
   * the thread was interrupted. Nothing is remembered. For this response, treat it as stale.
   */
  UNDECIDED
}
