// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import com.github.benmanes.caffeine.cache.stats.CacheStats;
import io.dive.check.CheckReport;
import io.dive.protocol.KeyReference;
import io.dive.settings.Mode;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** What is counted. Safe for use by many threads. */
interface ResponseMetrics extends AutoCloseable {
  /** Counts nothing. */
  ResponseMetrics NONE =
      new ResponseMetrics() {
        @Override
        public void answered(Mode mode, ResponseOutcome outcome) {}

        @Override
        public void uncovered() {}

        @Override
        public void digested(long bytes) {}

        @Override
        public void signed(Duration duration) {}

        @Override
        public void cache(String name, Supplier<CacheStats> stats) {}

        @Override
        public void checks(Set<String> names) {}

        @Override
        public void checked(String name, CheckReport report) {}

        @Override
        public void keyAges(Map<KeyReference, Supplier<Duration>> ages) {}

        @Override
        public void reloaded(boolean successful) {}

        @Override
        public void loaded(Instant at) {}

        @Override
        public void unusableSidecar() {}

        @Override
        public void staleFile() {}

        @Override
        public void close() {}
      };

  /** Those in Micrometer's global registry; none where Micrometer is not on the class path. */
  static ResponseMetrics standard() {
    try {
      Class.forName(
          "io.micrometer.core.instrument.Metrics", false, ResponseMetrics.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      return NONE;
    }
    return MicrometerMetrics.global();
  }

  /** A response of a rule. */
  void answered(Mode mode, ResponseOutcome outcome);

  /** A response that no rule or host covers. */
  void uncovered();

  /** Bytes of a body that went through the hash. */
  void digested(long bytes);

  /** The signing of one digest with all keys, from the cache or not. */
  void signed(Duration duration);

  /** A cache to observe, in the place of the one that had the name before. */
  void cache(String name, Supplier<CacheStats> stats);

  /** The checks there are, in the place of those before. */
  void checks(Set<String> names);

  /** One of the checks has run. */
  void checked(String name, CheckReport report);

  /** The key files whose age to observe, in the place of those before. */
  void keyAges(Map<KeyReference, Supplier<Duration>> ages);

  /** New settings took the place of others, or were refused. */
  void reloaded(boolean successful);

  /** When the settings at work were read. */
  void loaded(Instant at);

  /** A sidecar that cannot be used was found. */
  void unusableSidecar();

  /** A file that does not match its sidecar was found. */
  void staleFile();

  /** Ends the observing. */
  @Override
  void close();
}
