// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.check.CheckReport;
import io.dive.check.Severity;
import io.dive.settings.DiveSettings;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** The numbers of findings of those checks that there are. Safe for use by many threads. */
final class FindingGauges {
  private final MeterRegistry registry;
  private final Map<String, Map<Severity, Count>> counts = new HashMap<>();
  private Set<String> names = Set.of();

  /** Micrometer itself refers to the number weakly. */
  private record Count(AtomicInteger number, Meter meter) {}

  FindingGauges(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Forgets all other checks, also when one of them reports later. */
  synchronized void keep(Set<String> checks) {
    names = Set.copyOf(checks);
    Set<String> gone = new HashSet<>(counts.keySet());
    gone.removeAll(names);
    for (String name : gone) {
      counts.remove(name).values().forEach(count -> registry.remove(count.meter()));
    }
  }

  synchronized void set(String check, CheckReport report) {
    if (!names.contains(check)) {
      return;
    }
    Map<Severity, Count> own = counts.computeIfAbsent(check, name -> new EnumMap<>(Severity.class));
    for (Severity severity : Severity.values()) {
      own.computeIfAbsent(severity, s -> count(check, s))
          .number()
          .set(report.ofSeverity(severity).size());
    }
  }

  private Count count(String check, Severity severity) {
    AtomicInteger number = new AtomicInteger();
    return new Count(
        number,
        Gauge.builder("dive.check.findings", number, AtomicInteger::get)
            .tag("check", check)
            .tag("severity", DiveSettings.word(severity))
            .description("Findings of a check's latest run")
            .register(registry));
  }
}
