// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.ConfigException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Settings that an application takes from a configuration of its own, such as Spring Boot's {@code
 * application.yml}. System properties and environment variables are not read beside it. Immutable.
 *
 * @param values by the names of the reference table; {@code dive.config} names a file with more,
 *     which {@code values} override and whose directory relative file names start from. Without it
 *     they start from the working directory.
 * @param places where each value was given, for messages; "application" where it is not said
 */
public record ApplicationSettings(Map<String, String> values, Map<String, String> places) {
  /** Copies. */
  public ApplicationSettings {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    places = Map.copyOf(places);
  }

  /**
   * The name in the reference table for a loose spelling of it, in which only letters and digits
   * count: {@code dive.stream.temp-dir} for {@code dive.stream.tempDir} or {@code
   * DIVE_STREAM_TEMP_DIR}, {@code dive.key.1.id} for {@code dive.key[1].id}.
   *
   * @return empty where no setting has such a name
   */
  public static Optional<String> nameOf(String loose) {
    String wanted = bare(loose);
    if (wanted.equals(bare(SettingsReader.CONFIG))) {
      return Optional.of(SettingsReader.CONFIG);
    }
    return SettingsTable.ALL.stream().flatMap(s -> nameOf(s, wanted).stream()).findFirst();
  }

  private static Optional<String> nameOf(Setting<?> setting, String wanted) {
    String[] parts = setting.name().split("\\.N\\.", -1);
    if (parts.length == 1) {
      return bare(setting.name()).equals(wanted) ? Optional.of(setting.name()) : Optional.empty();
    }
    var numbered =
        Pattern.compile(bare(parts[0]) + "([1-9][0-9]{0,3})" + bare(parts[1])).matcher(wanted);
    return numbered.matches()
        ? Optional.of(setting.name(Integer.parseInt(numbered.group(1))))
        : Optional.empty();
  }

  private static String bare(String name) {
    return name.replaceAll("[^A-Za-z0-9]", "").toLowerCase(Locale.ROOT);
  }

  /**
   * The text of a truth value, for formats such as YAML 1.1 that read {@code off} as false.
   *
   * @param name a name of the reference table
   */
  public static String text(String name, boolean value) {
    boolean isBoolean =
        SettingsTable.ALL.stream()
            .anyMatch(s -> s.type().equals(SettingType.BOOLEAN) && s.name().equals(name));
    return isBoolean || value ? Boolean.toString(value) : "off";
  }

  /** The file that {@code dive.config} names; empty where it does not. */
  public Optional<Path> file() {
    return Optional.ofNullable(values.get(SettingsReader.CONFIG)).map(Path::of);
  }

  /**
   * Reads the values, and the file anew.
   *
   * @throws ConfigException naming every problem with place, setting, value and remedy
   */
  public DiveSettings read() throws ConfigException {
    return SettingsReader.read(this);
  }

  String place(String name) {
    return requireNonNull(places.getOrDefault(name, "application"));
  }

  /** Names only: a value may be a misplaced secret. */
  @Override
  public String toString() {
    return "ApplicationSettings" + values.keySet();
  }
}
