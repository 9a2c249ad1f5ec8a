// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.settings.DiveSettings;
import io.dive.settings.KeySettings;
import io.dive.settings.ZoneSettings;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Puts the names of settings in the place of the paths they hold. Health may be open to others, who
 * shall not learn how this machine is laid out; the log has the paths.
 */
final class ConcealedPaths {
  private final Map<String, String> names;

  private ConcealedPaths(Map<String, String> names) {
    this.names = names;
  }

  /** The paths that findings may have. */
  static ConcealedPaths of(DiveSettings settings) {
    Map<Path, String> paths = new LinkedHashMap<>();
    for (KeySettings key : settings.keys()) {
      key.agent()
          .ifPresent(
              agent -> paths.putIfAbsent(agent.socket(), "dive.key." + key.number() + ".agent"));
    }
    settings
        .zone()
        .flatMap(ZoneSettings::file)
        .ifPresent(file -> paths.putIfAbsent(file, "dive.zone.file"));
    // A path may begin with another one, and a relative one may be a mere word.
    return new ConcealedPaths(
        paths.entrySet().stream()
            .filter(path -> path.getKey().isAbsolute())
            .sorted(Comparator.comparing(path -> -path.getKey().toString().length()))
            .collect(
                Collectors.toMap(
                    path -> path.getKey().toString(),
                    Map.Entry::getValue,
                    (first, second) -> first,
                    LinkedHashMap::new)));
  }

  HealthCheck concealedIn(HealthCheck check) {
    Map<String, Object> data = new LinkedHashMap<>(check.data());
    data.replaceAll((name, value) -> value instanceof String text ? concealedIn(text) : value);
    return new HealthCheck(check.name(), check.up(), data);
  }

  private String concealedIn(String text) {
    String concealed = text;
    for (Map.Entry<String, String> path : names.entrySet()) {
      concealed = concealed.replace(path.getKey(), path.getValue());
    }
    return concealed;
  }
}
