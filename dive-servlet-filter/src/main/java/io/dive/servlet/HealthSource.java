// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import java.util.ArrayList;
import java.util.List;

/** What the health servlet asks: the site at work now, and the settings. */
record HealthSource(LiveSite live, Reloader reloader) {
  /** The servlet context attribute under which it is found. */
  static final String ATTRIBUTE = HealthSource.class.getName();

  /** What is known about the health of downloads. */
  List<HealthCheck> health() {
    Site site = live.site();
    List<HealthCheck> health = new ArrayList<>(site == null ? List.of() : site.health());
    health.add(reloader.health());
    return health;
  }

  /** Whether the filter has started. */
  List<HealthCheck> readiness() {
    Site site = live.site();
    return site == null ? List.of() : site.readiness();
  }
}
