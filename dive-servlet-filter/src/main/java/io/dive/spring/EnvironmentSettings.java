// SPDX-License-Identifier: Apache-2.0
package io.dive.spring;

import io.dive.settings.ApplicationSettings;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * Collects {@code dive.*} from everything an application's environment is made of, the source of
 * highest precedence winning for each setting. A value that is blank once its placeholders are
 * resolved counts as not given. For one collection.
 */
final class EnvironmentSettings {
  private static final Logger LOG = LoggerFactory.getLogger(EnvironmentSettings.class);
  private static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of("dive");

  /** Read by conditions alone. */
  private static final ConfigurationPropertyName ENABLED =
      ConfigurationPropertyName.of("dive.enabled");

  /** Others use them too, so that an unknown name there is none of ours. */
  private static final Set<String> SHARED_SOURCES =
      Set.of(
          StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
          StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME);

  private final ConfigurableEnvironment environment;
  private final Map<String, String> values = new LinkedHashMap<>();
  private final Map<String, String> places = new LinkedHashMap<>();

  private EnvironmentSettings(ConfigurableEnvironment environment) {
    this.environment = environment;
  }

  /** What the environment says now. */
  static ApplicationSettings of(ConfigurableEnvironment environment) {
    EnvironmentSettings collected = new EnvironmentSettings(environment);
    for (ConfigurationPropertySource source :
        ConfigurationPropertySources.from(environment.getPropertySources())) {
      if (source instanceof IterableConfigurationPropertySource listed) {
        collected.add(listed);
      }
    }
    return collected.settings();
  }

  private ApplicationSettings settings() {
    values.values().removeIf(String::isBlank);
    places.keySet().retainAll(values.keySet());
    return new ApplicationSettings(values, places);
  }

  private void add(IterableConfigurationPropertySource source) {
    // A list by the positions of its elements; a single value is at -1.
    Map<String, SortedMap<Integer, ConfigurationProperty>> found = new LinkedHashMap<>();
    source.stream()
        .filter(PREFIX::isAncestorOf)
        .filter(name -> !name.equals(ENABLED))
        .forEach(
            name -> {
              boolean element =
                  name.isLastElementIndexed()
                      && name.isNumericIndex(name.getNumberOfElements() - 1);
              int position = element ? Integer.parseInt(name.getLastElement(Form.ORIGINAL)) : -1;
              ConfigurationPropertyName setting = element ? name.getParent() : name;
              ConfigurationProperty property = source.getConfigurationProperty(name);
              if (property != null) {
                nameOf(setting, source)
                    .ifPresent(
                        known ->
                            found
                                .computeIfAbsent(known, k -> new TreeMap<>())
                                .put(position, property));
              }
            });
    found.forEach(this::put);
  }

  /** The name for {@link ApplicationSettings}; empty for what is not ours. */
  private static Optional<String> nameOf(
      ConfigurationPropertyName name, ConfigurationPropertySource source) {
    Optional<String> known = ApplicationSettings.nameOf(name.toString());
    boolean shared =
        source.getUnderlyingSource() instanceof PropertySource<?> underlying
            && SHARED_SOURCES.contains(underlying.getName());
    if (known.isPresent()) {
      return known;
    }
    if (shared) {
      LOG.debug("{} in {} is no setting", name, source.getUnderlyingSource());
      return Optional.empty();
    }
    return Optional.of(name.toString().replaceAll("\\[([^]]*)]", ".$1"));
  }

  private void put(String name, SortedMap<Integer, ConfigurationProperty> parts) {
    if (values.containsKey(name)) {
      return;
    }
    values.put(name, String.join(",", parts.values().stream().map(p -> text(name, p)).toList()));
    ConfigurationProperty first = parts.get(parts.firstKey());
    if (first != null && first.getOrigin() != null) {
      places.put(name, String.valueOf(first.getOrigin()));
    }
  }

  private String text(String name, ConfigurationProperty property) {
    Object value = property.getValue();
    return value instanceof Boolean flag
        ? ApplicationSettings.text(name, flag)
        : environment.resolveRequiredPlaceholders(String.valueOf(value));
  }
}
