// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import io.dive.dns.DynamicUpdate;
import io.dive.dns.RecordChange;
import io.dive.protocol.DiveException;
import java.util.function.Consumer;

/**
 * Changes what DNS publishes, or has somebody do it. A rotation looks at the authoritative servers
 * afterwards, whatever a publisher says. Operators may bring their own.
 */
@FunctionalInterface
public interface RecordPublisher {
  /**
   * Makes a change, or asks for it; called again with the same change as long as a server does not
   * show it, so a change that is made already is nothing to do.
   *
   * @return whether the zone's primary has the change now; false if somebody else is to make it
   * @throws DiveException if it cannot be made; nothing foreign may have been changed
   */
  boolean publish(RecordChange change) throws DiveException;

  /** Publishes by dynamic update (RFC 2136). */
  static RecordPublisher updating(DynamicUpdate update) {
    return change -> {
      update.apply(change);
      return true;
    };
  }

  /** Says line by line what somebody has to publish, as lines of a zone file. */
  static RecordPublisher telling(Consumer<String> lines) {
    return change -> {
      change.removed().forEach(value -> lines.accept("remove  " + change.zoneFileLine(value)));
      change.added().forEach(value -> lines.accept("add     " + change.zoneFileLine(value)));
      return false;
    };
  }
}
