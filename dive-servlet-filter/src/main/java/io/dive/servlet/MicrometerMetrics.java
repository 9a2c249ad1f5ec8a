// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import com.github.benmanes.caffeine.cache.stats.CacheStats;
import io.dive.check.CheckReport;
import io.dive.protocol.KeyReference;
import io.dive.settings.DiveSettings;
import io.dive.settings.Mode;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Meters in Micrometer. Nothing else may refer to this class before Micrometer is known to be
 * there. All tag values are constants, whatever clients send.
 */
final class MicrometerMetrics implements ResponseMetrics {
  private static final String MODE = "mode";
  private static final String OUTCOME = "outcome";

  private final MeterRegistry registry;
  private final List<Meter> meters = new CopyOnWriteArrayList<>();
  private final Map<Mode, Map<ResponseOutcome, Counter>> responses = new EnumMap<>(Mode.class);
  private final Counter uncovered;
  private final Counter digestedBytes;
  private final Timer signing;
  private final Counter unusableSidecars;
  private final Counter staleFiles;
  private final FindingGauges findings;

  private final Counter reloads;
  private final Counter refusedReloads;
  private final AtomicLong loadedAtSeconds = new AtomicLong();
  private final Map<KeyReference, Meter> keyAges = new ConcurrentHashMap<>();

  /** Micrometer itself refers to them weakly. */
  private final Map<String, ObservedCache> observedCaches = new ConcurrentHashMap<>();

  /** Counts on when another cache takes the place of one. */
  private static final class ObservedCache {
    private CacheStats past = CacheStats.empty();
    private Supplier<CacheStats> present = CacheStats::empty;

    synchronized void replace(Supplier<CacheStats> next) {
      past = stats();
      present = next;
    }

    synchronized CacheStats stats() {
      return past.plus(present.get());
    }
  }

  MicrometerMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.findings = new FindingGauges(registry);
    for (Mode mode : Mode.values()) {
      Map<ResponseOutcome, Counter> byOutcome = new EnumMap<>(ResponseOutcome.class);
      for (ResponseOutcome outcome : ResponseOutcome.values()) {
        byOutcome.put(outcome, responses(DiveSettings.word(mode), outcome));
      }
      responses.put(mode, byOutcome);
    }
    uncovered = responses("none", ResponseOutcome.UNSIGNED);
    digestedBytes =
        kept(
            Counter.builder("dive.digested.bytes")
                .baseUnit("bytes")
                .description("Bytes that went through the hash")
                .register(registry));
    unusableSidecars =
        kept(
            Counter.builder("dive.sidecars.unusable")
                .description("Sidecars found that cannot be used")
                .register(registry));
    staleFiles =
        kept(
            Counter.builder("dive.files.stale")
                .description("Files found that do not match their sidecar")
                .register(registry));
    signing =
        kept(
            Timer.builder("dive.signing")
                .description("Signing of one digest with all keys")
                .register(registry));
    reloads = reloads("ok");
    refusedReloads = reloads("refused");
    kept(
        TimeGauge.builder(
                "dive.settings.loaded", loadedAtSeconds, TimeUnit.SECONDS, AtomicLong::doubleValue)
            .description("When the settings at work were read, since 1970")
            .register(registry));
  }

  private Counter reloads(String result) {
    return kept(
        Counter.builder("dive.reloads")
            .tag("result", result)
            .description("New settings put to work or refused")
            .register(registry));
  }

  /** Meters in Micrometer's global registry. */
  static MicrometerMetrics global() {
    return new MicrometerMetrics(Metrics.globalRegistry);
  }

  private Counter responses(String mode, ResponseOutcome outcome) {
    return kept(
        Counter.builder("dive.responses")
            .tag(MODE, mode)
            .tag(OUTCOME, DiveSettings.word(outcome))
            .description("Responses by mode and outcome")
            .register(registry));
  }

  private <M extends Meter> M kept(M meter) {
    meters.add(meter);
    return meter;
  }

  @Override
  public void answered(Mode mode, ResponseOutcome outcome) {
    Map<ResponseOutcome, Counter> byOutcome = responses.getOrDefault(mode, Map.of());
    Counter counter = byOutcome.get(outcome);
    if (counter != null) {
      counter.increment();
    }
  }

  @Override
  public void uncovered() {
    uncovered.increment();
  }

  @Override
  public void digested(long bytes) {
    digestedBytes.increment((double) bytes);
  }

  @Override
  public void signed(Duration duration) {
    signing.record(duration);
  }

  @Override
  public void cache(String name, Supplier<CacheStats> stats) {
    observedCaches.computeIfAbsent(name, this::observe).replace(stats);
  }

  private ObservedCache observe(String name) {
    ObservedCache cache = new ObservedCache();
    lookUps(name, "hit", cache, CacheStats::hitCount);
    lookUps(name, "miss", cache, CacheStats::missCount);
    return cache;
  }

  private void lookUps(
      String name, String result, ObservedCache cache, ToDoubleFunction<CacheStats> count) {
    kept(
        FunctionCounter.builder("dive.cache.lookups", cache, c -> count.applyAsDouble(c.stats()))
            .tag("cache", name)
            .tag("result", result)
            .description("Look-ups in a cache")
            .register(registry));
  }

  @Override
  public void checks(Set<String> names) {
    findings.keep(names);
  }

  @Override
  public void checked(String name, CheckReport report) {
    findings.set(name, report);
  }

  @Override
  public void keyAges(Map<KeyReference, Supplier<Duration>> ages) {
    keyAges.values().forEach(registry::remove);
    keyAges.clear();
    ages.forEach(
        (key, age) ->
            keyAges.put(
                key,
                TimeGauge.builder("dive.key.age", () -> age.get().toSeconds(), TimeUnit.SECONDS)
                    .tag("key", key.serialize())
                    .description("Time since the key file was written")
                    .register(registry)));
  }

  @Override
  public void reloaded(boolean successful) {
    (successful ? reloads : refusedReloads).increment();
  }

  @Override
  public void loaded(Instant at) {
    loadedAtSeconds.set(at.getEpochSecond());
  }

  @Override
  public void unusableSidecar() {
    unusableSidecars.increment();
  }

  @Override
  public void staleFile() {
    staleFiles.increment();
  }

  /** Removes the meters, so that a registry shared with others does not keep the filter alive. */
  @Override
  public void close() {
    keyAges(Map.of());
    checks(Set.of());
    meters.forEach(registry::remove);
    meters.clear();
    observedCaches.clear();
  }
}
