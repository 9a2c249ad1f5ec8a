// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import io.dive.dns.DynamicZone;
import io.dive.protocol.CharacterStrings;
import io.dive.rotation.RotationSite;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code rotate} and {@code revoke} by dynamic update of a zone on BIND with a secondary. */
@Timeout(300)
class RotateNamedTest {
  private static String text(InetSocketAddress address) {
    return "127.0.0.1:" + address.getPort();
  }

  private static DynamicZone start(Path directory, RotationSite site) throws Exception {
    String records =
        Stream.of("_dive.site.test", RotationSite.owner("k1"))
            .flatMap(
                owner ->
                    site.zone.at(owner).stream()
                        .map(value -> CharacterStrings.zoneFileLine(owner, 1, value)))
            .collect(Collectors.joining("\n"));
    return DynamicZone.start(
        Files.createDirectory(directory.resolve("named")), "site.test", records, true);
  }

  private static String[] command(
      String command, RotationSite site, DynamicZone zone, String... more) {
    return Stream.concat(
            Stream.of(
                command,
                "--key=k1",
                "--config=" + site.settings,
                "--state=" + site.state,
                "--dns=" + text(zone.primary()),
                "--trust-anchor=" + zone.anchor(),
                "--authorities="
                    + zone.servers().stream()
                        .map(RotateNamedTest::text)
                        .collect(Collectors.joining(",")),
                "--update=" + text(zone.primary()),
                "--timeout=5"),
            Stream.of(more))
        .toArray(String[]::new);
  }

  @Test
  void rotate_waitsForBothServersAndTheTimesToLive(@TempDir Path directory) throws Exception {
    Assumptions.assumeTrue(DynamicZone.isPossible(), "named or tsig-keygen is not installed");
    try (RotationSite site = new RotationSite(Files.createDirectory(directory.resolve("site")));
        DynamicZone zone = start(directory, site)) {
      Console refused = Console.run(command("rotate", site, zone));
      assertEquals(1, refused.exitCode(), refused::out);
      assertTrue(refused.err().contains("REFUSED"), refused::err);
      Path unknown = directory.resolve("unknown.tsig");
      Files.writeString(
          unknown, Files.readString(zone.tsig()).replace("\"rotation\"", "\"other\""));
      Files.setPosixFilePermissions(unknown, PosixFilePermissions.fromString("rw-------"));
      for (String command : List.of("rotate", "revoke")) {
        Console wrongKey = Console.run(command(command, site, zone, "--tsig=" + unknown));
        assertEquals(1, wrongKey.exitCode(), wrongKey::out);
        assertTrue(wrongKey.err().contains("BADKEY"), wrongKey::err);
      }
      assertEquals(List.of("k1"), site.settingsKeys());
      assertFalse(Files.exists(site.state), "nothing is begun");

      Console rotated =
          Console.runWell(
              command(
                  "rotate",
                  site,
                  zone,
                  "--tsig=" + zone.tsig(),
                  "--wait",
                  "--overlap=1s",
                  "--json"));
      List<String> said = new ArrayList<>();
      for (String line : rotated.out().lines().toList()) {
        JsonObject event = JsonParser.object().from(line);
        said.add(event.getString("event") + " " + event.getString("what"));
      }
      assertEquals("outcome null", said.get(said.size() - 1));
      assertTrue(rotated.out().lines().toList().get(said.size() - 1).contains("\"done\":true"));
      List<String> done = said.stream().filter(s -> s.startsWith("do")).toList();
      assertEquals(done.stream().distinct().toList(), done);
      assertEquals(1, site.settingsKeys().size());
      assertEquals(site.settingsKeys(), site.sidecarKeys());
      assertTrue(site.settingsKeys().get(0).startsWith("key2"), site.settingsKeys()::toString);
    }
  }

  @Test
  void stoppedSecondary_isNamedAndWaitedFor(@TempDir Path directory) throws Exception {
    Assumptions.assumeTrue(DynamicZone.isPossible(), "named or tsig-keygen is not installed");
    try (RotationSite site = new RotationSite(Files.createDirectory(directory.resolve("site")));
        DynamicZone zone = start(directory, site)) {
      zone.stopSecondary();
      Console revoked =
          Console.run(
              command("revoke", site, zone, "--tsig=" + zone.tsig(), "--without-replacement"));
      assertEquals(3, revoked.exitCode(), revoked::err);
      assertTrue(
          revoked
              .out()
              .contains(
                  "awaited  the revocation at every server: 127.0.0.1:"
                      + zone.servers().get(1).getPort()),
          revoked::out);
    }
  }
}
