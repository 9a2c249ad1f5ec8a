// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonObject;
import io.dive.check.PublishedRecords;
import io.dive.dns.SignedZone;
import io.dive.key.CapturedLog;
import io.dive.protocol.DiveException;
import io.dive.settings.DiveSettings;
import io.dive.zonemd.ZoneFiles;
import io.micrometer.core.instrument.Meter;
import jakarta.servlet.AsyncContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is told of settings that are refused or replaced, and when they are tried again. */
class RefusedSettingsTest extends ReloadSuite {
  private final Set<Thread> earlier = threads();
  private SignedZone zone;

  @BeforeEach
  void publishAgentKeyAndServeZone() throws Exception {
    byte[] published =
        KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPublic().getEncoded();
    Files.writeString(
        directory.resolve("agent.pub"),
        "-----BEGIN PUBLIC KEY-----\n"
            + Base64.getEncoder().encodeToString(published)
            + "\n-----END PUBLIC KEY-----\n");
    zone = SignedZone.serve("site.test");
    zone.writeAnchor(directory.resolve("anchor.txt"));
  }

  @Override
  @AfterEach
  void stop() throws Exception {
    super.stop();
    zone.close();
  }

  private String settings(String... more) {
    return """
    dive.hosts = %s
    dive.rule.1.path = **
    dive.rule.1.mode = stream
    dive.reload.interval = off
    dive.dns.resolver = %s
    dive.dns.trust-anchor = anchor.txt
    dive.check.timeout = 60s
    dive.check.interval = 1d
    """
            .formatted(HOST, zone.addressText())
        + String.join("\n", more)
        + "\n";
  }

  private static String key(int number, String name) {
    return "dive.key.%d.id = %s\ndive.key.%d.file = %s.pem".formatted(number, name, number, name);
  }

  /** Nobody listens there. */
  private static String agentKey() {
    return "dive.key.1.id = agent\ndive.key.1.file = agent.pub\ndive.key.1.agent = agent.sock";
  }

  private void configure(String... more) throws Exception {
    write(settings(more));
  }

  private void publish() throws Exception {
    for (String line : PublishedRecords.all(DiveSettings.load(file).checkPlan())) {
      zone.add(line);
    }
  }

  private Set<String> measuredChecks() {
    return meters.find("dive.check.findings").gauges().stream()
        .map(Meter::getId)
        .map(id -> String.valueOf(id.getTag("check")))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static List<String> told(CapturedLog log) {
    return log.text().lines().filter(line -> line.contains(" io.dive.")).toList();
  }

  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .filter(
            thread -> List.of("dive-signer", "dive-dns", "dive-zone").contains(thread.getName()))
        .collect(Collectors.toUnmodifiableSet());
  }

  private List<String> ownThreads() {
    Set<Thread> own = new HashSet<>(threads());
    own.removeAll(earlier);
    return own.stream().map(Thread::getName).sorted().toList();
  }

  @Test
  void refusedCandidate_leavesOneMessage_andAnAcceptedOneTellsAll() throws Exception {
    configure(key(1, "one"), "dive.check = off");
    start(FilterContainer.JETTY);
    configure(agentKey(), "dive.check = enforce");
    try (CapturedLog log = new CapturedLog()) {
      lookTwice();
      assertEquals(1, told(log).size(), log::text);
      assertTrue(told(log).get(0).contains("not put to work"), log::text);
    }
    assertEquals(Set.of(), measuredChecks());
    assertEquals(List.of(), ownThreads());
    publish();
    try (CapturedLog log = new CapturedLog()) {
      filter.reload();
      assertTrue(log.text().contains("key agent cannot sign"), log::text);
      assertTrue(log.text().contains("The dns check passed"), log::text);
    }
    assertEquals(Set.of("dns", "signer"), measuredChecks());
  }

  @Test
  void metersOfChecksThatAReloadTookAway_go() throws Exception {
    configure(agentKey(), "dive.check = enforce");
    publish();
    start(FilterContainer.JETTY);
    assertEquals(Set.of("dns", "signer"), measuredChecks());
    configure(key(1, "one"), "dive.check = off");
    lookTwice();
    assertEquals(Set.of(), measuredChecks());
  }

  @Test
  void anotherReasonOfTheSameCode_isToldAndShown() throws Exception {
    configure(key(1, "one"), "dive.check = enforce");
    publish();
    start(FilterContainer.JETTY);
    configure(key(1, "two"), "dive.check = enforce");
    try (CapturedLog log = new CapturedLog()) {
      lookTwice();
      assertEquals(1, log.lines("ERROR").size(), log::text);
      clock.pass(Refusals.LONGEST_PAUSE);
      filter.lookAtSettings();
      assertEquals(1, log.lines("ERROR").size(), "the same again");
      zone.put("two._divekey." + HOST, zone.at("one._divekey." + HOST).get(0));
      clock.pass(Refusals.LONGEST_PAUSE);
      filter.lookAtSettings();
      assertEquals(2, log.lines("ERROR").size(), log::text);
      assertTrue(log.text().contains("key-mismatch"), log::text);
    }
    assertEquals(2, reloads("refused"));
    assertTrue(filter.lastRefusal().contains("key-mismatch"), filter.lastRefusal());
  }

  @Test
  void eachDemandThatIsRefused_isCounted() throws Exception {
    configure(key(1, "one"), "dive.check = off");
    start(FilterContainer.JETTY);
    configure("dive.check = off");
    for (int i = 1; i <= 3; i++) {
      assertThrows(DiveException.class, filter::reload);
      assertEquals(i, reloads("refused"));
    }
  }

  private boolean asksDns(Runnable action) {
    int before = zone.questions();
    action.run();
    return zone.questions() > before;
  }

  @Test
  void settingsRefusedByDns_areTriedAfterGrowingPauses_andAtOnceWhenFilesChange() throws Exception {
    configure(key(1, "one"), "dive.check = off");
    start(FilterContainer.JETTY);
    configure(key(1, "two"), "dive.check = enforce");
    assertTrue(asksDns(this::lookTwice));
    for (int seconds : new int[] {10, 20, 40, 80, 160, 300, 300}) {
      clock.pass(Duration.ofSeconds(seconds).minusSeconds(5));
      assertFalse(asksDns(this::lookTwice), seconds + " s");
      clock.pass(Duration.ofSeconds(5));
      assertTrue(asksDns(this::lookTwice), seconds + " s");
    }
    assertEquals(1, reloads("refused"), "told once");
    configure(key(1, "two"), "dive.check = enforce", "dive.hash = sha512");
    assertTrue(asksDns(this::lookTwice), "the file has changed");
    assertFalse(asksDns(this::lookTwice));
    Files.copy(
        directory.resolve("one.pem"),
        directory.resolve("two.pem"),
        StandardCopyOption.REPLACE_EXISTING);
    assertTrue(asksDns(this::lookTwice), "a file has changed that only the refused ones name");
    assertFalse(asksDns(this::lookTwice));
    assertTrue(
        asksDns(() -> assertThrows(DiveException.class, filter::reload)), "somebody wants it now");
    publish();
    clock.pass(Refusals.FIRST_PAUSE);
    lookTwice();
    assertEquals("", filter.lastRefusal());
    assertEquals(1, reloads("ok"));
  }

  @Test
  void repairedFile_isToldOnce() throws Exception {
    configure(key(1, "one"), "dive.check = off");
    int port = start(FilterContainer.JETTY);
    configure(key(1, "one"), "dive.check = of");
    lookTwice();
    assertEquals("setting-invalid", settingsHealth(port).getString("code"));
    configure(key(1, "one"), "dive.check = off");
    try (CapturedLog log = new CapturedLog()) {
      lookTwice();
      lookTwice();
      assertEquals(1, told(log).size(), log::text);
      assertTrue(told(log).get(0).contains("again the ones at work"), log::text);
    }
    assertFalse(settingsHealth(port).has("code"));
    assertEquals("", filter.lastRefusal());
  }

  @Test
  void settingsThatDoNothing_areWarnedOf() throws Exception {
    Path zoneFile = ZoneFiles.vector("A.1.Simple-EXAMPLE-Zone");
    configure(key(1, "one"), "dive.check = off", "dive.zone.file = " + zoneFile);
    try (CapturedLog log = new CapturedLog()) {
      start(FilterContainer.JETTY);
      List<String> warnings = log.lines("WARN");
      assertEquals(1, warnings.size(), log::text);
      assertTrue(warnings.get(0).contains("dive.zone.* does nothing with dive.check = off"));
    }
    configure(key(1, "one"), "dive.check = off");
    try (CapturedLog log = new CapturedLog()) {
      lookTwice();
      assertEquals(List.of(), log.lines("WARN"));
    }
  }

  @Test
  void startRefusedByTheZone_saysWhatIsWrongWithIt() throws Exception {
    String text =
        Files.readString(ZoneFiles.vector("A.1.Simple-EXAMPLE-Zone"), StandardCharsets.ISO_8859_1);
    Files.writeString(
        directory.resolve("damaged.zone"), text.replaceFirst("203.0.113.63", "203.0.113.64"));
    configure(
        key(1, "one"),
        "dive.check = enforce",
        "dive.zone.name = example",
        "dive.zone.file = damaged.zone");
    publish();
    Exception refusal = assertThrows(Exception.class, () -> start(FilterContainer.JETTY));
    String message = String.valueOf(refusal.getMessage());
    assertTrue(
        message.startsWith(
            "DIVE cannot start: the zone that dive.zone names is not right, and dive.check ="
                + " enforce:\n"),
        message);
    assertTrue(message.contains("ERROR    zone-damaged"), message);
    assertEquals(List.of(), ownThreads());
    assertEquals(List.of(), meters.getMeters());
  }

  @Test
  void health_hasNoPathOfThisMachine() throws Exception {
    configure(
        agentKey(), "dive.check = enforce", "dive.zone.name = example", "dive.zone.file = no.zone");
    Files.writeString(directory.resolve("no.zone"), "");
    publish();
    int port = start(FilterContainer.JETTY);
    JsonObject signer = check(port, "dive-signer").getObject("data");
    assertEquals("agent", signer.getString("subject"));
    assertEquals("signer-unavailable", signer.getString("code"));
    assertEquals(
        "key agent cannot sign: the ssh-agent at dive.key.1.agent is not there: the socket does"
            + " not exist; start the agent with ssh-agent -a dive.key.1.agent",
        signer.getString("sentence"));
    Instant.parse(signer.getString("since"));
    assertEquals("dive.zone.file", check(port, "dive-zone").getObject("data").getString("subject"));
    String body = get(port, "/health").body();
    assertFalse(body.contains(directory.toString()), body);
  }

  @Test
  void replacedSite_isProbedNoMore_evenWhileItsRequestsLast() throws Exception {
    configure(agentKey(), "dive.check = off");
    int port = start(FilterContainer.JETTY);
    ExecutorService client = Executors.newSingleThreadExecutor();
    try {
      Future<RawAnswer> pending = client.submit(() -> get(port, "/waiting"));
      AsyncContext cycle = waiting.take();
      assertEquals(List.of("dive-signer"), ownThreads());
      configure(agentKey(), "dive.check = off", "dive.hash = sha512");
      lookTwice();
      assertEquals(1, settingsHealth(port).getInt("replaced-and-in-use"));
      assertEquals(List.of("dive-signer"), ownThreads(), "that of the new one");
      configure(key(1, "one"), "dive.check = off");
      lookTwice();
      assertEquals(List.of(), ownThreads());
      cycle.complete();
      assertEquals(200, pending.get().status());
    } finally {
      client.shutdownNow();
    }
  }
}
