// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * What was found wrong with files last, for health. A fault leaves when its file is found right, or
 * when what is on disk is no longer what it was found in. Safe for use by many threads.
 *
 * @param <F> what is told of a fault
 */
final class KnownFaults<F> {
  private static final int CAPACITY = 100;

  private final Map<Path, Noted<F>> noted = new LinkedHashMap<>();
  private volatile boolean any;

  private record Noted<F>(Path file, Object cause, BooleanSupplier stands, F fault) {}

  /**
   * Adds a fault.
   *
   * @param cause tells it from other faults of the same file
   * @param stands whether what is on disk is what it was found in; may do a little I/O
   * @return false if just this was noted before
   */
  boolean note(Path file, Object cause, BooleanSupplier stands, F fault) {
    synchronized (noted) {
      Noted<F> before = noted.get(file);
      if (before != null && before.cause().equals(cause)) {
        return false;
      }
      noted.remove(file); // to stand last
      noted.put(file, new Noted<>(file, cause, stands, fault));
      if (noted.size() > CAPACITY) {
        noted.remove(noted.keySet().iterator().next());
      }
      any = true;
    }
    return true;
  }

  /** Removes the fault of a file that is right now. */
  void clear(Path file) {
    if (any) { // most servers have none, and this stands on the path of every request
      synchronized (noted) {
        noted.remove(file);
        any = !noted.isEmpty();
      }
    }
  }

  /** Those that stand, at most 100, the latest last. */
  List<F> list() {
    List<Noted<F>> candidates;
    synchronized (noted) {
      candidates = List.copyOf(noted.values());
    }
    candidates.stream().filter(fault -> !fault.stands().getAsBoolean()).forEach(this::remove);
    synchronized (noted) {
      return noted.values().stream().map(Noted::fault).toList();
    }
  }

  private void remove(Noted<F> candidate) {
    synchronized (noted) {
      noted.remove(candidate.file(), candidate);
      any = !noted.isEmpty();
    }
  }
}
