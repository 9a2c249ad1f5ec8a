// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.SignedZone;
import io.dive.key.KeyFile;
import io.dive.key.Signer;
import io.dive.key.SigningKey;
import io.dive.protocol.FieldNames;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyRecord;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.servlet.FilterContainer.Running;
import io.dive.settings.DiveSettings;
import io.dive.sidecar.SigningProgress;
import io.dive.sidecar.TreeSigner;
import jakarta.servlet.ServletContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A key that is taken out of DNS while the server runs, in every mode. */
@Timeout(300)
class RevokedKeysTest {
  private static final List<String> PATHS = List.of("/a.txt", "/stored/b.txt", "/generated");
  private static final String POLICY = "v=\"dive-draft-01\", scopes=(\"strict\")";

  private final Path directory;
  private final Path files;
  private final Map<String, SigningKey> keys = new LinkedHashMap<>();
  private final List<Running> started = new ArrayList<>();
  private SignedZone zone;
  private final List<DiveFilter> filters = new ArrayList<>();

  RevokedKeysTest(@TempDir Path directory) throws Exception {
    this.directory = directory;
    files = Files.createDirectory(directory.resolve("files"));
    Files.writeString(files.resolve("a.txt"), "static\n");
    Path stored = Files.createDirectory(files.resolve("stored"));
    Files.writeString(stored.resolve("b.txt"), "sidecar\n");
    List<Signer> signers = new ArrayList<>();
    for (String id : List.of("new", "old")) {
      SigningKey key = SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom());
      keys.put(id, key);
      signers.add(key.signer(KeyReference.of(new KeyId(id))));
      new KeyFile(directory.resolve(id + ".pem"), Optional.empty(), false).create(key);
    }
    new TreeSigner(signers, HashAlgorithm.SHA_256, TreeSigner.Options.DEFAULT)
        .sign(List.of(stored), SigningProgress.NONE);
  }

  @BeforeEach
  void serveZone() throws Exception {
    zone = SignedZone.serve("site.test");
    zone.writeAnchor(directory.resolve("anchor.txt"));
    for (String host : List.of("a.site.test", "b.site.test")) {
      zone.put("_dive." + host, POLICY);
      keys.keySet().forEach(id -> publish(id, host));
    }
  }

  @AfterEach
  void stop() throws Exception {
    for (Running running : started) {
      running.close();
    }
    zone.close();
  }

  private void publish(String id, String host) {
    SigningKey key = Optional.ofNullable(keys.get(id)).orElseThrow();
    zone.put(
        id + "._divekey." + host, new KeyRecord(key.publicKey(), Optional.empty(), 0).serialize());
  }

  private String text(String more) {
    return """
    dive.hosts = a.site.test, b.site.test
    dive.key.1.id = new
    dive.key.1.file = new.pem
    dive.key.2.id = old
    dive.key.2.file = old.pem
    dive.rule.1.path = /generated
    dive.rule.1.mode = stream
    dive.rule.2.path = /stored/**
    dive.rule.2.mode = sidecar, static
    dive.rule.3.path = **
    dive.rule.3.mode = static
    dive.check = enforce
    dive.check.interval = 1d
    dive.check.timeout = 60s
    dive.reload.interval = off
    dive.dns.resolver = %s
    dive.dns.trust-anchor = anchor.txt
    %s
    """
        .formatted(zone.addressText(), more);
  }

  private DiveSettings settings(String more) throws Exception {
    return DiveSettings.load(Files.writeString(directory.resolve("dive.properties"), text(more)));
  }

  private int start(FilterContainer container) throws Exception {
    DiveFilter filter = new DiveFilter(settings(""));
    filters.add(filter);
    Running running =
        container.start(
            files,
            List.of(filter),
            Map.of("/generated", (request, response) -> response.getWriter().print("generated")));
    started.add(running);
    return running.port();
  }

  private static void assertSigners(int port, String host, String... expected) throws Exception {
    for (String path : PATHS) {
      RawAnswer answer = RawAnswer.to(port, "GET " + path + " HTTP/1.1", "Host: " + host);
      assertEquals(200, answer.status());
      List<String> signers =
          answer.values(FieldNames.SIGNATURE).isEmpty()
              ? List.of()
              : MessageSignature.parse(
                      answer.value(FieldNames.SIGNATURE_INPUT), answer.value(FieldNames.SIGNATURE))
                  .stream()
                  .map(signature -> signature.keyid().orElseThrow())
                  .toList();
      assertEquals(List.of(expected), signers, () -> host + path);
      long named =
          answer.values(FieldNames.DIVE_SIG).stream()
              .flatMap(value -> List.of(value.split(", ", -1)).stream())
              .count();
      assertEquals(expected.length, named, () -> host + path);
    }
  }

  @ParameterizedTest
  @EnumSource
  void revokedKey_isNotUsedFromTheNextCheckOn_andComesBack(FilterContainer container)
      throws Exception {
    int port = start(container);
    assertSigners(port, "a.site.test", "new", "old");
    zone.remove("old._divekey.a.site.test");
    assertSigners(port, "a.site.test", "new", "old");
    filters.get(0).checkDns();
    assertSigners(port, "a.site.test", "new");
    assertSigners(port, "b.site.test", "new", "old");
    zone.remove("new._divekey.a.site.test");
    filters.get(0).checkDns();
    assertSigners(port, "a.site.test");
    String health = RawAnswer.to(port, "GET /health HTTP/1.1", "Host: a.site.test").body();
    assertTrue(health.contains("no-usable-key") && health.contains("key-revoked"), health);
    publish("new", "a.site.test");
    publish("old", "a.site.test");
    filters.get(0).checkDns();
    assertSigners(port, "a.site.test", "new", "old");
  }

  @Test
  void forgedDenialsAndSilence_revokeNothing() throws Exception {
    int port = start(FilterContainer.JETTY);
    zone.remove("old._divekey.a.site.test");
    zone.spoil("old._divekey.a.site.test");
    filters.get(0).checkDns();
    assertSigners(port, "a.site.test", "new", "old");
    zone.close();
    filters.get(0).checkDns();
    assertSigners(port, "a.site.test", "new", "old");
  }

  @Test
  void revocationOutlivesAReload() throws Exception {
    int port = start(FilterContainer.JETTY);
    zone.remove("old._divekey.a.site.test");
    filters.get(0).checkDns();
    filters.get(0).reload(settings("dive.no-transform = false"));
    assertSigners(port, "a.site.test", "new");
    // Nor does the next process use it, where the policy says so.
    zone.put("_dive.a.site.test", POLICY + ", invalidate-keys-cache=1700000000");
    int other = start(FilterContainer.JETTY);
    assertSigners(other, "a.site.test", "new");
    assertSigners(other, "b.site.test", "new", "old");
  }

  private static List<String> storedSigners(int port) throws Exception {
    RawAnswer answer = RawAnswer.to(port, "GET /stored/b.txt HTTP/1.1", "Host: a.site.test");
    return answer.values(FieldNames.SIGNATURE).isEmpty()
        ? List.of()
        : MessageSignature.parse(
                answer.value(FieldNames.SIGNATURE_INPUT), answer.value(FieldNames.SIGNATURE))
            .stream()
            .map(signature -> signature.keyid().orElseThrow())
            .toList();
  }

  private void reload(String text) throws Exception {
    Path file = Files.writeString(directory.resolve("dive.properties"), text);
    filters.get(0).reload(DiveSettings.load(file));
  }

  private String withoutOld() {
    return text("").replace("dive.key.2.id = old\n", "").replace("dive.key.2.file = old.pem\n", "");
  }

  @Test
  void revokedKeyTakenOutOfTheSettings_staysOutOfTheSidecars_untilItIsPublishedAgain()
      throws Exception {
    int port = start(FilterContainer.JETTY);
    zone.remove("old._divekey.a.site.test");
    filters.get(0).checkDns();
    assertEquals(List.of("new"), storedSigners(port));
    reload(withoutOld());
    assertEquals(List.of("new"), storedSigners(port));
    filters.get(0).checkDns();
    assertEquals(List.of("new"), storedSigners(port));
    publish("old", "a.site.test");
    filters.get(0).checkDns();
    assertEquals(List.of("new", "old"), storedSigners(port));
  }

  @Test
  void keyThatOnlySidecarsName_isWatched_andNeedNotBePublished() throws Exception {
    int port = start(FilterContainer.JETTY);
    reload(withoutOld());
    assertEquals(List.of("new", "old"), storedSigners(port));
    zone.remove("old._divekey.a.site.test");
    filters.get(0).checkDns();
    assertEquals(List.of("new"), storedSigners(port));
    String health = RawAnswer.to(port, "GET /health HTTP/1.1", "Host: a.site.test").body();
    assertTrue(health.contains("key-revoked") && !health.contains("key-missing"), health);
  }

  @Test
  void revocationFoundBetweenTheCheckOfNewSettingsAndTheirUse_isHeeded() throws Exception {
    AtomicReference<ServletContext> context = new AtomicReference<>();
    DiveFilter filter = new DiveFilter(settings(""));
    Running running =
        FilterContainer.JETTY.start(
            files,
            List.of(filter),
            Map.of("/context", (request, response) -> context.set(request.getServletContext())));
    started.add(running);
    RawAnswer.to(running.port(), "GET /context HTTP/1.1", "Host: a.site.test");
    ServletContext known = Optional.ofNullable(context.get()).orElseThrow();
    var surroundings =
        new Site.Surroundings(known, ResponseMetrics.NONE, Clock.systemUTC(), System::nanoTime);
    try (LiveSite live = new LiveSite()) {
      Site before = Site.open(settings(""), surroundings, null);
      live.replaceBy(before);
      Site next = Site.open(settings(""), surroundings, before);
      zone.remove("old._divekey.a.site.test");
      before.checks().runDns();
      assertEquals(List.of("new"), signing(before));
      live.replaceBy(next);
      assertEquals(List.of("new"), signing(next));
    }
  }

  private static List<String> signing(Site site) {
    return site.host("a.site.test").orElseThrow().keys().signer().orElseThrow().signers().stream()
        .map(signer -> signer.key().serialize())
        .toList();
  }
}
