// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.protocol.IoFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The settings as they were given, each with its place, and the problems found with them. */
final class GivenSettings {
  private static final Logger LOG = LoggerFactory.getLogger(GivenSettings.class);
  private static final String PREFIX = "dive.";
  private static final Pattern NUMBERED =
      Pattern.compile("dive\\.(key|rule)\\.([1-9][0-9]{0,3})\\.(.+)");

  /** They name where a secret is, and people put the secret itself there. */
  private static final Set<String> NEAR_SECRETS =
      Set.of(
          SettingsTable.KEY_FILE.name(),
          SettingsTable.KEY_PASSPHRASE_FILE.name(),
          SettingsTable.KEY_PASSPHRASE_ENV.name(),
          SettingsTable.ZONE_TSIG_FILE.name());

  private record Given(String value, String where) {}

  private record Problem(ErrorCode code, String setting, String message) {}

  private final Map<String, Given> given = new HashMap<>();
  private final List<Problem> problems = new ArrayList<>();
  private final Set<String> faulty = new HashSet<>();
  private Path directory = Path.of("").toAbsolutePath();
  private String mainSource = "settings";

  /** Takes the settings of a file; relative file names start from its directory. */
  void file(Path file) {
    Path absolute = file.toAbsolutePath();
    directory = Optional.ofNullable(absolute.getParent()).orElse(absolute);
    mainSource = absolute.toString();
    try {
      String text = Files.readString(absolute);
      for (PropertiesReader.Entry entry :
          PropertiesReader.read(text.startsWith("\ufeff") ? text.substring(1) : text)) {
        take(entry.key(), entry.value(), mainSource + ":" + entry.line(), true);
      }
    } catch (IOException e) {
      unreadable("it " + IoFault.reading(e));
    } catch (IllegalArgumentException e) {
      unreadable(String.valueOf(e.getMessage()));
    }
  }

  private void unreadable(String why) {
    problem(
        ErrorCode.SETTING_INVALID,
        SettingsReader.CONFIG,
        mainSource
            + ": "
            + SettingsReader.CONFIG
            + ": "
            + why
            + "; allowed: a text file of lines name = value, in UTF-8");
  }

  /** Takes what an application says. */
  void application(ApplicationSettings application) {
    application
        .values()
        .forEach(
            (key, value) -> {
              if (!key.equals(SettingsReader.CONFIG)) {
                take(key, value, application.place(key), false);
              }
            });
  }

  /** Takes those init parameters that start with {@code dive.}. */
  void initParameters(Map<String, String> parameters) {
    parameters.forEach(
        (key, value) -> {
          if (key.startsWith(PREFIX) && !key.equals(SettingsReader.CONFIG)) {
            take(key, value, "filter init parameter", false);
          }
        });
  }

  /** Other web applications may share the process, so an unknown name is only a warning here. */
  void systemProperties(Properties systemProperties) {
    for (String key : new TreeSet<>(systemProperties.stringPropertyNames())) {
      if (key.startsWith(PREFIX) && !key.equals(SettingsReader.CONFIG)) {
        if (settingFor(key).isPresent()) {
          take(key, systemProperties.getProperty(key), "system property", false);
        } else {
          LOG.warn("system property {} is no setting{}", Excerpt.of(key), suggestion(key));
        }
      }
    }
  }

  private void take(String key, String value, String where, boolean once) {
    Optional<Setting<?>> setting = settingFor(key);
    if (setting.isEmpty()) {
      // The value stays out of the message: it may be a misplaced secret.
      problem(
          ErrorCode.SETTING_UNKNOWN,
          key,
          "%s: %s: found a setting of an unknown name; allowed: those in docs/settings.md%s"
              .formatted(where, Excerpt.of(key), suggestion(key)));
      return;
    }
    Given before = given.put(key, new Given(value.strip(), where));
    if (once && before != null) {
      problem(
          ErrorCode.SETTING_REPEATED,
          key,
          "%s: %s: found %s, but it is already set at %s; allowed: each setting once"
              .formatted(where, key, shown(setting.orElseThrow(), value), before.where()));
    }
  }

  /** A value for messages; not where a secret may stand by mistake. */
  private static String shown(Setting<?> setting, String value) {
    return NEAR_SECRETS.contains(setting.name())
        ? "a value that is not shown, since it may be a misplaced secret"
        : "\"%s\"".formatted(Excerpt.of(value));
  }

  private static Optional<Setting<?>> settingFor(String key) {
    Matcher numbered = NUMBERED.matcher(key);
    String name =
        numbered.matches() ? "dive." + numbered.group(1) + ".N." + numbered.group(3) : key;
    return SettingsTable.ALL.stream()
        .filter(s -> s.name().equals(name))
        .filter(s -> numbered.matches() || !name.contains(".N."))
        .findFirst();
  }

  private static String suggestion(String key) {
    Matcher numbered = NUMBERED.matcher(key);
    int number = numbered.matches() ? Integer.parseInt(numbered.group(2)) : 1;
    return NearestName.of(key, SettingsTable.ALL.stream().map(s -> s.name(number)).toList())
        .map(name -> "; did you mean " + name + "?")
        .orElse("");
  }

  private void problem(ErrorCode code, String setting, String message) {
    problems.add(new Problem(code, setting, message));
    faulty.add(group(setting));
  }

  /** Settings that are judged together: those of one key or rule, else the setting alone. */
  private static String group(String setting) {
    Matcher numbered = NUMBERED.matcher(setting);
    return numbered.matches() ? numbered.group(1) + numbered.group(2) : setting;
  }

  /** The numbers of the keys or rules, in order. */
  Set<Integer> numbers(String kind) {
    Set<Integer> numbers = new TreeSet<>();
    for (String key : given.keySet()) {
      Matcher numbered = NUMBERED.matcher(key);
      if (numbered.matches() && numbered.group(1).equals(kind)) {
        numbers.add(Integer.valueOf(numbered.group(2)));
      }
    }
    return numbers;
  }

  /** The value of a setting that its neighbours need. */
  <T> Optional<T> required(Setting<T> setting, int number) {
    String name = setting.name(number);
    if (!given.containsKey(name)) {
      problem(
          ErrorCode.SETTING_MISSING,
          name,
          "%s: %s: found nothing, but it is required with its neighbours; allowed: %s"
              .formatted(whereOfGroup(name), name, setting.type().allowed()));
    }
    return value(setting, number);
  }

  private String whereOfGroup(String setting) {
    return given.entrySet().stream()
        .filter(e -> group(e.getKey()).equals(group(setting)))
        .map(e -> e.getValue().where())
        .min(String::compareTo)
        .orElse(mainSource);
  }

  /** The value, or the default. */
  <T> T valueOrDefault(Setting<T> setting) {
    return value(setting).orElseGet(setting::defaultValue);
  }

  /** The value; empty when it was not given or is not allowed. */
  <T> Optional<T> value(Setting<T> setting) {
    return value(setting, 0);
  }

  /** The value for one key or rule. */
  <T> Optional<T> value(Setting<T> setting, int number) {
    String name = setting.name(number);
    Given found = given.get(name);
    if (found == null) {
      return Optional.empty();
    }
    Optional<T> value = setting.type().parser().apply(found.value(), directory);
    if (value.isEmpty()) {
      problem(
          ErrorCode.SETTING_INVALID,
          name,
          "%s: %s: found %s%s; allowed: %s%s"
              .formatted(
                  found.where(),
                  name,
                  shown(setting, found.value()),
                  whatIsThere(setting, found.value()),
                  setting.type().allowed(),
                  valueSuggestion(found.value(), setting)));
    }
    return value;
  }

  /** Of a path that leads to no file, or to no directory, where one is needed. */
  private String whatIsThere(Setting<?> setting, String value) {
    if (!setting.type().equals(SettingType.FILE) && !setting.type().equals(SettingType.DIRECTORY)) {
      return "";
    }
    try {
      Path path = directory.resolve(value);
      if (!Files.exists(path)) {
        return "; nothing is found at that path";
      } else if (Files.isDirectory(path)) {
        return "; that is a directory";
      }
      return Files.isRegularFile(path) ? "; that is a file" : "";
    } catch (InvalidPathException e) {
      return "; that is no path";
    }
  }

  private static String valueSuggestion(String value, Setting<?> setting) {
    List<String> choices = List.of(setting.type().allowed().split(", | or "));
    boolean enumerated = choices.stream().noneMatch(c -> c.contains(" "));
    return enumerated
        ? NearestName.of(value, choices).map(name -> "; did you mean " + name + "?").orElse("")
        : "";
  }

  /** A problem that several settings make, unless one of them is known to be wrong. */
  void contradiction(Contradictions.Finding finding) {
    String setting = finding.setting().replace(".N.", ".1.");
    if (!faulty.contains(group(setting))) {
      Given at = given.get(setting);
      String where = at == null ? whereOfGroup(setting) : at.where();
      problem(
          finding.code(),
          setting,
          "%s: %s: found %s; allowed: %s"
              .formatted(where, setting, finding.found(), finding.allowed()));
    }
  }

  /** A problem with a setting that was given or with its neighbours. */
  void contradiction(String setting, String found, String allowed) {
    contradiction(
        new Contradictions.Finding(ErrorCode.SETTINGS_CONTRADICT, setting, found, allowed));
  }

  /** Whether the settings file itself could not be read. */
  boolean isUnreadable() {
    return faulty.contains(SettingsReader.CONFIG);
  }

  boolean hasProblems() {
    return !problems.isEmpty();
  }

  /** All problems in one; there must be one. */
  ConfigException problems() {
    return new ConfigException(
        problems.get(0).code(),
        problems.get(0).setting(),
        "the settings cannot be used:\n  "
            + String.join("\n  ", problems.stream().map(Problem::message).toList()));
  }
}
