// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import io.dive.dns.RecordChange;
import java.util.HashSet;
import java.util.Set;

/**
 * What was said and asked for in this process, so that attempts which repeat a step do not repeat
 * that. For one thread.
 */
final class Said {
  private final RotationListener listener;
  private final Set<Object> started = new HashSet<>();
  private final Set<Object> done = new HashSet<>();
  private final Set<RecordChange> requested = new HashSet<>();

  Said(RotationListener listener) {
    this.listener = listener;
  }

  /**
   * Says that something is begun.
   *
   * @param thing equal for what is said once
   */
  void starting(Object thing, String action) {
    if (started.add(thing)) {
      listener.starting(action);
    }
  }

  /** Says that something is done. */
  void done(Object thing, String action) {
    if (done.add(thing)) {
      listener.done(action);
    }
  }

  /** Whether a change was made, or asked for. */
  boolean hasRequested(RecordChange change) {
    return requested.contains(change);
  }

  void requested(RecordChange change) {
    requested.add(change);
  }
}
