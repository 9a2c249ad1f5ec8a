// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdleSettingsTest {
  private final Path directory;

  IdleSettingsTest(@TempDir Path directory) throws Exception {
    this.directory = directory;
    Files.writeString(directory.resolve("zone"), "");
    Files.writeString(directory.resolve("ca.pem"), "");
  }

  private List<String> warnings(String text) throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("dive.properties"),
            "dive.hosts = example.com\ndive.rule.1.path = **\ndive.rule.1.mode = off\n" + text);
    return DiveSettings.load(file).warnings();
  }

  @Test
  void zoneThatIsNotChecked_isNamed() throws Exception {
    List<String> warnings = warnings("dive.zone.file = zone\ndive.check = off\n");
    assertEquals(1, warnings.size());
    assertTrue(warnings.get(0).contains("set dive.check = warn"), warnings.get(0));
    assertEquals(List.of(), warnings("dive.zone.file = zone\n"));
  }

  @Test
  void authoritiesOfAResolverWithoutTls_areNamed() throws Exception {
    for (String plain : List.of("", "dive.dns.resolver = 127.0.0.1:5300\n")) {
      List<String> warnings = warnings("dive.dns.tls-ca = ca.pem\n" + plain);
      assertEquals(1, warnings.size());
      assertTrue(warnings.get(0).startsWith("dive.dns.tls-ca does nothing"), warnings.get(0));
    }
    for (String encrypted : List.of("tls://127.0.0.1", "https://127.0.0.1/dns-query")) {
      assertEquals(
          List.of(), warnings("dive.dns.tls-ca = ca.pem\ndive.dns.resolver = " + encrypted + "\n"));
    }
  }
}
