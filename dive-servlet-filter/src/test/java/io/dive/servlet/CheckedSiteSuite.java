// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import io.dive.check.CheckPlan;
import io.dive.check.PublishedRecords;
import io.dive.dns.SignedZone;
import io.dive.key.Signer;
import io.dive.key.SigningKey;
import io.dive.protocol.FieldNames;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.servlet.FilterContainer.Running;
import io.dive.settings.CheckSettings;
import io.dive.settings.DiveSettings;
import io.dive.settings.DiveSettingsBuilder;
import io.dive.settings.DnsSettings;
import io.dive.sidecar.SigningProgress;
import io.dive.sidecar.TreeSigner;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A site with its checks, asked over sockets how it is, with real DNSSEC beside it. */
@Timeout(300)
abstract class CheckedSiteSuite {
  static final String HOST = "www.site.test";
  static final String POLICY = "_dive." + HOST;
  static final String KEY = "k1._divekey." + HOST;

  final SigningKey key = SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom());
  final Signer signer = key.signer(KeyReference.of(new KeyId("k1")));
  final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  final List<Running> started = new ArrayList<>();
  Path directory;
  Path files;
  SignedZone zone;
  private Path anchor;

  @BeforeEach
  void writeFileAndServeZone(@TempDir Path given) throws Exception {
    directory = given;
    files = Files.createDirectory(directory.resolve("files"));
    Files.writeString(files.resolve("a.txt"), "first\n");
    zone = SignedZone.serve("site.test");
    anchor = zone.writeAnchor(directory.resolve("anchor.txt"));
  }

  @AfterEach
  void stop() throws Exception {
    for (Running running : started) {
      running.close();
    }
    zone.close();
  }

  void publish() throws IOException {
    CheckPlan.Key published = new CheckPlan.Key(signer.key(), signer.publicKey());
    CheckPlan plan =
        new CheckPlan(
            List.of(new CheckPlan.Host(new Fqdn(HOST), List.of(published), false)),
            Set.of(ProtocolVersion.values()),
            HashAlgorithm.SHA_256);
    for (String line : PublishedRecords.all(plan)) {
      zone.add(line);
    }
  }

  DiveSettingsBuilder settings(CheckSettings.Level level) {
    return DiveSettings.builder()
        .host(new Fqdn(HOST))
        .checks(new CheckSettings(level, Duration.ofMillis(200), Duration.ofSeconds(60)))
        .dns(new DnsSettings(Optional.of(zone.address()), Optional.of(anchor)));
  }

  DiveSettingsBuilder signing(CheckSettings.Level level) {
    return settings(level).signer(signer);
  }

  int start(FilterContainer container, List<DiveFilter> filters) throws Exception {
    Map<String, FilterContainer.Application> applications =
        Map.of(
            "/generated",
            (request, response) -> {
              response.setContentType("text/plain");
              int length = Integer.parseInt(request.getParameter("length"));
              response.getOutputStream().write(new byte[length]);
            });
    Running running = container.start(files, filters, applications);
    started.add(running);
    return running.port();
  }

  int start(FilterContainer container, DiveSettings settings) throws Exception {
    return start(container, List.of(new DiveFilter(settings, new MicrometerMetrics(meters))));
  }

  static RawAnswer get(int port, String path) throws IOException {
    return RawAnswer.to(port, "GET " + path + " HTTP/1.1", "Host: " + HOST);
  }

  /** The answer in the wire format, whose status and code agree. */
  static JsonObject health(int port, String path) throws Exception {
    RawAnswer answer = get(port, path);
    assertEquals("application/json", answer.value("Content-Type").replaceFirst(";.*", ""));
    assertTrue(answer.values("Cache-Control").contains("no-store"), answer::toString);
    JsonObject json = JsonParser.object().from(answer.body());
    assertEquals(List.of("status", "checks"), List.copyOf(json.keySet()));
    boolean up = true;
    for (Object item : json.getArray("checks")) {
      JsonObject check = (JsonObject) item;
      assertTrue(List.of("name", "status", "data").containsAll(check.keySet()), answer::body);
      assertTrue(List.of("UP", "DOWN").contains(check.getString("status")), answer::body);
      assertFalse(check.getString("name").isEmpty());
      up &= check.getString("status").equals("UP");
    }
    assertEquals(up ? "UP" : "DOWN", json.getString("status"), answer::body);
    assertEquals(up ? 200 : 503, answer.status(), answer::body);
    return json;
  }

  /** The data of one check with a code, empty until it is there. */
  static Optional<JsonObject> check(JsonObject health, String name, String code) {
    return health.getArray("checks").stream()
        .map(JsonObject.class::cast)
        .filter(c -> c.getString("name").equals(name))
        .filter(c -> code.isEmpty() || code.equals(c.getObject("data").getString("code")))
        .findFirst();
  }

  /** What one check says, which is there. */
  static JsonObject data(JsonObject health, String name, String code) {
    return check(health, name, code).orElseThrow().getObject("data");
  }

  /** Asks until the answer is as expected; the checks run on threads of their own. */
  static JsonObject await(int port, Predicate<JsonObject> expected) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    JsonObject health = health(port, "/health");
    while (!expected.test(health) && System.nanoTime() < deadline) {
      health = health(port, "/health");
    }
    assertTrue(expected.test(health), health::toString);
    return health;
  }

  static boolean isSigned(RawAnswer answer) {
    long present =
        FieldNames.SIGNED_RESPONSE.stream().filter(n -> !answer.values(n).isEmpty()).count();
    assertTrue(present == 0 || present >= 3, answer.fields()::toString);
    return present > 0;
  }

  void signTree() throws Exception {
    new TreeSigner(List.of(signer), HashAlgorithm.SHA_256, TreeSigner.Options.DEFAULT)
        .sign(List.of(files), SigningProgress.NONE);
  }
}
