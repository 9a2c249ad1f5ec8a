// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Paths at which there was no file a moment ago, most often those of servlets: to find that out
 * takes as long as all else that is done for them. As many as there is room for, the latest of
 * those that would stand at the same place. Safe for use by many threads.
 */
final class AbsentPaths {
  private static final int SLOTS = 1_024; // a power of two

  private final AtomicReferenceArray<Absent> slots = new AtomicReferenceArray<>(SLOTS);

  private record Absent(String path, long nanos) {}

  private static int slot(String path) {
    int hash = path.hashCode();
    return (hash ^ (hash >>> 16)) & (SLOTS - 1);
  }

  /** There is no file there. */
  void note(String path, long nanos) {
    slots.set(slot(path), new Absent(path, nanos));
  }

  /** Whether that was said after a moment; false where it was forgotten. */
  boolean isNotedSince(String path, long nanos) {
    Absent absent = slots.get(slot(path));
    return absent != null && absent.nanos() - nanos > 0 && absent.path().equals(path);
  }
}
