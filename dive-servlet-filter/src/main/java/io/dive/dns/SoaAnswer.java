// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.ErrorCode;
import java.time.Duration;
import org.xbill.DNS.Serial;

/** What one server says of its zone's state. Not validated: it tells versions apart, no more. */
public sealed interface SoaAnswer {
  /**
   * The zone's SOA record.
   *
   * @param serial an unsigned 32-bit number
   * @param negativeTtl how long resolvers remember that a name is absent (RFC 2308 §5)
   */
  record Found(long serial, Duration negativeTtl) implements SoaAnswer {
    /** No component may be null. */
    public Found {
      requireNonNull(negativeTtl, "negativeTtl");
    }

    /** Whether this state is older than the other (RFC 1982 §3.2). */
    public boolean isBehind(Found other) {
      return Serial.compare(serial, other.serial) < 0;
    }
  }

  /**
   * No SOA record of this zone.
   *
   * @param code as in {@link TxtAnswer.Failed}
   * @param sentence what happened, for people
   */
  record Failed(ErrorCode code, String sentence) implements SoaAnswer {
    /** No component may be null. */
    public Failed {
      requireNonNull(code, "code");
      requireNonNull(sentence, "sentence");
    }
  }
}
