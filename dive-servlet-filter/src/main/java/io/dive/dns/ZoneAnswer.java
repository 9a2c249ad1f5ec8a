// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.ErrorCode;
import java.util.List;

/** What {@link Authorities#find} finds for a name. */
public sealed interface ZoneAnswer {
  /**
   * The zone and its servers.
   *
   * @param withoutAddress names of NS records for which no address was found
   */
  record Found(ZoneServers zone, List<String> withoutAddress) implements ZoneAnswer {
    /** Copies the list. */
    public Found {
      requireNonNull(zone, "zone");
      withoutAddress = List.copyOf(withoutAddress);
    }
  }

  /**
   * The zone or its servers were not found.
   *
   * @param code as in {@link TxtAnswer.Failed}
   * @param sentence what happened, for people
   */
  record Failed(ErrorCode code, String sentence) implements ZoneAnswer {
    /** No component may be null. */
    public Failed {
      requireNonNull(code, "code");
      requireNonNull(sentence, "sentence");
    }
  }
}
