// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.HashAlgorithm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Where settings come from, and which source wins. */
class SettingsSourcesTest extends SettingsReaderSuite {
  @Test
  void theFileIsFoundByParameterPropertyAndVariableInThatOrder() throws Exception {
    Path a = Files.writeString(directory.resolve("a"), MINIMAL.replace("example.com", "a.example"));
    Path b = Files.writeString(directory.resolve("b"), MINIMAL.replace("example.com", "b.example"));
    Path c = Files.writeString(directory.resolve("c"), MINIMAL.replace("example.com", "c.example"));
    Map<String, String> environment = Map.of("DIVE_CONFIG", c.toString());
    assertEquals("c.example", host(Map.of(), environment));
    systemProperties.setProperty("dive.config", b.toString());
    assertEquals("b.example", host(Map.of(), environment));
    assertEquals("a.example", host(Map.of("dive.config", a.toString()), environment));
  }

  private String host(Map<String, String> parameters, Map<String, String> environment)
      throws ConfigException {
    return SettingsReader.read(parameters, systemProperties, environment)
        .hosts()
        .iterator()
        .next()
        .toString();
  }

  @Test
  void read_nothingConfigured_saysWhereSettingsGo() {
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () -> SettingsReader.read(Map.of("other", "x"), systemProperties, Map.of()));
    assertEquals(ErrorCode.SETTING_MISSING, e.code());
    assertTrue(message(e).contains("DIVE_CONFIG"), message(e));
  }

  @Test
  void initParametersOverrideTheFileAndSystemPropertiesOverrideBoth() throws Exception {
    Map<String, String> parameters =
        Map.of(
            "dive.config", file(MINIMAL + "dive.hash=sha384\ndive.stale=fail\n").toString(),
            "dive.hash", "sha512",
            "dive.stale", "serve",
            "unrelated", "x");
    systemProperties.setProperty("dive.hash", "sha3-256");
    DiveSettings settings = SettingsReader.read(parameters, systemProperties, Map.of());
    assertEquals(HashAlgorithm.SHA3_256, settings.hash());
    assertEquals(SidecarSettings.Stale.SERVE, settings.sidecars().stale());
  }

  @Test
  void problemsOfOverridesNameTheirSource() {
    systemProperties.setProperty("dive.hash", "md5");
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () ->
                SettingsReader.read(
                    Map.of("dive.config", file(MINIMAL).toString(), "dive.stael", "x"),
                    systemProperties,
                    Map.of()));
    assertTrue(message(e).contains("system property: dive.hash: found \"md5\""));
    assertTrue(message(e).contains("filter init parameter: dive.stael: "), message(e));
    assertTrue(message(e).contains("did you mean dive.stale?"), message(e));
  }
}
