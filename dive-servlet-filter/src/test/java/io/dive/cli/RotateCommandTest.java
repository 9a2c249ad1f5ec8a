// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import io.dive.rotation.RotationSite;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
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
    return Console.run(arguments(command, more).toArray(String[]::new));
  }

  private List<String> arguments(String command, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                command,
                "--config=" + site.settings,
                "--state=" + site.state,
                "--dns=" + site.zone.addressText(),
                "--trust-anchor=" + directory.resolve("anchor.txt")));
    List<String> added = List.of(more);
    if (added.stream().noneMatch(word -> word.startsWith("--authorities"))) {
      arguments.add("--authorities=" + site.zone.addressText());
    }
    arguments.addAll(added);
    return arguments;
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
            .filter(l -> l.startsWith("printed  publish this: "))
            .findFirst()
            .orElseThrow();
    assertTrue(first.out().endsWith("not done yet: run this again\n"), first::out);
    assertFalse(first.out().contains("done     publish"), first::out);
    assertFalse(first.out().contains("doing    publish"), first::out);
    assertEquals(3, run("rotate", "--status").exitCode());
    assertTrue(run("rotate", "--status").out().contains("under way, step publish"));

    site.zone.add(line.replace("printed  publish this: ", ""));
    JsonObject second = exitJson(3, run("rotate", "--json"));
    assertFalse(second.getBoolean("done"));
    assertTrue(
        second.getString("until").matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ"),
        second::toString);
    String text = run("rotate").out();
    assertTrue(text.contains("(until " + second.getString("until") + ")"), text);
    String status = run("rotate", "--status").out();
    assertTrue(status.contains("(until " + second.getString("until") + ")"), status);
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
    List<String> lines = revoked.out().lines().filter(l -> l.startsWith("printed  ")).toList();
    assertEquals(
        1,
        lines.stream()
            .filter(l -> l.startsWith("printed  remove this: k1._divekey.site.test. 300 IN TXT"))
            .count());
    assertEquals(
        2,
        lines.stream()
            .filter(l -> l.startsWith("printed  publish this: _dive.site.test. 300 IN TXT"))
            .filter(l -> l.contains("invalidate-keys-cache="))
            .count(),
        lines::toString);
  }

  @Test
  void json_hasTheRecordsInParts() throws Exception {
    JsonObject revoked = exitJson(3, run("revoke", "--key=k1", "--without-replacement", "--json"));
    List<JsonObject> removed =
        revoked.getArray("records").stream()
            .map(JsonObject.class::cast)
            .filter(record -> "k1._divekey.site.test".equals(record.getString("name")))
            .toList();
    assertEquals(1, removed.size(), revoked::toString);
    assertEquals("remove", removed.get(0).getString("change"));
    assertEquals(300, removed.get(0).getInt("ttl"));
    assertEquals("TXT", removed.get(0).getString("type"));
    assertEquals(site.zone.at(RotationSite.owner("k1")).get(0), removed.get(0).getString("value"));
    assertFalse(revoked.getBoolean("protected"));
  }

  @Test
  void revokedKeyThatNobodyTrustsAnyMore_isSaidToBeProtected() throws Exception {
    Instant now = Clock.systemUTC().instant();
    Instant due = now.plusSeconds(3600).truncatedTo(ChronoUnit.SECONDS);
    Files.writeString(
        site.state,
        """
        {"dive-rotation": 1, "used-key-ids": ["k0"], "finished": [], "directives": [],
         "revocations": [{"key": "k0", "unseen": [], "invalidate": ["%s"], "places": [],
           "policies": ["site.test"], "replaced": true, "phase": "keep", "due": "%s"}]}
        """
            .formatted(now.minusSeconds(60), due));
    JsonObject json = exitJson(3, run("revoke", "--key=k0", "--json"));
    assertTrue(json.getBoolean("protected"), json::toString);
    assertFalse(json.getBoolean("done"));
    assertEquals(due.toString(), json.getString("until"));
    JsonObject status = exitJson(3, run("revoke", "--key=k0", "--status", "--json"));
    assertTrue(status.getArray("under-way").getObject(0).getBoolean("protected"), status::toString);
    Console text = run("revoke", "--key=k0");
    assertEquals(3, text.exitCode(), text::err);
    assertTrue(
        text.out().endsWith("protected already, only clean-up is left: run this again\n"),
        text::out);
    assertTrue(run("rotate", "--status").out().contains("protected already"));
  }

  @Test
  void rotateDuringARevocation_isRefused_andNamesTheCommand() {
    assertEquals(3, run("revoke", "--key=k1").exitCode());
    Console refused = run("rotate", "--key=k1");
    assertEquals(1, refused.exitCode(), refused::out);
    assertTrue(refused.err().contains("dive revoke --key k1"), refused::err);
    assertTrue(
        run("rotate", "--status").out().startsWith("revocation of k1 under way, step replace"));
  }

  @Test
  void serverThatDoesNotAnswer_isToBeRunAgain() throws Exception {
    try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      Console console =
          run("rotate", "--timeout=1", "--authorities=127.0.0.1:" + silent.getLocalPort());
      assertEquals(3, console.exitCode(), console::err);
      assertTrue(console.out().contains("no server of the zone answers"), console::out);
      assertTrue(console.out().endsWith("not done yet: run this again\n"), console::out);
    }
  }

  private List<String> child(String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                DiveCommand.class.getName()));
    words.addAll(arguments("rotate", more));
    return words;
  }

  @Test
  void processThatIsToldToEnd_saysHowToGoOn() throws Exception {
    Process process = new ProcessBuilder(child("--wait")).redirectErrorStream(true).start();
    try (BufferedReader out = process.inputReader()) {
      List<String> lines = new ArrayList<>();
      while (lines.isEmpty() || !lines.get(lines.size() - 1).startsWith("awaited")) {
        lines.add(line(out, lines));
      }
      process.toHandle().destroy(); // leaves what it prints to be read
      String next = line(out, lines);
      while (!next.startsWith("interrupted")) {
        next = line(out, lines);
      }
      assertTrue(next.contains("nothing is lost"), next);
      String command = line(out, lines);
      assertEquals("dive " + String.join(" ", arguments("rotate", "--wait")), command);
      assertNotEquals(0, process.waitFor());
    } finally {
      process.destroyForcibly();
    }
    assertEquals(3, run("rotate").exitCode(), "it goes on");
  }

  @Test
  void waiting_printsAJsonObjectForEachThingAsItHappens() throws Exception {
    Process process = new ProcessBuilder(child("--wait", "--json")).start();
    Set<String> events = new LinkedHashSet<>();
    try (BufferedReader out = process.inputReader()) {
      String event = "";
      while (!event.equals("awaited")) {
        JsonObject object = JsonParser.object().from(line(out, events));
        event = object.getString("event");
        events.add(event);
        if (event.equals("printed")) {
          assertEquals("publish", object.getString("change"));
          site.zone.put(object.getString("name"), object.getString("value"));
        }
      }
      process.toHandle().destroy(); // leaves what it prints to be read
      while (!event.equals("interrupted")) {
        JsonObject object = JsonParser.object().from(line(out, events));
        event = object.getString("event");
        if (event.equals("interrupted")) {
          assertFalse(object.getBoolean("done"));
          assertTrue(object.getString("command").startsWith("dive rotate "), object::toString);
        }
      }
    } finally {
      process.destroyForcibly();
    }
    assertTrue(events.containsAll(Set.of("doing", "done", "printed", "awaited")), events::toString);
  }

  private static String line(BufferedReader out, Object soFar) throws IOException {
    String line = out.readLine();
    assertNotNull(line, () -> "it ended after " + soFar);
    return line;
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
  void keyThatIsNotThere_isAUsageError() {
    Console console = run("rotate", "--key=k2");
    assertEquals(2, console.exitCode());
    assertTrue(console.err().contains("no key k2"), console::err);
  }
}
