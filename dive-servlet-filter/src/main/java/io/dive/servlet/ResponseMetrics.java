// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import com.github.benmanes.caffeine.cache.stats.CacheStats;
import io.dive.check.CheckReport;
import io.dive.protocol.KeyReference;
import io.dive.settings.Mode;
import java.time.Duration;
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
        public void checked(String name, CheckReport report) {}

        @Override
        public void keyAge(KeyReference key, Supplier<Duration> age) {}

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

  /** A cache to observe. */
  void cache(String name, Supplier<CacheStats> stats);

  /** A check has run. */
  void checked(String name, CheckReport report);

  /** A key file whose age to observe. */
  void keyAge(KeyReference key, Supplier<Duration> age);

  /** A sidecar that cannot be used was found. */
  void unusableSidecar();

  /** A file that does not match its sidecar was found. */
  void staleFile();

  /** Ends the observing. */
  @Override
  void close();
}
