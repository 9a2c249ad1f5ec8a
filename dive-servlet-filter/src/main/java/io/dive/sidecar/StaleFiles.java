// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The files found stale last, for health. A file leaves when it is found fresh, or when its state
 * on disk is another than the one that was found stale. Safe for use by many threads.
 */
final class StaleFiles {
  private final int capacity;
  private final Map<Path, Noted> noted = new LinkedHashMap<>();
  private final AtomicLong total = new AtomicLong();
  private volatile boolean any;

  private record Noted(Object question, FileState state, StaleFile file) {}

  StaleFiles(int capacity) {
    this.capacity = capacity;
  }

  /** Adds a file; false if just this was noted before. */
  boolean note(Object question, FileState state, StaleFile file) {
    synchronized (noted) {
      Noted before = noted.get(file.file());
      if (before != null && before.question().equals(question)) {
        return false;
      }
      noted.remove(file.file()); // to stand last
      noted.put(file.file(), new Noted(question, state, file));
      if (noted.size() > capacity) {
        noted.remove(noted.keySet().iterator().next());
      }
      any = true;
    }
    total.incrementAndGet();
    return true;
  }

  /** Removes a file that is fresh now. */
  void clear(Path file) {
    if (any) { // most servers have none, and this stands on the path of every request
      synchronized (noted) {
        noted.remove(file);
        any = !noted.isEmpty();
      }
    }
  }

  List<StaleFile> list() {
    List<Noted> candidates;
    synchronized (noted) {
      candidates = List.copyOf(noted.values());
    }
    candidates.stream().filter(StaleFiles::hasChanged).forEach(this::remove);
    synchronized (noted) {
      return noted.values().stream().map(Noted::file).toList();
    }
  }

  private void remove(Noted candidate) {
    synchronized (noted) {
      noted.remove(candidate.file().file(), candidate);
      any = !noted.isEmpty();
    }
  }

  private static boolean hasChanged(Noted candidate) {
    try {
      return !FileState.read(candidate.file().file()).equals(candidate.state());
    } catch (IOException e) {
      return true;
    }
  }

  long total() {
    return total.get();
  }
}
