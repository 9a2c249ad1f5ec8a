// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static java.util.Objects.requireNonNull;

import io.dive.settings.ApplicationSettings;
import io.dive.settings.DiveSettings;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * Makes filters whose meters go to a given registry instead of Micrometer's global one. Needs
 * Micrometer on the class path, which {@link DiveFilter} itself does not.
 */
public final class MeasuredFilters {
  private MeasuredFilters() {}

  /** A filter that counts in the given registry. */
  public static DiveFilter create(DiveSettings settings, MeterRegistry registry) {
    return new DiveFilter(
        requireNonNull(settings, "settings"),
        new MicrometerMetrics(requireNonNull(registry, "registry")));
  }

  /** A filter with the settings of an application that counts in the given registry. */
  public static DiveFilter create(ApplicationSettings settings, MeterRegistry registry) {
    return new DiveFilter(
        new MicrometerMetrics(requireNonNull(registry, "registry")),
        SettingsSource.of(requireNonNull(settings, "settings")));
  }
}
