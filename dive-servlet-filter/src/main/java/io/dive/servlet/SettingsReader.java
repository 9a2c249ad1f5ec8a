// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.ProtocolVersion;
import io.dive.sign.SignedBody;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads settings from a file, the filter's init parameters and system properties, the later winning
 * over the earlier, and collects all problems before it gives up. For one reading.
 */
final class SettingsReader {
  /** Names the settings file: init parameter, system property; {@link #CONFIG_VARIABLE} is last. */
  static final String CONFIG = "dive.config";

  static final String CONFIG_VARIABLE = "DIVE_CONFIG";

  private static final Logger LOG = LoggerFactory.getLogger(SettingsReader.class);
  private static final String PREFIX = "dive.";
  private static final Pattern NUMBERED =
      Pattern.compile("dive\\.(key|rule)\\.([1-9][0-9]{0,3})\\.(.+)");
  private static final int MAX_KEYS = SignedBody.MAX_KEYS;

  /** A value with the place it comes from. */
  private record Given(String value, String where) {}

  private record Problem(ErrorCode code, String setting, String message) {}

  private final Properties systemProperties;
  private final Map<String, Given> given = new HashMap<>();
  private final List<Problem> problems = new ArrayList<>();
  private final Set<String> faulty = new HashSet<>();
  private Path directory = Path.of("").toAbsolutePath();
  private String mainSource = "settings";

  SettingsReader(Properties systemProperties) {
    this.systemProperties = systemProperties;
  }

  /**
   * Reads what a filter was configured with.
   *
   * @param initParameters all of the filter's; those not starting with {@code dive.} are ignored
   * @throws ConfigException naming every problem
   */
  static DiveSettings read(
      Map<String, String> initParameters,
      Properties systemProperties,
      Map<String, String> environment)
      throws ConfigException {
    SettingsReader reader = new SettingsReader(systemProperties);
    Optional<String> file =
        Optional.ofNullable(initParameters.get(CONFIG))
            .or(() -> Optional.ofNullable(systemProperties.getProperty(CONFIG)))
            .or(() -> Optional.ofNullable(environment.get(CONFIG_VARIABLE)));
    boolean none =
        file.isEmpty() && initParameters.keySet().stream().noneMatch(k -> k.startsWith(PREFIX));
    if (none) {
      throw new ConfigException(
          ErrorCode.SETTING_MISSING,
          CONFIG,
          "no settings: name the file dive.properties in the filter init parameter dive.config,"
              + " the system property dive.config or the environment variable DIVE_CONFIG");
    }
    if (file.isPresent()) {
      reader.file(Path.of(file.get()));
    }
    return reader.initParameters(initParameters).read();
  }

  /** Takes the settings of a file; relative file names start from its directory. */
  SettingsReader file(Path file) {
    Path absolute = file.toAbsolutePath();
    directory = Optional.ofNullable(absolute.getParent()).orElse(absolute);
    mainSource = absolute.toString();
    try {
      String text = Files.readString(absolute);
      for (PropertiesReader.Entry entry :
          PropertiesReader.read(text.startsWith("\ufeff") ? text.substring(1) : text)) {
        take(entry.key(), entry.value(), mainSource + ":" + entry.line(), true);
      }
    } catch (NoSuchFileException e) {
      unreadable("there is no such file");
    } catch (CharacterCodingException e) {
      unreadable("it is not UTF-8 text");
    } catch (IOException e) {
      unreadable("it cannot be read (" + e.getClass().getSimpleName() + ")");
    } catch (IllegalArgumentException e) {
      unreadable(String.valueOf(e.getMessage()));
    }
    return this;
  }

  private void unreadable(String why) {
    problem(
        ErrorCode.SETTING_INVALID,
        CONFIG,
        mainSource
            + ": "
            + CONFIG
            + ": "
            + why
            + "; allowed: a file in the format of"
            + " java.util.Properties, in UTF-8");
  }

  /** Takes those init parameters that start with {@code dive.}. */
  SettingsReader initParameters(Map<String, String> parameters) {
    parameters.forEach(
        (key, value) -> {
          if (key.startsWith(PREFIX) && !key.equals(CONFIG)) {
            take(key, value, "filter init parameter", false);
          }
        });
    return this;
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
          "%s: %s: found \"%s\", but it is already set at %s; allowed: each setting once"
              .formatted(where, key, Excerpt.of(value), before.where()));
    }
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

  /**
   * The settings.
   *
   * @throws ConfigException naming every problem
   */
  DiveSettings read() throws ConfigException {
    if (!faulty.contains(CONFIG)) {
      takeSystemProperties();
      Optional<DiveSettings> settings = assemble();
      if (problems.isEmpty() && settings.isPresent()) {
        return settings.get();
      }
    }
    throw new ConfigException(
        problems.get(0).code(),
        problems.get(0).setting(),
        "the settings cannot be used:\n  "
            + String.join("\n  ", problems.stream().map(Problem::message).toList()));
  }

  /** Other web applications may share the process, so an unknown name is only a warning here. */
  private void takeSystemProperties() {
    for (String key : new TreeSet<>(systemProperties.stringPropertyNames())) {
      if (key.startsWith(PREFIX) && !key.equals(CONFIG)) {
        if (settingFor(key).isPresent()) {
          take(key, systemProperties.getProperty(key), "system property", false);
        } else {
          LOG.warn("system property {} is no setting{}", Excerpt.of(key), suggestion(key));
        }
      }
    }
  }

  private Optional<DiveSettings> assemble() {
    DiveSettings.Builder builder = DiveSettings.builder();
    List<DiveSettings.Key> keys = numbered("key", this::key);
    List<DiveSettings.Rule> rules = numbered("rule", this::rule);
    Set<Fqdn> hosts = value(SettingsTable.HOSTS).orElse(Set.of());
    Set<ProtocolVersion> drafts = valueOrDefault(SettingsTable.DRAFTS);
    HashAlgorithm hash = valueOrDefault(SettingsTable.HASH);
    DiveSettings.Stream stream = stream();
    hosts.forEach(builder::host);
    keys.forEach(builder::key);
    rules.forEach(builder::rule);
    builder.drafts(drafts).hash(hash).stream(stream)
        .allowExposedKeys(valueOrDefault(SettingsTable.KEY_ALLOW_EXPOSED))
        .sidecars(sidecars())
        .caches(caches())
        .noTransform(valueOrDefault(SettingsTable.NO_TRANSFORM))
        .onSigningFailure(valueOrDefault(SettingsTable.ON_SIGNING_FAILURE))
        .checks(checks())
        .dns(
            new DiveSettings.Dns(
                valueOrDefault(SettingsTable.DNS_RESOLVER), value(SettingsTable.DNS_TRUST_ANCHOR)));
    Duration canaryInterval = valueOrDefault(SettingsTable.CANARY_INTERVAL);
    value(SettingsTable.CANARY_URL)
        .ifPresent(u -> builder.canary(new DiveSettings.Canary(u, canaryInterval)));
    Contradictions.in(hosts, drafts, keys, List.of(), rules, stream).forEach(this::contradiction);
    return problems.isEmpty() ? Optional.of(builder.build()) : Optional.empty();
  }

  private void contradiction(Contradictions.Finding finding) {
    String setting = finding.setting().replace(".N.", ".1.");
    if (!faulty.contains(group(setting))) {
      Given at = given.get(setting);
      String where = at == null ? mainSource : at.where();
      problem(
          finding.code(),
          setting,
          "%s: %s: found %s; allowed: %s"
              .formatted(where, setting, finding.found(), finding.allowed()));
    }
  }

  private DiveSettings.Stream stream() {
    return new DiveSettings.Stream(
        valueOrDefault(SettingsTable.STREAM_MEMORY),
        valueOrDefault(SettingsTable.STREAM_LIMIT),
        valueOrDefault(SettingsTable.STREAM_OVERFLOW),
        value(SettingsTable.STREAM_TEMP_DIR),
        valueOrDefault(SettingsTable.STREAM_TEMP_SPACE));
  }

  private DiveSettings.Sidecars sidecars() {
    return new DiveSettings.Sidecars(
        valueOrDefault(SettingsTable.STALE),
        valueOrDefault(SettingsTable.SIDECAR_VERIFY),
        valueOrDefault(SettingsTable.SIDECAR_CACHE_ENTRIES),
        valueOrDefault(SettingsTable.SIDECAR_SERVE));
  }

  private DiveSettings.Caches caches() {
    return new DiveSettings.Caches(
        valueOrDefault(SettingsTable.STATIC_CACHE_ENTRIES),
        valueOrDefault(SettingsTable.SIGNATURE_CACHE_ENTRIES));
  }

  private DiveSettings.Checks checks() {
    return new DiveSettings.Checks(
        valueOrDefault(SettingsTable.CHECK),
        valueOrDefault(SettingsTable.CHECK_INTERVAL),
        valueOrDefault(SettingsTable.CHECK_TIMEOUT));
  }

  private <T> List<T> numbered(String kind, Function<Integer, Optional<T>> element) {
    Set<Integer> numbers = new TreeSet<>();
    for (String key : given.keySet()) {
      Matcher numbered = NUMBERED.matcher(key);
      if (numbered.matches() && numbered.group(1).equals(kind)) {
        numbers.add(Integer.valueOf(numbered.group(2)));
      }
    }
    return numbers.stream().flatMap(number -> element.apply(number).stream()).toList();
  }

  private Optional<DiveSettings.Key> key(int number) {
    if (number > MAX_KEYS) {
      String setting = SettingsTable.KEY_ID.name(number);
      problem(
          ErrorCode.SETTINGS_CONTRADICT,
          setting,
          "%s: %s: found a key of number %d; allowed: dive.key.1 to dive.key.%d, a response carries"
                  .formatted(whereOfGroup(setting), setting, number, MAX_KEYS)
              + " no more signatures (decision 6)");
      return Optional.empty();
    }
    Optional<KeyId> id = required(SettingsTable.KEY_ID, number);
    Optional<Path> file = required(SettingsTable.KEY_FILE, number);
    Optional<Fqdn> fqdn = value(SettingsTable.KEY_FQDN, number);
    Optional<Path> passphraseFile = value(SettingsTable.KEY_PASSPHRASE_FILE, number);
    Optional<String> passphraseVariable = value(SettingsTable.KEY_PASSPHRASE_ENV, number);
    return id.isEmpty() || file.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new DiveSettings.Key(
                number, id.get(), file.get(), fqdn, passphraseFile, passphraseVariable));
  }

  private Optional<DiveSettings.Rule> rule(int number) {
    Optional<PathPattern> path = required(SettingsTable.RULE_PATH, number);
    Optional<List<Mode>> modes = required(SettingsTable.RULE_MODE, number);
    Optional<Path> root = value(SettingsTable.RULE_ROOT, number);
    Optional<Path> signaturesJson = value(SettingsTable.RULE_SIGNATURES_JSON, number);
    return path.isEmpty() || modes.isEmpty()
        ? Optional.empty()
        : Optional.of(new DiveSettings.Rule(number, path.get(), modes.get(), root, signaturesJson));
  }

  private <T> Optional<T> required(Setting<T> setting, int number) {
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

  private <T> T valueOrDefault(Setting<T> setting) {
    return value(setting).orElseGet(setting::defaultValue);
  }

  private <T> Optional<T> value(Setting<T> setting) {
    return value(setting, 0);
  }

  private <T> Optional<T> value(Setting<T> setting, int number) {
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
          "%s: %s: found \"%s\"; allowed: %s%s"
              .formatted(
                  found.where(),
                  name,
                  Excerpt.of(found.value()),
                  setting.type().allowed(),
                  valueSuggestion(found.value(), setting)));
    }
    return value;
  }

  private static String valueSuggestion(String value, Setting<?> setting) {
    List<String> choices = List.of(setting.type().allowed().split(", | or "));
    boolean enumerated = choices.stream().noneMatch(c -> c.contains(" "));
    return enumerated
        ? NearestName.of(value, choices).map(name -> "; did you mean " + name + "?").orElse("")
        : "";
  }
}
