// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import io.dive.check.CheckPlan;
import io.dive.check.PublishedRecords;
import io.dive.dns.SignedZone;
import io.dive.key.SigningKey;
import io.dive.protocol.FieldNames;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.servlet.FilterContainer.Running;
import io.dive.settings.CanarySettings;
import io.dive.settings.CheckSettings;
import io.dive.settings.DiveSettings;
import io.dive.settings.DiveSettingsBuilder;
import io.dive.settings.DnsSettings;
import io.dive.settings.KeySettings;
import io.dive.settings.Mode;
import io.dive.settings.PathPattern;
import io.dive.settings.RuleSettings;
import io.dive.settings.StreamSettings;
import io.dive.sidecar.SigningProgress;
import io.dive.sidecar.TreeSigner;
import io.dive.sign.BodyDigester;
import io.dive.sign.ResponseSigner;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The filter with its checks, asked over sockets how it is, with real DNSSEC beside it. */
@Timeout(300)
class HealthServletTest {
  private static final String HOST = "www.site.test";
  private static final String POLICY = "_dive." + HOST;
  private static final String KEY = "k1._divekey." + HOST;

  private final Path directory;
  private final Path files;
  private final SigningKey key =
      SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom());
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final List<Running> started = new ArrayList<>();
  private SignedZone zone;
  private Path anchor;

  HealthServletTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    files = Files.createDirectory(directory.resolve("files"));
    Files.writeString(files.resolve("a.txt"), "first\n");
  }

  @BeforeEach
  void serveZone() throws Exception {
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

  private KeyReference reference() {
    return KeyReference.of(new KeyId("k1"));
  }

  private void publish() throws IOException {
    CheckPlan.Key published = new CheckPlan.Key(reference(), key.publicKey());
    CheckPlan plan =
        new CheckPlan(
            List.of(new CheckPlan.Host(new Fqdn(HOST), List.of(published), false)),
            Set.of(io.dive.protocol.ProtocolVersion.values()),
            HashAlgorithm.SHA_256);
    for (String line : PublishedRecords.all(plan)) {
      zone.add(line);
    }
  }

  private DiveSettingsBuilder settings(CheckSettings.Level level) {
    return DiveSettings.builder()
        .host(new Fqdn(HOST))
        .checks(new CheckSettings(level, Duration.ofMillis(200), Duration.ofSeconds(60)))
        .dns(new DnsSettings(Optional.of(zone.address()), Optional.of(anchor)));
  }

  private DiveSettingsBuilder signing(CheckSettings.Level level) {
    return settings(level).signer(key.signer(reference()));
  }

  private int start(FilterContainer container, List<DiveFilter> filters) throws Exception {
    Map<String, FilterContainer.Application> applications = new LinkedHashMap<>();
    applications.put(
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

  private int start(FilterContainer container, DiveSettings settings) throws Exception {
    return start(container, List.of(new DiveFilter(settings, new MicrometerMetrics(meters))));
  }

  private static RawAnswer get(int port, String path) throws IOException {
    return RawAnswer.to(port, "GET " + path + " HTTP/1.1", "Host: " + HOST);
  }

  /** The answer in the wire format, whose status and code agree. */
  private static JsonObject health(int port, String path) throws Exception {
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
  private static Optional<JsonObject> check(JsonObject health, String name, String code) {
    return health.getArray("checks").stream()
        .map(JsonObject.class::cast)
        .filter(c -> c.getString("name").equals(name))
        .filter(c -> code.isEmpty() || code.equals(c.getObject("data").getString("code")))
        .findFirst();
  }

  /** Asks until the answer is as expected; the checks run on threads of their own. */
  private static JsonObject await(int port, Predicate<JsonObject> expected) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    JsonObject health = health(port, "/health");
    while (!expected.test(health) && System.nanoTime() < deadline) {
      health = health(port, "/health");
    }
    assertTrue(expected.test(health), health::toString);
    return health;
  }

  private static boolean isSigned(RawAnswer answer) {
    long present =
        FieldNames.SIGNED_RESPONSE.stream().filter(n -> !answer.values(n).isEmpty()).count();
    assertTrue(present == 0 || present >= 3, answer.fields()::toString);
    return present > 0;
  }

  private void signTree() throws Exception {
    new TreeSigner(
            List.of(key.signer(reference())), HashAlgorithm.SHA_256, TreeSigner.Options.DEFAULT)
        .sign(List.of(files), SigningProgress.NONE);
  }

  @ParameterizedTest
  @EnumSource
  void healthySite_isUpOnAllPaths(FilterContainer container) throws Exception {
    publish();
    int port =
        start(container, signing(CheckSettings.Level.ENFORCE).rule("/**", Mode.STREAM).build());
    JsonObject health = health(port, "/health");
    assertEquals("UP", health.getString("status"));
    assertEquals(
        POLICY,
        check(health, "dive-dns", "policy-ok")
            .orElseThrow()
            .getObject("data")
            .getString("subject"));
    JsonObject data = check(health, "dive-dns", "key-ok").orElseThrow().getObject("data");
    assertEquals(KEY, data.getString("subject"));
    assertWholeSecond(data.getString("checked-at"));
    assertWholeSecond(
        check(health, "dive-settings", "").orElseThrow().getObject("data").getString("loaded-at"));
    assertEquals(health.keySet(), health(port, "/health/").keySet());
    JsonObject ready = health(port, "/health/ready");
    assertEquals(
        HOST, check(ready, "dive-filter", "").orElseThrow().getObject("data").getString("hosts"));
    assertEquals(1, ready.getArray("checks").size());
    assertTrue(health(port, "/health/live").getArray("checks").isEmpty());
    for (String unknown : List.of("/health/x", "/health/live/", "/health/readyx")) {
      assertEquals(404, get(port, unknown).status(), unknown);
    }
    assertFalse(
        get(port, "/health").body().contains(key.publicKey().bytes().toBase64()), "no key at all");
  }

  @ParameterizedTest
  @EnumSource
  void withoutAFilter_onlyTheProcessLives(FilterContainer container) throws Exception {
    int port = start(container, List.of());
    assertEquals("UP", health(port, "/health/live").getString("status"));
    for (String path : List.of("/health", "/health/ready")) {
      JsonObject check = check(health(port, path), "dive-filter", "").orElseThrow();
      assertEquals("DOWN", check.getString("status"));
      assertTrue(check.getObject("data").getString("sentence").contains("no DiveFilter"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void enforce_doesNotStartWhereDnsHasAnotherKey(FilterContainer container) throws Exception {
    SigningKey other = SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom());
    publish();
    zone.put(KEY, "sig=\"ed25519\", key=:" + other.publicKey().bytes().toBase64() + ":");
    DiveFilter filter =
        new DiveFilter(
            signing(CheckSettings.Level.ENFORCE).rule("/**", Mode.STREAM).build(),
            new MicrometerMetrics(meters));
    Exception refusal = assertThrows(Exception.class, () -> start(container, List.of(filter)));
    assertEquals(List.of(), meters.getMeters(), "nothing stays behind");
    if (container == FilterContainer.JETTY) {
      // Tomcat tells its log.
      String message = String.valueOf(refusal.getMessage());
      for (String part :
          List.of(
              "dive.check = enforce",
              "key-mismatch",
              "key k1",
              "DNS says ed25519 " + other.publicKey().bytes().toBase64(),
              "expected ed25519 " + key.publicKey().bytes().toBase64())) {
        assertTrue(message.contains(part), message);
      }
    }
  }

  @Test
  void enforce_startsOnceDnsAgrees_andGoesOnChecking() throws Exception {
    publish();
    int port =
        start(
            FilterContainer.JETTY,
            signing(CheckSettings.Level.ENFORCE).rule("/**", Mode.STREAM).build());
    assertEquals("UP", health(port, "/health").getString("status"));
    assertTrue(isSigned(get(port, "/generated?length=5")));
    zone.remove(KEY);
    JsonObject health = await(port, h -> check(h, "dive-dns", "no-usable-key").isPresent());
    assertEquals("DOWN", health.getString("status"));
    assertTrue(
        check(health, "dive-dns", "key-revoked")
            .orElseThrow()
            .getObject("data")
            .getString("remedy")
            .contains(KEY + ". 900 IN TXT "));
    assertEquals("UP", health(port, "/health/ready").getString("status"), "it still serves");
    assertFalse(isSigned(get(port, "/generated?length=5")));
  }

  @ParameterizedTest
  @EnumSource
  void warn_startsWithoutDns_signs_andIsDown(FilterContainer container) throws Exception {
    zone.close();
    int port =
        start(
            container,
            signing(CheckSettings.Level.WARN)
                .checks(
                    new CheckSettings(
                        CheckSettings.Level.WARN, Duration.ofMinutes(5), Duration.ofSeconds(1)))
                .rule("/**", Mode.STREAM)
                .build());
    assertTrue(isSigned(get(port, "/generated?length=5")));
    assertEquals("UP", health(port, "/health/ready").getString("status"));
    JsonObject health = await(port, h -> check(h, "dive-dns", "dns-server-failure").isPresent());
    assertEquals("DOWN", health.getString("status"));
    assertEquals(
        "DOWN", check(health, "dive-dns", "dns-server-failure").orElseThrow().getString("status"));
    assertEquals("UP", check(health, "dive-filter", "").orElseThrow().getString("status"));
  }

  @Test
  void checkThatHasNotRun_isDown() throws Exception {
    HealthCheck check = HealthCheck.of("dive-dns", Optional.empty()).get(0);
    assertFalse(check.up());
    assertEquals("has not run yet", check.data().get("sentence"));
  }

  @ParameterizedTest
  @EnumSource
  void tamperedFile_isFoundInTheBackground(FilterContainer container) throws Exception {
    signTree();
    int port =
        start(container, settings(CheckSettings.Level.OFF).rule("/**", Mode.SIDECAR).build());
    RawAnswer before = get(port, "/a.txt");
    assertTrue(isSigned(before));
    assertEquals(
        BodyDigester.digest(HashAlgorithm.SHA_256, before.bytes()).contentDigest(),
        before.value("Content-Digest"));
    assertEquals("UP", health(port, "/health").getString("status"));
    assertEquals(404, get(port, "/a.txt.dive").status());

    Path file = files.resolve("a.txt");
    Files.writeString(file, "fir5t\n");
    Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
    // The container may still send the old content from its cache, so nothing is signed.
    assertFalse(isSigned(get(port, "/a.txt")));
    JsonObject health =
        await(
            port,
            h ->
                check(h, "dive-sidecars", "").orElseThrow().getString("status").equals("DOWN")
                    && meters.get("dive.files.stale").counter().count() > 0);
    JsonObject data = check(health, "dive-sidecars", "").orElseThrow().getObject("data");
    assertEquals(1, data.getInt("stale-files"));
    assertEquals("a.txt", data.getString("latest"));
    assertEquals(1, meters.get("dive.files.stale").counter().count());
    assertFalse(isSigned(get(port, "/a.txt")));

    signTree();
    assertFalse(isSigned(get(port, "/a.txt")));
    await(port, h -> h.getString("status").equals("UP"));
  }

  @ParameterizedTest
  @EnumSource
  void serverWithoutAPrivateKey_comparesTheKeysOfItsSidecars(FilterContainer container)
      throws Exception {
    signTree();
    publish();
    int port =
        start(container, settings(CheckSettings.Level.ENFORCE).rule("/**", Mode.SIDECAR).build());
    assertTrue(isSigned(get(port, "/a.txt")));
    JsonObject health = health(port, "/health");
    assertEquals("UP", health.getString("status"));
    assertEquals(
        KEY,
        check(health, "dive-dns", "key-ok").orElseThrow().getObject("data").getString("subject"));
    zone.remove(KEY);
    await(port, h -> check(h, "dive-dns", "no-usable-key").isPresent());
    assertFalse(isSigned(get(port, "/a.txt")));
  }

  @ParameterizedTest
  @EnumSource
  void signaturesJson_isServedAsTheRfcFieldsOnly(FilterContainer container) throws Exception {
    var body =
        new ResponseSigner(
                List.of(key.signer(reference())),
                Set.of(io.dive.protocol.ProtocolVersion.values()),
                0)
            .sign(
                BodyDigester.digest(
                    HashAlgorithm.SHA_256, Files.readAllBytes(files.resolve("a.txt"))));
    Path document =
        Files.writeString(
            directory.resolve("signatures.json"),
            """
            {"a.txt": {"signatures": [{"key_id": "k1", "content_digest": "%s",
              "signature_b64": "%s"}]}}
            """
                .formatted(
                    body.digest().contentDigest(),
                    body.signatures().get(0).draft01().orElseThrow().toBase64()));
    int port =
        start(
            container,
            settings(CheckSettings.Level.OFF)
                .rule(
                    new RuleSettings(
                        1,
                        new PathPattern("/**"),
                        List.of(Mode.SIDECAR),
                        Optional.of(files),
                        Optional.of(document)))
                .build());
    RawAnswer answer = get(port, "/a.txt");
    assertEquals(body.digest().contentDigest(), answer.value("Content-Digest"));
    assertEquals(1, answer.values("Signature").size());
    assertEquals(List.of(), answer.values("DIVE-Sig"));

    Files.writeString(files.resolve("a.txt"), "fir5t\n");
    Files.setLastModifiedTime(
        files.resolve("a.txt"), FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
    get(port, "/a.txt");
    await(port, h -> h.getString("status").equals("DOWN"));
    assertFalse(isSigned(get(port, "/a.txt")));
  }

  @Test
  void signaturesJson_withASignatureOfAnotherBody_isUnusableWhereTheKeyIsKnown() throws Exception {
    var digest =
        BodyDigester.digest(HashAlgorithm.SHA_256, Files.readAllBytes(files.resolve("a.txt")));
    Path document =
        Files.writeString(
            directory.resolve("signatures.json"),
            """
            {"a.txt": {"signatures": [{"key_id": "k1", "content_digest": "%s",
              "signature_b64": "%s"}]}}
            """
                .formatted(digest.contentDigest(), "A".repeat(86) + "=="));
    int port =
        start(
            FilterContainer.JETTY,
            signing(CheckSettings.Level.OFF)
                .rule(
                    new RuleSettings(
                        1,
                        new PathPattern("/**"),
                        List.of(Mode.SIDECAR),
                        Optional.of(files),
                        Optional.of(document)))
                .build());
    assertFalse(isSigned(get(port, "/a.txt")));
    assertEquals(1, meters.get("dive.sidecars.unusable").counter().count());
  }

  @ParameterizedTest
  @EnumSource
  void stream_signsWhatItCanHold(FilterContainer container) throws Exception {
    int port =
        start(
            container,
            signing(CheckSettings.Level.OFF).rule("/**", Mode.STREAM).stream(
                    new StreamSettings(
                        1024,
                        100_000,
                        StreamSettings.Overflow.UNSIGNED,
                        Optional.of(directory),
                        1 << 20,
                        0))
                .build());
    RawAnswer signed = get(port, "/generated?length=90000");
    assertTrue(isSigned(signed));
    assertEquals(
        BodyDigester.digest(HashAlgorithm.SHA_256, new byte[90_000]).contentDigest(),
        signed.value("Content-Digest"));
    RawAnswer tooLong = get(port, "/generated?length=200000");
    assertEquals(200_000, tooLong.body().length());
    assertFalse(isSigned(tooLong));
    RawAnswer absent = get(port, "/absent");
    assertEquals(404, absent.status());
    assertFalse(isSigned(absent));
    assertEquals(1, responses("stream", "signed"));
    assertEquals(1, responses("stream", "overflow"));
    assertEquals(1, responses("stream", "not-200"));
    assertEquals(90_000, meters.get("dive.digested.bytes").counter().count() - overflowed());
  }

  /** What was hashed of the long body before it was too long. */
  private double overflowed() {
    double rest = meters.get("dive.digested.bytes").counter().count() - 90_000;
    assertTrue(rest >= 0 && rest <= 200_000, () -> "also digested " + rest);
    return rest;
  }

  private double responses(String mode, String outcome) {
    var counter = meters.get("dive.responses").tag("mode", mode).tag("outcome", outcome).counter();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (counter.count() == 0 && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    return counter.count();
  }

  @Test
  void meters_areThereWithBoundedTags_andGoWithTheFilter() throws Exception {
    publish();
    signTree();
    Path keyFile = directory.resolve("key.pem");
    new io.dive.key.KeyFile(keyFile, Optional.empty(), false).create(key);
    Files.setLastModifiedTime(keyFile, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
    int port =
        start(
            FilterContainer.JETTY,
            settings(CheckSettings.Level.ENFORCE)
                .key(
                    new KeySettings(
                        1,
                        new KeyId("k1"),
                        keyFile,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()))
                .rule("/generated", Mode.STREAM)
                .rule("/**", Mode.SIDECAR, Mode.STATIC)
                .build());
    get(port, "/a.txt");
    get(port, "/a.txt");
    Files.writeString(files.resolve("b.txt"), "no sidecar\n");
    get(port, "/b.txt");
    get(port, "/b.txt");
    get(port, "/generated?length=5");
    Map<String, Set<String>> tags =
        meters.getMeters().stream()
            .collect(
                Collectors.groupingBy(
                    m -> m.getId().getName(),
                    java.util.TreeMap::new,
                    Collectors.flatMapping(
                        m -> m.getId().getTags().stream().map(Tag::getKey),
                        Collectors.toCollection(TreeSet::new))));
    assertEquals(
        Map.of(
            "dive.responses", Set.of("mode", "outcome"),
            "dive.digested.bytes", Set.of(),
            "dive.signing", Set.of(),
            "dive.cache.lookups", Set.of("cache", "result"),
            "dive.check.findings", Set.of("check", "severity"),
            "dive.key.age", Set.of("key"),
            "dive.files.stale", Set.of(),
            "dive.sidecars.unusable", Set.of(),
            "dive.reloads", Set.of("result"),
            "dive.settings.loaded", Set.of()),
        tags);
    int before = meters.getMeters().size();
    for (int i = 0; i < 20; i++) {
      RawAnswer.to(port, "GET /x" + i + " HTTP/1.1", "Host: h" + i + ".test");
      RawAnswer.to(port, "PROPFIND /x" + i + " HTTP/1.1", "Host: " + HOST);
    }
    assertEquals(before, meters.getMeters().size(), "whatever clients send");

    assertEquals(2, responses("sidecar", "signed"));
    assertEquals(2, responses("static", "signed"));
    assertEquals(1, responses("stream", "signed"));
    assertTrue(responses("none", "unsigned") >= 20);
    assertEquals(16, meters.get("dive.digested.bytes").counter().count());
    assertEquals(2, meters.get("dive.signing").timer().count());
    assertTrue(meters.get("dive.key.age").tag("key", "k1").timeGauge().value(TimeUnit.DAYS) > 1);
    assertEquals(2, findings("ok"));
    assertEquals(0, findings("error"));
    collectGarbage();
    assertEquals(1, lookUps("static", "hit"));
    assertEquals(1, lookUps("static", "miss"));
    assertEquals(1, lookUps("sidecar", "hit"));
    assertEquals(1, lookUps("sidecar", "miss"));
    assertEquals(2, lookUps("signature", "miss"));

    started.remove(0).close();
    assertEquals(List.of(), meters.getMeters().stream().map(Meter::getId).toList());
  }

  private double findings(String severity) {
    return meters
        .get("dive.check.findings")
        .tag("check", "dns")
        .tag("severity", severity)
        .gauge()
        .value();
  }

  private double lookUps(String cache, String result) {
    return meters
        .get("dive.cache.lookups")
        .tag("cache", cache)
        .tag("result", result)
        .functionCounter()
        .count();
  }

  /** Micrometer refers weakly to what it observes. */
  private static void collectGarbage() {
    var sentinel = new java.lang.ref.WeakReference<>(new Object());
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (sentinel.get() != null && System.nanoTime() < deadline) {
      System.gc();
    }
  }

  @ParameterizedTest
  @EnumSource
  void canary_isFetchedThroughTheFilter(FilterContainer container) throws Exception {
    publish();
    try (Door door = Door.open()) {
      door.leadTo(
          start(
              container,
              signing(CheckSettings.Level.OFF)
                  .rule("/**", Mode.STATIC)
                  .canary(
                      new CanarySettings(
                          URI.create("http://" + HOST + "/a.txt"),
                          Optional.of(door.address()),
                          Duration.ofMillis(200)))
                  .build()));
      int port = started.get(0).port();
      await(port, h -> check(h, "dive-canary", "canary-ok").isPresent());
      Files.delete(files.resolve("a.txt"));
      JsonObject health =
          await(port, h -> check(h, "dive-canary", "canary-not-covered").isPresent());
      assertEquals("DOWN", health.getString("status"));
    }
  }

  /** A way to a port that is not known yet. */
  private static final class Door implements AutoCloseable {
    private final ServerSocket entrance;
    private final CompletableFuture<Integer> port = new CompletableFuture<>();

    private Door(ServerSocket entrance) {
      this.entrance = entrance;
    }

    static Door open() throws IOException {
      Door door = new Door(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
      daemon(door::serve);
      return door;
    }

    private static void daemon(Runnable work) {
      Thread thread = new Thread(work, "door");
      thread.setDaemon(true);
      thread.start();
    }

    InetSocketAddress address() {
      return new InetSocketAddress(entrance.getInetAddress(), entrance.getLocalPort());
    }

    void leadTo(int to) {
      port.complete(to);
    }

    private void serve() {
      try {
        while (true) {
          Socket in = entrance.accept();
          Socket out = new Socket(InetAddress.getLoopbackAddress(), port.join());
          daemon(() -> pass(in, out));
          daemon(() -> pass(out, in));
        }
      } catch (IOException e) {
        // Closed.
      }
    }

    private static void pass(Socket from, Socket to) {
      try (from;
          to) {
        from.getInputStream().transferTo(to.getOutputStream());
      } catch (IOException e) {
        // The other direction has ended.
      }
    }

    @Override
    public void close() throws IOException {
      entrance.close();
    }
  }

  private static void assertWholeSecond(String moment) {
    assertEquals(Instant.parse(moment).truncatedTo(ChronoUnit.SECONDS).toString(), moment);
  }
}
