// SPDX-License-Identifier: Apache-2.0
package io.dive.spring;

import io.dive.servlet.HealthCheck;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How checks are shown in Actuator, whose interfaces differ between Spring Boot 3 and 4. */
final class HealthDetails {
  /** As for every indicator of Actuator. */
  static final String ENABLED =
      "${management.health.dive.enabled:${management.health.defaults.enabled:true}}";

  private HealthDetails() {}

  static boolean areUp(List<HealthCheck> checks) {
    return checks.stream().allMatch(HealthCheck::up);
  }

  /** The entries by the name of their check. */
  static Map<String, List<Map<String, Object>>> of(List<HealthCheck> checks) {
    Map<String, List<Map<String, Object>>> details = new LinkedHashMap<>();
    for (HealthCheck check : checks) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("status", check.up() ? "UP" : "DOWN");
      entry.putAll(check.data());
      details.computeIfAbsent(check.name(), name -> new ArrayList<>()).add(entry);
    }
    return details;
  }
}
