// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.dive.dns.TxtAnswer;
import io.dive.verify.Verdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code --rotate}, in a process of its own and twice in this one. */
@Timeout(300)
class LiveRotationTest {
  private static final Pattern SUMMARY =
      Pattern.compile(
          "rotated (?<old>\\w+) -> (?<now>\\w+): (?<verified>[0-9,]+) downloads verified, 0 refused");
  private static final long FEWEST_DOWNLOADS = 100;

  @TempDir private Path directory = Path.of("");

  @Test
  void rotateOption_everyDownloadVerified_goesOnServing() throws Exception {
    try (SandboxProcess sandbox =
        SandboxProcess.start(
            directory, Main.class, Ready.onFreePorts(directory.resolve("data"), "--rotate"))) {
      Ready ready = Ready.parse(sandbox.line());
      List<String> lines = linesToSummary(sandbox);

      Matcher summary = summary(lines);
      assertEquals("sandbox1", summary.group("old"));
      assertTrue(verified(summary) >= FEWEST_DOWNLOADS, lines.toString());
      assertStepsInOrder(lines);
      assertAcceptedWith(ready, summary.group("now"));
      assertTrue(ready.client().verify(ready.url("/")).bodyBytes() > 0);
    }
  }

  @Test
  @Tag("long")
  void rotatedTwiceThenStartedPlainly_alsoWithoutSettings_goesOnWithTheLatestKey()
      throws Exception {
    Path data = directory.resolve("data");
    List<String> replaced = new ArrayList<>(List.of("sandbox1"));
    for (int i = 0; i < 2; i++) {
      List<String> lines = new ArrayList<>();
      try (Sandbox sandbox = Sandbox.start(Ready.options(data, "--rotate"))) {
        VerifyingClients.Count count = sandbox.rotate(lines::add);

        assertEquals(0, count.refused(), lines.toString());
        Matcher summary = summary(lines);
        assertEquals(replaced.get(i), summary.group("old"));
        assertFalse(replaced.contains(summary.group("now")), lines.toString());
        replaced.add(summary.group("now"));
      }
    }

    for (boolean settingsAreLost : new boolean[] {false, true}) {
      if (settingsAreLost) {
        Files.delete(data.resolve("dive.properties"));
      }
      assertGoesOn(data, replaced);
    }
  }

  private static void assertGoesOn(Path data, List<String> replaced) throws Exception {
    try (Sandbox sandbox = Sandbox.start(Ready.options(data))) {
      Ready ready = Ready.parse(sandbox.readyLine());
      assertAcceptedWith(ready, replaced.get(2));
      assertEquals(Duration.ofMinutes(15), ttl(ready, replaced.get(2)));
      for (String old : replaced.subList(0, 2)) {
        assertInstanceOf(TxtAnswer.Absent.class, key(ready, old));
        assertTrue(Files.exists(data.resolve(old + ".pem")), "archiving is left to the operator");
      }
    }
  }

  /** A crash at any moment, and then also the loss of the settings. */
  @ParameterizedTest(name = "killed after: {0}")
  @Tag("long")
  @ValueSource(strings = {"publish key", "add key", "take key sandbox1 out"})
  void killedInTheMiddle_startsPlainly_andEndsTheRotationLater(String step) throws Exception {
    Path data = directory.resolve("data");
    try (SandboxProcess sandbox =
        SandboxProcess.start(directory, Main.class, Ready.onFreePorts(data, "--rotate"))) {
      String line = sandbox.line();
      while (!line.contains(step)) { // ends with the program, or with the time-out of this class
        line = sandbox.line();
      }
      sandbox.process().destroyForcibly().waitFor();
    }
    assertTrue(Files.readString(data.resolve("rotation.json")).contains("\"rotation\""));

    try (Sandbox sandbox = Sandbox.start(Ready.options(data))) {
      assertAccepted(Ready.parse(sandbox.readyLine()));
    }
    Files.delete(data.resolve("dive.properties"));
    List<String> lines = new ArrayList<>();
    try (Sandbox sandbox = Sandbox.start(Ready.options(data, "--rotate"))) {
      Ready ready = Ready.parse(sandbox.readyLine());
      assertAccepted(ready);
      VerifyingClients.Count count = sandbox.rotate(lines::add);

      assertEquals(0, count.refused(), lines.toString());
      String now = summary(lines).group("now");
      assertNotEquals("sandbox1", now);
      assertAcceptedWith(ready, now);
      assertInstanceOf(TxtAnswer.Absent.class, key(ready, "sandbox1"));
    }
  }

  /** A client that is lied to by DNS says so, and the count shows it. */
  @Test
  void rotation_withAKeyThatNobodyPublished_downloadsCountAsRefused() throws Exception {
    try (Sandbox sandbox = Sandbox.start(Ready.options(directory.resolve("data")));
        Sandbox other = Sandbox.start(Ready.options(directory.resolve("other")))) {
      Ready ready = Ready.parse(sandbox.readyLine());
      Ready elsewhere = Ready.parse(other.readyLine());
      try (VerifyingClients clients =
          new VerifyingClients(
              ready.lookup(),
              elsewhere.http(),
              List.of(elsewhere.url("/"), elsewhere.url("/generated/10")),
              Clock.systemUTC())) {
        clients.await(20);

        assertEquals(0, clients.count().verified());
        assertTrue(clients.count().refused() >= 20);
        assertTrue(
            clients.count().firstProblem().orElseThrow().contains("Rejected"),
            clients.count().firstProblem().toString());
      }
    }
  }

  private static List<String> linesToSummary(SandboxProcess sandbox) throws Exception {
    List<String> lines = new ArrayList<>();
    do { // ends with the program, or with the time-out of this class
      lines.add(sandbox.line());
    } while (!lines.get(lines.size() - 1).startsWith("rotated"));
    if (!SUMMARY.matcher(lines.get(lines.size() - 1)).matches()) {
      fail(lines + "; the first problem: " + sandbox.line());
    }
    return lines;
  }

  private static Matcher summary(List<String> lines) {
    Matcher summary = SUMMARY.matcher(lines.get(lines.size() - 1));
    assertTrue(summary.matches(), lines.toString());
    return summary;
  }

  private static long verified(Matcher summary) {
    return Long.parseLong(summary.group("verified").replace(",", ""));
  }

  private static void assertStepsInOrder(List<String> lines) {
    int at = 0;
    for (String step :
        List.of(
            "rotating sandbox1",
            "create private key",
            "publish key",
            "waiting for resolvers",
            "clients find the record",
            "add key",
            "both signatures are served",
            "take key sandbox1 out",
            "no longer served",
            "remove the record at sandbox1._divekey")) {
      while (at < lines.size() && !lines.get(at).contains(step)) {
        at++;
      }
      assertTrue(at < lines.size(), step + " is missing, or out of order, in " + lines);
    }
  }

  private static void assertAccepted(Ready ready) throws Exception {
    for (String path : List.of("/", "/generated/5000", "/downloads/valid.txt")) {
      assertInstanceOf(
          Verdict.Accepted.class, ready.client().verify(ready.url(path)).outcome().verdict());
    }
  }

  private static void assertAcceptedWith(Ready ready, String key) throws Exception {
    for (String path : List.of("/", "/downloads/valid.txt")) {
      Verdict.Accepted accepted =
          assertInstanceOf(
              Verdict.Accepted.class, ready.client().verify(ready.url(path)).outcome().verdict());
      assertEquals(key, accepted.key().keyId().value());
    }
  }

  private static Duration ttl(Ready ready, String key) throws Exception {
    return assertInstanceOf(TxtAnswer.Found.class, key(ready, key)).ttl();
  }

  private static TxtAnswer key(Ready ready, String key) throws Exception {
    return ready.lookup().lookup(key + "._divekey." + ready.host(), Duration.ofSeconds(20));
  }
}
