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
   * @throws DiveException if it cannot be made; nothing foreign may have been changed
   */
  void publish(RecordChange change) throws DiveException;

  /** Whether changes are only asked for, so that somebody else makes them. */
  default boolean isByHand() {
    return false;
  }

  /**
   * Sees whether changes of a name could be made, before anything is done; changes nothing.
   *
   * @param owner a domain name without its final dot
   * @throws DiveException if they could not
   */
  default void requirePermission(String owner) throws DiveException {}

  /** Publishes by dynamic update (RFC 2136). */
  static RecordPublisher updating(DynamicUpdate update) {
    return new RecordPublisher() {
      @Override
      public void publish(RecordChange change) throws DiveException {
        update.apply(change);
      }

      @Override
      public void requirePermission(String owner) throws DiveException {
        update.requirePermission(owner);
      }
    };
  }

  /** Says what somebody has to publish. */
  static RecordPublisher telling(Consumer<RecordChange> somebody) {
    return new RecordPublisher() {
      @Override
      public void publish(RecordChange change) {
        somebody.accept(change);
      }

      @Override
      public boolean isByHand() {
        return true;
      }
    };
  }
}
