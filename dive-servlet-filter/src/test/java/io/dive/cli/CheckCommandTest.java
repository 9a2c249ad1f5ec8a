// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonObject;
import io.dive.zonemd.ZoneFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code check} against real DNSSEC on loopback. */
class CheckCommandTest extends CommandSiteSuite {
  @Test
  void check_passesWhereTheRecordsArePublished() throws Exception {
    site.publish();
    Console console = Console.runWell("check", "--config", site.config().toString());
    assertEquals(
        """
        OK       policy-ok  _dive.www.site.test: secure, dive-draft-01, scopes [strict], TTL 300 s, signature ends in 29 days
        OK       key-ok     k1._divekey.www.site.test: secure, ed25519, the key that signs, TTL 300 s, signature ends in 29 days
        passed: a DIVE client finds what it needs
        """,
        console.out());
    Console single =
        Console.runWell(
            "check",
            "--host",
            CommandSite.HOST,
            site.keyOption(),
            "--dns",
            site.zone.addressText(),
            "--trust-anchor",
            site.anchor.toString(),
            "--timeout",
            "60",
            "--json");
    assertTrue(single.json().getBoolean("passed"));
    assertEquals("key-ok", single.json().getArray("findings").getObject(1).getString("code"));
  }

  @Test
  void check_failsWithTheLinesToPublish() throws Exception {
    site.publish();
    site.zone.remove(CommandSite.KEY_NAME);
    Console console = Console.run("check", "--config", site.config().toString());
    assertEquals(1, console.exitCode());
    assertEquals("", console.err());
    String line =
        Console.runWell("records", "--host", CommandSite.HOST, site.keyOption())
            .out()
            .lines()
            .filter(l -> l.startsWith(CommandSite.KEY_NAME))
            .findFirst()
            .orElseThrow();
    assertTrue(console.out().contains("ERROR    key-missing"), console::out);
    assertTrue(console.out().contains("\n         " + line + "\n"), console::out);
    assertTrue(console.out().endsWith("would refuse downloads or not verify them\n"));
    JsonObject json = Console.run("check", "--config", site.config().toString(), "--json").json();
    assertFalse(json.getBoolean("passed"));
    assertTrue(json.getArray("findings").getObject(1).getString("remedy").contains(line));
  }

  @Test
  void check_verifiesTheZoneFromTheTrustAnchorOfTheCommandLine() throws Exception {
    site.publish();
    Path config = site.config();
    Files.writeString(
        config,
        Files.readString(config)
            + "dive.zone.name = example\ndive.zone.file = "
            + ZoneFiles.vector("A.1.Simple-EXAMPLE-Zone"));
    Console unanchored = Console.run("check", "--config", config.toString());
    assertEquals(0, unanchored.exitCode(), unanchored::out);
    assertTrue(unanchored.out().contains("WARNING  zone-not-anchored"), unanchored::out);
    Path anchors =
        Files.writeString(
            site.directory.resolve("more.txt"),
            Files.readString(site.anchor) + "example. IN DS 12 15 2 " + "ab".repeat(32) + "\n");
    Console anchored =
        Console.run("check", "--config", config.toString(), "--trust-anchor", anchors.toString());
    assertEquals(1, anchored.exitCode(), anchored::out);
    assertTrue(anchored.out().contains("ERROR    zone-signature-invalid"), anchored::out);
  }

  @Test
  void check_eachDnsOptionReplacesOnlyItsOwnSetting() throws Exception {
    site.publish();
    Path config = site.config();
    Console authorities =
        Console.run("check", "--config", config.toString(), "--dns-ca", site.anchor.toString());
    assertEquals(2, authorities.exitCode(), authorities::out);
    assertTrue(authorities.err().contains("--dns-ca"), authorities::err);
    Files.writeString(config, Files.readString(config) + "dive.dns.tls-ca = anchor.txt\n");
    Console resolver =
        Console.run("check", "--config", config.toString(), "--dns", site.zone.addressText());
    assertEquals(2, resolver.exitCode(), resolver::out);
    assertTrue(resolver.err().contains("dive.dns.tls-ca"), resolver::err);
  }

  @Test
  void check_optionsWinOverTheConfiguration() throws Exception {
    site.publish();
    Path config = site.config();
    Files.writeString(
        config,
        Files.readString(config)
            .replaceFirst("dive.dns.resolver = .*", "dive.dns.resolver = 127.0.0.1:1"));
    assertEquals(
        0,
        Console.run("check", "--config", config.toString(), "--dns", site.zone.addressText())
            .exitCode(),
        "the trust anchor is still the configuration's");
    Console down = Console.run("check", "--config", config.toString(), "--timeout", "2");
    assertEquals(1, down.exitCode());
    assertTrue(down.out().contains("ERROR    dns-server-failure"), down::out);
    assertTrue(down.out().contains("127.0.0.1 port 1"), down::out);
  }

  @Test
  void check_asksTheListedAuthorities() throws Exception {
    site.publish();
    String list = site.zone.addressText();
    Console console =
        Console.runWell("check", "--config", site.config().toString(), "--authorities", list);
    assertTrue(
        console
            .out()
            .contains(
                "OK       authorities-ok  site.test: the same zone, serial 1 and the same records"
                    + " at "
                    + list
                    + "\n"),
        console::out);
    Console off =
        Console.runWell("check", "--config", site.config().toString(), "--authorities", "off");
    assertFalse(off.out().contains("authorit"), off::out);
  }

  @Test
  void check_optionsOfTheResolver_thatMakeNoSense_areRefused() throws Exception {
    site.publish();
    String config = site.config().toString();
    for (String[] options :
        new String[][] {
          {"--authorities", "ns1.example"},
          {"--trust-ad"},
          {"--dns", "tls://", "--dns-ca", site.key.toString()}
        }) {
      List<String> command = new ArrayList<>(List.of("check", "--config", config));
      command.addAll(List.of(options));
      Console console = Console.run(command.toArray(String[]::new));
      assertTrue(console.exitCode() > 0, console::out);
      assertEquals("", console.out());
      assertTrue(console.err().contains(options[options.length > 2 ? 2 : 0]), console::err);
    }
  }

  @Test
  void check_bogusDns_isAFindingAndNothingElse() throws Exception {
    site.publish();
    site.zone.spoil("_dive." + CommandSite.HOST);
    Console console = Console.run("check", "--config", site.config().toString());
    assertEquals(1, console.exitCode());
    assertTrue(console.out().contains("ERROR    dns-signature-expired"), console::out);
    assertEquals("", console.err());
  }
}
