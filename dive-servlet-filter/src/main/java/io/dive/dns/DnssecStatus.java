// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

/**
 * What DNSSEC says of an answer that could be judged (RFC 4033 §5). The fourth state, bogus, is a
 * failure: see {@link TxtAnswer.Failed}.
 */
public enum DnssecStatus {
  /** A chain of trust leads from an anchor to the answer. */
  SECURE,
  /** It is proven, from an anchor, that the answer's zone is not signed. */
  INSECURE,
  /** No anchor covers the name, so nothing can be said. */
  INDETERMINATE
}
