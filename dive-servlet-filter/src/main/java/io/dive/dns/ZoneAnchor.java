// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.ErrorCode;

/** Whether a zone has to be signed, and by which keys (RFC 8976 §4 step 1). */
public sealed interface ZoneAnchor {
  /**
   * The zone is signed.
   *
   * @param anchors of the zone itself: the configured ones, or its validated DS records
   */
  record Secure(TrustAnchors anchors) implements ZoneAnchor {
    /** No component may be null. */
    public Secure {
      requireNonNull(anchors, "anchors");
    }
  }

  /**
   * It is proven that nothing above the zone says how it is signed, so it may be as it likes.
   *
   * @param sentence what is proven, for people
   */
  record Insecure(String sentence) implements ZoneAnchor {
    /** No component may be null. */
    public Insecure {
      requireNonNull(sentence, "sentence");
    }
  }

  /**
   * Nothing is known.
   *
   * @param code as in {@link TxtAnswer.Failed}
   * @param sentence what happened, for people
   */
  record Failed(ErrorCode code, String sentence) implements ZoneAnchor {
    /** No component may be null. */
    public Failed {
      requireNonNull(code, "code");
      requireNonNull(sentence, "sentence");
    }
  }
}
