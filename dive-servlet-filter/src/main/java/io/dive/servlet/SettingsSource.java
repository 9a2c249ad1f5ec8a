// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.ConfigException;
import io.dive.settings.ApplicationSettings;
import io.dive.settings.DiveSettings;
import jakarta.servlet.FilterConfig;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where the settings of a filter come from.
 *
 * @param file empty where no file is named
 */
record SettingsSource(Reading reading, Optional<Path> file) {
  /** Reads settings anew. */
  interface Reading {
    DiveSettings read() throws ConfigException;
  }

  /**
   * The file that the filter's configuration names now, with its init parameters; its content and
   * the system properties are those of each reading.
   */
  static SettingsSource of(FilterConfig config) {
    Map<String, String> parameters = new HashMap<>();
    for (String name : Collections.list(config.getInitParameterNames())) {
      parameters.put(name, config.getInitParameter(name));
    }
    Optional<Path> file = DiveSettings.file(parameters, System.getProperties(), System.getenv());
    file.ifPresent(named -> parameters.put("dive.config", named.toString()));
    return new SettingsSource(
        () -> DiveSettings.read(parameters, System.getProperties(), System.getenv()), file);
  }

  /** Settings given in code. */
  static SettingsSource of(DiveSettings settings) {
    return new SettingsSource(() -> settings, Optional.empty());
  }

  /** What an application says; a file that it names is read anew each time. */
  static SettingsSource of(ApplicationSettings application) {
    return new SettingsSource(application::read, application.file());
  }

  /** The state of the file, and of those that settings read from it name. */
  Fingerprint fingerprint(DiveSettings... settings) {
    Set<Path> files = new LinkedHashSet<>(file.stream().toList());
    for (DiveSettings each : settings) {
      files.addAll(each.files());
    }
    return Fingerprint.of(files);
  }
}
