// SPDX-License-Identifier: Apache-2.0
package io.dive.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.dive.settings.ApplicationSettings;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** What an environment's properties become, in all the spellings that Spring Boot allows. */
class EnvironmentSettingsTest {
  private final StandardEnvironment environment = new StandardEnvironment();

  EnvironmentSettingsTest() {
    environment.getPropertySources().remove("systemProperties");
    environment.getPropertySources().remove("systemEnvironment");
  }

  private void properties(String name, Map<String, Object> values) {
    environment.getPropertySources().addLast(new MapPropertySource(name, values));
  }

  private void variables(Map<String, Object> values) {
    environment
        .getPropertySources()
        .addFirst(new SystemEnvironmentPropertySource("systemEnvironment", values));
  }

  private Map<String, String> values() {
    return EnvironmentSettings.of(environment).values();
  }

  @Test
  void namesMayBeSpeltLoosely() {
    properties(
        "a",
        Map.of(
            "dive.key[1].id", "a",
            "dive.key.2.id", "b",
            "dive.key.2.passphraseFile", "c",
            "dive.stream.temp_dir", "d",
            "dive.key.allow-exposed", true));
    assertEquals(
        Map.of(
            "dive.key.1.id", "a",
            "dive.key.2.id", "b",
            "dive.key.2.passphrase-file", "c",
            "dive.stream.temp-dir", "d",
            "dive.key.allow-exposed", "true"),
        values());
  }

  @Test
  void variablesAreFoundAndThoseOfOthersAreNot() {
    variables(
        Map.of(
            "DIVE_HOSTS", "localhost",
            "DIVE_KEY_1_ID", "a",
            "DIVE_KEY_1_PASSPHRASE_FILE", "b",
            "DIVE_STREAM_TEMPDIR", "c",
            "DIVE_CONFIG", "d",
            "DIVE_PASSPHRASE", "secret",
            "DIVE_SERVICE_PORT", "80"));
    assertEquals(
        Map.of(
            "dive.hosts", "localhost",
            "dive.key.1.id", "a",
            "dive.key.1.passphrase-file", "b",
            "dive.stream.temp-dir", "c",
            "dive.config", "d"),
        values());
  }

  @Test
  void unknownPropertiesAreKeptToBeRefused() {
    properties("a", Map.of("dive.rool.1.path", "/", "dive.key[0].id", "a", "dive.enabled", "true"));
    assertEquals(Map.of("dive.rool.1.path", "/", "dive.key.0.id", "a"), values());
  }

  @Test
  void listsAreJoinedAndTheFirstSourceHasThemWhole() {
    Map<String, Object> last = new LinkedHashMap<>();
    for (int i = 0; i < 12; i++) {
      last.put("dive.hosts[" + i + "]", "h" + i);
    }
    properties("first", Map.of("dive.drafts[0]", "01"));
    properties("last", last);
    properties("after", Map.of("dive.hosts", "no", "dive.drafts[1]", "00"));
    assertEquals(
        Map.of("dive.drafts", "01", "dive.hosts", "h0,h1,h2,h3,h4,h5,h6,h7,h8,h9,h10,h11"),
        values());
  }

  /** YAML 1.1 reads "off" as false. */
  @Test
  void falseIsOffWhereASettingIsNoTruthValue() {
    properties(
        "yaml",
        Map.of(
            "dive.check", false,
            "dive.rule[3].mode", false,
            "dive.reload.interval", false,
            "dive.no-transform", false));
    assertEquals(
        Map.of(
            "dive.check", "off",
            "dive.rule.3.mode", "off",
            "dive.reload.interval", "off",
            "dive.no-transform", "false"),
        values());
  }

  @Test
  void placeholdersAreResolvedAndBlankIsNotGiven() {
    properties("a", Map.of("dive.hosts", "${names:}", "dive.stale", "${stale}", "stale", "fail"));
    assertEquals(Map.of("dive.stale", "fail"), values());
  }

  @Test
  void valuesAreNotShown() {
    properties("a", Map.of("dive.key.1.passphrase-file", "secret"));
    ApplicationSettings settings = EnvironmentSettings.of(environment);
    assertFalse(settings.toString().contains("secret"), settings.toString());
    assertEquals(
        "\"dive.key.1.passphrase-file\" from property source \"a\"",
        settings.places().get("dive.key.1.passphrase-file"));
  }
}
