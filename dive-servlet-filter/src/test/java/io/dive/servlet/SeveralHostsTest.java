// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.check.CheckReport;
import io.dive.check.DnsCheck;
import io.dive.check.Finding;
import io.dive.check.FindingCode;
import io.dive.check.PublishedRecords;
import io.dive.dns.SignedZone;
import io.dive.dns.TrustAnchors;
import io.dive.dns.TxtLookup;
import io.dive.dns.Upstream;
import io.dive.dns.ValidatingTxtLookup;
import io.dive.key.KeyFile;
import io.dive.key.SigningKey;
import io.dive.protocol.FieldNames;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyRecord;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.servlet.FilterContainer.Running;
import io.dive.settings.DiveSettings;
import io.dive.sidecar.SigningProgress;
import io.dive.sidecar.TreeSigner;
import io.dive.verify.DiveClient;
import io.dive.verify.Fetched;
import io.dive.verify.Verdict;
import io.dive.verify.Verifier;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * One server for several hosts with key sets of their own: settings file, key files, real DNSSEC,
 * real containers, and the client that judges.
 */
@Timeout(300)
class SeveralHostsTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final String POLICY_00 = "v=\"dive-draft-00\", scopes=(\"strict\")";
  private static final String POLICY_01 = "v=\"dive-draft-01\", scopes=(\"strict\")";

  private final Path directory;
  private final Path files;
  private final Map<String, SigningKey> keys = new TreeMap<>();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final List<Running> started = new ArrayList<>();
  private SignedZone zone;
  private TxtLookup dns;

  SeveralHostsTest(@TempDir Path directory) throws Exception {
    this.directory = directory;
    files = Files.createDirectory(directory.resolve("files"));
    Files.writeString(files.resolve("a.txt"), "one file for all\n");
    for (String id : List.of("ka", "kb", "kc")) {
      SigningKey key = SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom());
      keys.put(id, key);
      new KeyFile(directory.resolve(id + ".pem"), Optional.empty(), false).create(key);
    }
  }

  @BeforeEach
  void serveZone() throws Exception {
    zone = SignedZone.serve("site.test");
    dns =
        new ValidatingTxtLookup(
            Upstream.of(zone.address()),
            TrustAnchors.read(zone.writeAnchor(directory.resolve("anchor.txt"))),
            LIMIT,
            Clock.systemUTC());
  }

  @AfterEach
  void stop() throws Exception {
    for (Running running : started) {
      running.close();
    }
    zone.close();
  }

  private SigningKey key(String id) {
    return Optional.ofNullable(keys.get(id)).orElseThrow();
  }

  private void publish(String id, String domain) {
    zone.put(
        id + "._divekey." + domain,
        new KeyRecord(key(id).publicKey(), Optional.empty(), 0).serialize());
  }

  private DiveSettings settings(String text) throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("dive.properties"),
            text + "dive.check = off\ndive.reload.interval = off\n");
    return DiveSettings.load(file);
  }

  /** ka for a.site.test, kb for b.site.test at its parent, kc for all below cdn.site.test. */
  private DiveSettings threeHosts(String rules) throws Exception {
    return settings(
        """
        dive.hosts = a.site.test, b.site.test, *.cdn.site.test
        dive.key.1.id = ka
        dive.key.1.file = ka.pem
        dive.key.1.hosts = a.site.test
        dive.key.2.id = kb
        dive.key.2.file = kb.pem
        dive.key.2.fqdn = site.test
        dive.key.2.hosts = b.site.test
        dive.key.3.id = kc
        dive.key.3.file = kc.pem
        dive.key.3.hosts = *.cdn.site.test
        """
            + rules);
  }

  private int start(FilterContainer container, DiveSettings settings) throws Exception {
    Running running =
        container.start(
            files,
            List.of(new DiveFilter(settings, new MicrometerMetrics(meters))),
            Map.of(
                "/generated",
                (request, response) -> response.getOutputStream().write(new byte[] {1, 2, 3})));
    started.add(running);
    return running.port();
  }

  private Verdict.Accepted download(int port, String host, String path) throws Exception {
    Verifier verifier = new Verifier(dns, Clock.systemUTC(), LIMIT, "tests/1.0");
    DiveClient client =
        DiveClient.builder(verifier)
            .connectTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .build();
    Fetched fetched = client.verify(URI.create("http://" + host + path));
    return assertInstanceOf(
        Verdict.Accepted.class, fetched.outcome().verdict(), () -> fetched.outcome().toString());
  }

  private static RawAnswer get(int port, String host, String path) throws IOException {
    return RawAnswer.to(port, "GET " + path + " HTTP/1.1", "Host: " + host);
  }

  /** The keys of all signatures, which both revisions name alike. */
  private static List<String> keyids(RawAnswer answer) throws Exception {
    assertEquals(200, answer.status(), answer::toString);
    if (answer.values(FieldNames.SIGNATURE).isEmpty()) {
      for (String name : FieldNames.SIGNED_RESPONSE) {
        assertEquals(List.of(), answer.values(name));
      }
      return List.of();
    }
    List<String> keyids =
        MessageSignature.parse(
                answer.value(FieldNames.SIGNATURE_INPUT), answer.value(FieldNames.SIGNATURE))
            .stream()
            .map(signature -> signature.keyid().orElseThrow())
            .toList();
    assertEquals(
        keyids,
        io.dive.protocol.DiveSig.parse(answer.value(FieldNames.DIVE_SIG)).entries().stream()
            .map(entry -> entry.key().serialize())
            .toList());
    return keyids;
  }

  @ParameterizedTest
  @EnumSource
  void aClientAcceptsEachHostByItsOwnKey(FilterContainer container) throws Exception {
    // b's key stands at the parent; the policy below cdn overrides the parent's older one.
    zone.put("_dive.site.test", POLICY_00);
    zone.put("_dive.cdn.site.test", POLICY_01);
    publish("ka", "a.site.test");
    publish("kb", "site.test");
    publish("kc", "cdn.site.test");
    int port =
        start(
            container,
            threeHosts(
                """
                dive.rule.1.path = /generated
                dive.rule.1.mode = stream
                dive.rule.2.path = **
                dive.rule.2.mode = static
                """));
    for (String path : List.of("/a.txt", "/generated")) {
      assertAccepted("ka", ProtocolVersion.DRAFT_00, download(port, "a.site.test", path));
      assertAccepted("kb@site.test", ProtocolVersion.DRAFT_00, download(port, "b.site.test", path));
      for (String host : List.of("x.cdn.site.test", "y.x.CDN.site.test")) {
        assertAccepted("kc", ProtocolVersion.DRAFT_01, download(port, host, path));
      }
      for (String host : List.of("cdn.site.test", "site.test", "c.site.test", "xcdn.site.test")) {
        assertEquals(List.of(), keyids(get(port, host, path)), host);
      }
    }
    double once = Files.size(files.resolve("a.txt")) + 4 * 3;
    assertEquals(once, meters.get("dive.digested.bytes").counter().count(), "one hash for all");
  }

  private static void assertAccepted(
      String key, ProtocolVersion version, Verdict.Accepted accepted) {
    assertEquals(key, accepted.key().serialize());
    assertEquals(version, accepted.version());
  }

  @ParameterizedTest
  @EnumSource
  void aNameWinsOverWildcards_andALongerWildcardOverAShorter(FilterContainer container)
      throws Exception {
    int port =
        start(
            container,
            settings(
                """
                dive.hosts = *.site.test, *.cdn.site.test, x.cdn.site.test
                dive.key.1.id = ka
                dive.key.1.file = ka.pem
                dive.key.1.hosts = *.site.test
                dive.key.2.id = kb
                dive.key.2.file = kb.pem
                dive.key.2.hosts = *.cdn.site.test
                dive.key.3.id = kc
                dive.key.3.file = kc.pem
                dive.key.3.hosts = x.cdn.site.test, *.cdn.site.test
                dive.rule.1.path = **
                dive.rule.1.mode = static
                """));
    assertEquals(List.of("ka"), keyids(get(port, "cdn.site.test", "/a.txt")));
    assertEquals(List.of("ka"), keyids(get(port, "y.x.site.test.:8080", "/a.txt")));
    assertEquals(List.of("kb", "kc"), keyids(get(port, "y.x.cdn.site.test", "/a.txt")));
    assertEquals(List.of("kc"), keyids(get(port, "X.cdn.site.TEST", "/a.txt")));
    assertEquals(List.of(), keyids(get(port, "site.test", "/a.txt")));
  }

  @ParameterizedTest
  @EnumSource
  void rulesAreOfTheirHosts(FilterContainer container) throws Exception {
    Path other = Files.createDirectory(directory.resolve("other"));
    Files.writeString(other.resolve("a.txt"), "another\n");
    int port =
        start(
            container,
            threeHosts(
                """
                dive.rule.1.path = **
                dive.rule.1.mode = off
                dive.rule.1.hosts = b.site.test
                dive.rule.2.path = **
                dive.rule.2.mode = static
                dive.rule.2.root = other
                dive.rule.2.hosts = *.cdn.site.test
                dive.rule.3.path = **
                dive.rule.3.mode = static
                """));
    assertEquals(List.of("ka"), keyids(get(port, "a.site.test", "/a.txt")));
    assertEquals(List.of(), keyids(get(port, "b.site.test", "/a.txt")));
    // Its digest is of the other root's file, which is not the one sent.
    assertEquals(List.of(), keyids(get(port, "x.cdn.site.test", "/a.txt")));
  }

  private void signTree(String... references) throws Exception {
    List<io.dive.key.Signer> signers = new ArrayList<>();
    for (String reference : references) {
      KeyReference key = KeyReference.parse(reference);
      signers.add(key(key.keyId().value()).signer(key));
    }
    new TreeSigner(signers, HashAlgorithm.SHA_256, TreeSigner.Options.DEFAULT)
        .sign(List.of(files), SigningProgress.NONE);
  }

  @ParameterizedTest
  @EnumSource
  void sidecarsOfOneTree_areServedWithoutTheKeysOfOtherHosts(FilterContainer container)
      throws Exception {
    keys.put("offline", SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom()));
    signTree("kb@site.test", "ka", "offline");
    int port =
        start(container, threeHosts("dive.rule.1.path = **\ndive.rule.1.mode = sidecar, static\n"));
    assertEquals(List.of("ka", "offline"), keyids(get(port, "a.site.test", "/a.txt")));
    assertEquals(List.of("kb@site.test", "offline"), keyids(get(port, "b.site.test", "/a.txt")));
    assertEquals(List.of("offline"), keyids(get(port, "x.cdn.site.test", "/a.txt")));
  }

  @ParameterizedTest
  @EnumSource
  void aSidecarForOtherHostsOnly_isNoReasonToSignTheFileAnew(FilterContainer container)
      throws Exception {
    signTree("ka");
    int port =
        start(container, threeHosts("dive.rule.1.path = **\ndive.rule.1.mode = sidecar, static\n"));
    assertEquals(List.of("ka"), keyids(get(port, "a.site.test", "/a.txt")));
    assertEquals(List.of(), keyids(get(port, "b.site.test", "/a.txt")));
  }

  @Test
  void theCheckLooksForEachHostWhereItsKeysStand() throws Exception {
    DiveSettings settings = threeHosts("dive.rule.1.path = **\ndive.rule.1.mode = static\n");
    for (String line : PublishedRecords.all(settings.checkPlan())) {
      zone.add(line);
    }
    CheckReport report = new DnsCheck(dns, LIMIT, Clock.systemUTC()).run(settings.checkPlan());
    assertTrue(report.passed(), report::table);
    assertEquals(
        List.of("ka._divekey.a.site.test", "kb._divekey.site.test", "kc._divekey.cdn.site.test"),
        report.findings().stream()
            .filter(f -> f.code() == FindingCode.KEY_OK)
            .map(Finding::subject)
            .toList());
    Finding below =
        report.findings().stream()
            .filter(f -> f.code() == FindingCode.HOSTS_BELOW)
            .findFirst()
            .orElseThrow();
    assertEquals("*.cdn.site.test", below.subject());
  }

  @Test
  void clientAcceptsWhatThePublishedRecordsOfThePlanSay() throws Exception {
    DiveSettings settings = threeHosts("dive.rule.1.path = **\ndive.rule.1.mode = static\n");
    for (String line : PublishedRecords.all(settings.checkPlan())) {
      zone.add(line);
    }
    int port = start(FilterContainer.JETTY, settings);
    for (String host : List.of("a.site.test", "b.site.test", "q.cdn.site.test")) {
      assertEquals(ProtocolVersion.DRAFT_01, download(port, host, "/a.txt").version());
    }
    assertArrayEquals(
        Files.readAllBytes(files.resolve("a.txt")), get(port, "a.site.test", "/a.txt").bytes());
  }
}
