// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;

/**
 * DNS records with the time they were stored, each for as long as its {@code cache} member says
 * (drafts, Cache Management). The entry used least recently gives way to a new one. Safe for use by
 * many threads.
 */
final class RecordCache<K, V> {
  /** A record and when it was stored. */
  record Stored<V>(V value, Instant storedAt, Instant expires) {}

  private static final int MAX_ENTRIES = 4096;
  private static final float LOAD_FACTOR = 0.75f;

  private final Clock clock;
  private final Map<K, Stored<V>> entries =
      new LinkedHashMap<>(16, LOAD_FACTOR, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, Stored<V>> eldest) {
          return size() > MAX_ENTRIES;
        }
      };

  RecordCache(Clock clock) {
    this.clock = clock;
  }

  /** What is stored and has not expired. */
  synchronized Optional<V> get(K key) {
    Stored<V> stored = entries.get(key);
    if (stored != null && !clock.instant().isBefore(stored.expires())) {
      entries.remove(key);
      return Optional.empty();
    }
    return Optional.ofNullable(stored).map(Stored::value);
  }

  /** Stores for a time; a time of zero stores nothing. */
  synchronized void put(K key, V value, Duration time) {
    Instant now = clock.instant();
    if (time.isZero()) {
      entries.remove(key);
    } else {
      entries.put(key, new Stored<>(value, now, now.plus(time)));
    }
  }

  synchronized void remove(K key) {
    entries.remove(key);
  }

  /** Removes the entries whose key and storage time match. */
  synchronized void removeIf(BiPredicate<K, Instant> condition) {
    entries.entrySet().removeIf(e -> condition.test(e.getKey(), e.getValue().storedAt()));
  }
}
