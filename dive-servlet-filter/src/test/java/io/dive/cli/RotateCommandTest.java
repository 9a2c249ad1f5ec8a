// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonObject;
import io.dive.rotation.RotationSite;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code rotate} and {@code revoke} where an operator publishes by hand. */
@Timeout(120)
class RotateCommandTest {
  private final Path directory;
  private RotationSite site;

  RotateCommandTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @BeforeEach
  void startSite() throws Exception {
    site = new RotationSite(directory);
  }

  @AfterEach
  void stopSite() {
    site.close();
  }

  private Console run(String command, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                command,
                "--config=" + site.settings,
                "--state=" + site.state,
                "--dns=" + site.zone.addressText(),
                "--trust-anchor=" + directory.resolve("anchor.txt"),
                "--authorities=" + site.zone.addressText()));
    arguments.addAll(List.of(more));
    return Console.run(arguments.toArray(String[]::new));
  }

  @Test
  void rotate_printsWhatToPublish_andHasToBeRunAgain() throws Exception {
    Console first = run("rotate", "--key=k1");
    assertEquals("", first.err());
    assertEquals(3, first.exitCode(), first::out);
    String line =
        first
            .out()
            .lines()
            .filter(l -> l.startsWith("in your zone, add"))
            .findFirst()
            .orElseThrow();
    assertTrue(first.out().endsWith("not done yet: run this again\n"), first::out);
    assertEquals(3, run("rotate", "--status").exitCode());
    assertTrue(run("rotate", "--status").out().contains("at step publish"));

    site.zone.add(line.replaceFirst("in your zone, add *", ""));
    JsonObject second = exitJson(3, run("rotate", "--json"));
    assertFalse(second.getBoolean("done"));
    assertTrue(second.getString("until").endsWith("Z"));
    assertEquals(0, second.getArray("records").size());
    assertEquals(List.of("k1"), site.settingsKeys());
  }

  private static JsonObject exitJson(int code, Console console) throws Exception {
    assertEquals(code, console.exitCode(), console::out);
    return console.json();
  }

  @Test
  void status_ofNothing_isDone() throws Exception {
    assertTrue(exitJson(0, run("revoke", "--key=k1", "--status", "--json")).getBoolean("done"));
    assertFalse(Files.exists(site.state));
  }

  @Test
  void revokeWithoutReplacement_printsBothChanges() throws Exception {
    Console revoked = run("revoke", "--key=k1", "--without-replacement");
    assertEquals(3, revoked.exitCode(), revoked::err);
    List<String> lines = revoked.out().lines().filter(l -> l.startsWith("in your zone, ")).toList();
    assertEquals(
        1,
        lines.stream()
            .filter(l -> l.startsWith("in your zone, remove  k1._divekey.site.test. 300 IN TXT"))
            .count());
    assertEquals(
        2,
        lines.stream()
            .filter(l -> l.startsWith("in your zone, add     _dive.site.test. 300 IN TXT"))
            .filter(l -> l.contains("invalidate-keys-cache="))
            .count(),
        lines::toString);
  }

  @Test
  void wrongArguments_areUsageErrors() {
    for (String[] wrong :
        new String[][] {
          {"rotate", "--key=a-b"},
          {"rotate", "--overlap=1y"},
          {"rotate", "--tsig=nothing.tsig"},
          {"rotate", "--update=[::1"},
          {"rotate", "--connect=nowhere"},
          {"revoke"}
        }) {
      String[] more = wrong.length > 1 ? new String[] {wrong[1]} : new String[0];
      Console console = run(wrong[0], more);
      assertEquals(2, console.exitCode(), () -> String.join(" ", wrong) + console.err());
    }
    assertFalse(Files.exists(site.state));
  }

  @Test
  void keyThatIsNotThere_fails() {
    Console console = run("rotate", "--key=k2");
    assertEquals(1, console.exitCode());
    assertTrue(console.err().contains("no key k2"), console::err);
  }
}
