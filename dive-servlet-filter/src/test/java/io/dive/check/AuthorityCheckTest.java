// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.Authorities;
import io.dive.dns.Named;
import io.dive.dns.NamedZones;
import io.dive.dns.TrustAnchors;
import io.dive.dns.UdpNameServer;
import io.dive.dns.Upstream;
import io.dive.dns.ValidatingTxtLookup;
import io.dive.key.SigningKey;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.SignatureAlgorithm;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A primary and servers that should be its equals, each a BIND of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
class AuthorityCheckTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Fqdn HOST = new Fqdn("www.example.com");
  private static final String POLICY = "_dive.www.example.com";
  private static final String KEY = "k1._divekey.www.example.com";

  private final List<Named> servers = new ArrayList<>();
  private CheckPlan plan;
  private TrustAnchors anchors;
  private Named primary;
  private Named twin;
  private Named oldKey;
  private Named withoutRecords;
  private Named tampered;
  private Named empty;
  private Named slowToSign;

  @BeforeAll
  void startServers(@TempDir Path directory) throws Exception {
    Assumptions.assumeTrue(Named.isInstalled(), "named is not installed");
    plan = plan(newKey());
    String records = String.join("\n", PublishedRecords.all(plan)) + "\n";
    String oldRecords = String.join("\n", PublishedRecords.all(plan(newKey()))) + "\n";
    NamedZones zones = new NamedZones(directory);
    zones.signed("example.com", "");
    String statements = zones.statements();
    Path withoutCopy = zones.copy("without");
    zones.sign("example.com", 2, oldRecords);
    Path oldCopy = zones.copy("old");
    zones.sign("example.com", 3, records.replace(" 900 IN", " 3600 IN"), "-e", "now+172800");
    Path slowCopy = zones.copy("slow");
    zones.sign("example.com", 3, records);
    Path tamperedCopy = zones.copy("tampered");
    NamedZones.tamper(tamperedCopy, "example.com", "dive-draft-01", "dive-draft-09");
    anchors = TrustAnchors.read(zones.anchorFile());
    primary = start(directory, statements);
    twin = start(directory, statements);
    oldKey = start(oldCopy, statements);
    withoutRecords = start(withoutCopy, statements);
    tampered = start(tamperedCopy, statements);
    slowToSign = start(slowCopy, statements);
    empty = start(directory, "");
  }

  private Named start(Path directory, String statements) throws Exception {
    Named named = Named.start(directory, "recursion no;", statements);
    servers.add(named);
    return named;
  }

  @AfterAll
  void stopServers() {
    servers.forEach(Named::close);
  }

  private static SigningKey newKey() {
    return SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom());
  }

  private static CheckPlan plan(SigningKey key) throws Exception {
    return plan("k1", key);
  }

  private static CheckPlan plan(String id, SigningKey key) throws Exception {
    CheckPlan.Key named = new CheckPlan.Key(KeyReference.parse(id), key.publicKey());
    return new CheckPlan(
        List.of(new CheckPlan.Host(HOST, List.of(named), false)),
        EnumSet.allOf(ProtocolVersion.class),
        HashAlgorithm.SHA_256);
  }

  private CheckReport run(Duration limit, InetSocketAddress... listed) {
    return run(plan, limit, listed);
  }

  private CheckReport run(CheckPlan plan, Duration limit, InetSocketAddress... listed) {
    Upstream resolver = Upstream.of(primary.address());
    Authorities authorities =
        Authorities.listed(List.of(listed), resolver, anchors, limit, Clock.systemUTC());
    return new DnsCheck(
            new ValidatingTxtLookup(resolver, anchors, limit, Clock.systemUTC()),
            Optional.of(authorities),
            limit,
            Clock.systemUTC())
        .run(plan);
  }

  private CheckReport run(Named... listed) {
    return run(
        LONG, List.of(listed).stream().map(Named::address).toArray(InetSocketAddress[]::new));
  }

  private static String name(Named server) {
    return "127.0.0.1:" + server.address().getPort();
  }

  /** The findings beside those about the resolver's own answers, which are good. */
  private static List<Finding> found(CheckReport report) {
    List<Finding> findings = report.findings();
    assertEquals(
        List.of(FindingCode.POLICY_OK, FindingCode.KEY_OK),
        findings.subList(0, 2).stream().map(Finding::code).toList(),
        report::table);
    return findings.subList(2, findings.size());
  }

  private static void assertFound(CheckReport report, String... codesAndSubjects) {
    assertEquals(
        List.of(codesAndSubjects),
        found(report).stream().map(f -> f.code().token() + " " + f.subject()).toList(),
        report::table);
  }

  private static void assertAllName(CheckReport report, Named server) {
    for (Finding finding : found(report)) {
      assertTrue(finding.sentence().contains(name(server)), finding::sentence);
      assertFalse(finding.remedy().isEmpty(), report::table);
    }
  }

  @Test
  void equalServers_areListedWithTheirSerial() {
    CheckReport report = run(primary, twin);
    assertFound(report, "authorities-ok example.com");
    String sentence = found(report).get(0).sentence();
    assertTrue(sentence.contains("serial 3"), sentence);
    assertTrue(sentence.contains(name(primary) + ", " + name(twin)), sentence);
  }

  @Test
  void staleServerWithAnOldKey_isNamed() {
    CheckReport report = run(primary, oldKey);
    assertFound(report, "authority-behind example.com", "authority-record-differs " + KEY);
    assertAllName(report, oldKey);
    String sentence = found(report).get(0).sentence();
    assertTrue(sentence.contains("serial 2") && sentence.endsWith("has 3"), sentence);
    assertFalse(report.passed());
  }

  @Test
  void staleServerWithoutTheRecords_isNamed() {
    CheckReport report = run(withoutRecords, primary);
    assertFound(
        report,
        "authority-behind example.com",
        "authority-record-missing " + POLICY,
        "authority-record-missing " + KEY);
    assertAllName(report, withoutRecords);
  }

  @Test
  void tamperedServer_isNamed() {
    CheckReport report = run(primary, tampered);
    assertFound(report, "authority-bogus " + POLICY);
    assertAllName(report, tampered);
    assertFalse(report.passed());
  }

  @Test
  void serverWithoutTheZone_isLame() {
    CheckReport report = run(primary, empty);
    assertFound(report, "authority-lame example.com");
    assertAllName(report, empty);
    assertTrue(report.passed());
  }

  @Test
  void serverThatIsDown_isAWarning() {
    CheckReport report = run(LONG, primary.address(), Named.nobody());
    assertFound(report, "authority-unreachable example.com");
    for (Finding finding : found(report)) {
      assertTrue(finding.sentence().contains("127.99.7.3:5"), finding::sentence);
      assertFalse(finding.remedy().isEmpty(), report::table);
    }
    assertTrue(report.passed());
  }

  @Test
  void silentServer_doesNotHoldTheCheckBeyondItsLimit() throws Exception {
    try (UdpNameServer silent = UdpNameServer.start(response -> Optional.empty())) {
      CheckReport report = run(Duration.ofSeconds(4), primary.address(), silent.address());
      assertFound(report, "authority-unreachable example.com");
    }
  }

  /** As when the resolver still remembers what was published before. */
  @Test
  void allServersUnlikeTheResolver_theResolverIsBehind() {
    assertFound(run(oldKey), "resolver-behind " + KEY);
  }

  /** The one that could not be asked may be the one that is right. */
  @Test
  void onlyAnsweringServerUnlikeTheResolver_isNamed() {
    assertFound(
        run(oldKey, empty), "authority-lame example.com", "authority-record-differs " + KEY);
  }

  @Test
  void ttlAndSignatureOfAServer_areLookedAt() {
    CheckReport report = run(primary, slowToSign);
    List<String> codes = found(report).stream().map(f -> f.code().token()).toList();
    assertTrue(codes.contains("authorities-ok"), report::table);
    assertTrue(codes.contains("signature-expires-soon"), report::table);
    Finding ttl =
        found(report).stream()
            .filter(f -> f.code() == FindingCode.TTL_ABOVE_ADVICE)
            .findFirst()
            .orElseThrow();
    assertEquals(KEY, ttl.subject());
    assertTrue(ttl.sentence().contains("3600 s") && ttl.sentence().contains("900 s"));
  }

  /** The levels above it are looked at for advice; whether they can be is none of its business. */
  @Test
  void missingKey_asksNoServerAboveThePolicy() throws Exception {
    CheckReport report = run(plan("k2", newKey()), LONG, primary.address());
    assertEquals(
        List.of(FindingCode.POLICY_OK, FindingCode.KEY_MISSING, FindingCode.AUTHORITIES_OK),
        report.findings().stream().map(Finding::code).toList(),
        report::table);
  }

  @Test
  void noServerOfTheZone_isAWarning() {
    CheckReport report = run(empty);
    assertFound(
        report, "authorities-not-found " + POLICY, "authorities-not-found _divekey." + HOST);
    assertTrue(report.passed());
  }
}
