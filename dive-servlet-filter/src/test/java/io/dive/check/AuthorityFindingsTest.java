// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.Authorities;
import io.dive.dns.DnssecStatus;
import io.dive.dns.PublishedServers;
import io.dive.dns.SoaAnswer;
import io.dive.dns.TrustAnchors;
import io.dive.dns.TxtAnswer;
import io.dive.dns.ValidatingTxtLookup;
import io.dive.dns.ZoneServers;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.ProtocolVersion;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whom the answers of several servers speak against. */
@Timeout(60)
class AuthorityFindingsTest {
  private static final String OWNER = "_dive.example.com";

  private final List<AuthorityFindings.Answers> servers = new ArrayList<>();

  private static ZoneServers.Server address(int number) {
    return ZoneServers.Server.at(new InetSocketAddress("192.0.2." + number, 53));
  }

  private static TxtAnswer text(String value, DnssecStatus status) {
    return new TxtAnswer.Found(
        List.of(value), status, Duration.ofMinutes(5), OWNER, Optional.empty());
  }

  private AuthorityFindingsTest server(long serial, TxtAnswer answer) {
    servers.add(
        new AuthorityFindings.Answers(
            address(servers.size() + 1),
            Optional.of(new SoaAnswer.Found(serial, Duration.ofMinutes(1))),
            Map.of(OWNER, answer)));
    return this;
  }

  private AuthorityFindingsTest server(long serial, String value) {
    return server(serial, text(value, DnssecStatus.SECURE));
  }

  private AuthorityFindingsTest failing(ErrorCode code) {
    servers.add(
        new AuthorityFindings.Answers(
            address(servers.size() + 1),
            Optional.of(new SoaAnswer.Failed(code, "it said " + code.token())),
            Map.of()));
    return this;
  }

  private List<Finding> findings() {
    ZoneServers zone =
        new ZoneServers(
            new Fqdn("example.com"),
            servers.stream().map(AuthorityFindings.Answers::server).toList());
    return new AuthorityFindings(
            zone,
            true,
            Map.of(OWNER, text("old", DnssecStatus.SECURE)),
            new RecordAdvice(Instant.parse("2026-11-01T00:00:00Z")))
        .of(servers, List.of(new AuthorityCheck.Question(OWNER, 900)));
  }

  /** Each as its code and, where it names one, the number of the server it is about. */
  private void assertFound(String... expected) {
    assertEquals(
        List.of(expected),
        findings().stream()
            .map(
                f ->
                    f.sentence().startsWith("192.0.2.")
                        ? f.code().token() + " " + f.sentence().charAt(8)
                        : f.code().token())
            .toList(),
        () -> findings().toString());
  }

  @Test
  void justPublished_theOlderServersAndTheResolverAreBehind() {
    server(2, "new").server(1, "old").server(2, "new");
    assertFound("authority-behind 2", "resolver-behind");
  }

  @Test
  void olderServerWithRecordsOfNobody_differs() {
    server(2, "new").server(1, "other");
    assertFound("authority-behind 2", "resolver-behind", "authority-record-differs 2");
  }

  @Test
  void newestServersThatDisagree_differ() {
    server(2, "new").server(2, "old").server(1, "old");
    assertFound("authority-behind 3", "authority-record-differs 1");
  }

  @Test
  void newestServerThatNothingVouchesFor_differs() {
    server(2, text("new", DnssecStatus.INSECURE)).server(1, "old");
    assertFound("authority-behind 2", "authority-record-differs 1");
  }

  @Test
  void newestServerThatIsBogus_isNoMeasure() {
    server(2, "new").server(2, new TxtAnswer.Failed(ErrorCode.DNS_BOGUS, "bad")).server(1, "old");
    assertFound("authority-behind 3", "authority-bogus 2", "authority-record-differs 1");
  }

  @Test
  void sameSerialAndOtherRecords_differs() {
    server(2, "new").server(2, "old");
    assertFound("authority-record-differs 1");
  }

  @Test
  void recordThatTheNewestServerNoLongerHas_isTheResolversMemory() {
    server(2, new TxtAnswer.Absent(DnssecStatus.SECURE, false)).server(1, "old");
    assertFound("authority-behind 2", "resolver-behind");
  }

  @Test
  void allFailingAlike_areOneFindingAboutTheWay() {
    failing(ErrorCode.DNS_TIMEOUT).failing(ErrorCode.DNS_TIMEOUT).failing(ErrorCode.DNS_TIMEOUT);
    assertFound("authority-unreachable");
    Finding finding = findings().get(0);
    assertTrue(finding.sentence().contains("192.0.2.1, 192.0.2.2, 192.0.2.3"), finding::sentence);
    assertFalse(finding.remedy().contains("NS record"), finding::remedy);
    assertTrue(finding.remedy().contains("port 53 outward"), finding::remedy);
    assertTrue(finding.remedy().contains("dive.check.authorities = off"), finding::remedy);
  }

  @Test
  void serversFailingInDifferentWays_areNamedEach() {
    failing(ErrorCode.DNS_TIMEOUT).failing(ErrorCode.DNS_SERVER_FAILURE);
    assertFound("authority-unreachable 1", "authority-unreachable 2");
  }

  @Test
  void unreachableServer_isFirstAMatterOfTheFirewall() {
    failing(ErrorCode.DNS_TIMEOUT).server(2, "old");
    String remedy = findings().get(0).remedy();
    int off = remedy.indexOf("dive.check.authorities = off");
    assertTrue(remedy.indexOf("firewall") >= 0 && off > 0, remedy);
    assertTrue(off < remedy.indexOf("NS record away"), remedy);
  }

  @Test
  void failureOfTheResolver_isNotBlamedOnTheServer() {
    server(2, new TxtAnswer.Failed(ErrorCode.RESOLVER_FAILED, "no DS record"));
    assertFound("authority-not-checked 1");
    assertTrue(findings().get(0).remedy().contains("dive.dns.resolver"));
  }

  @Test
  void serverThatWasNeverAsked_isNotCalledUnreachable() {
    server(2, "old");
    servers.add(new AuthorityFindings.Answers(address(2), Optional.empty(), Map.of()));
    servers.add(
        new AuthorityFindings.Answers(
            address(3), Optional.of(new SoaAnswer.Found(2, Duration.ofMinutes(1))), Map.of()));
    assertFound("authority-not-checked 2", "authority-not-checked 3");
  }

  /** Looked for in a share of the time, so that there is some left for those that were found. */
  @Test
  void nameServerWithoutAnAddress_doesNotHideWhatAnotherOneTells(@TempDir Path directory)
      throws Exception {
    Path anchor =
        Files.writeString(
            directory.resolve("anchor"),
            "elsewhere.test. IN DS 1 8 2 "
                + "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n");
    TrustAnchors anchors = TrustAnchors.read(anchor);
    Duration limit = Duration.ofSeconds(6);
    try (PublishedServers dns =
        new PublishedServers(List.of("ns1", "slow"), "resolved", "tampered")) {
      Authorities authorities = dns.authorities(anchors, limit);
      CheckReport report =
          new DnsCheck(
                  new ValidatingTxtLookup(dns.resolver(), anchors, limit, Clock.systemUTC()),
                  Optional.of(authorities),
                  limit,
                  Clock.systemUTC())
              .run(
                  new CheckPlan(
                      List.of(new CheckPlan.Host(new Fqdn("example.com"), List.of(), false)),
                      EnumSet.allOf(ProtocolVersion.class),
                      HashAlgorithm.SHA_256));
      List<FindingCode> codes = report.findings().stream().map(Finding::code).toList();
      assertTrue(
          codes.containsAll(
              Arrays.asList(
                  FindingCode.AUTHORITY_UNREACHABLE, FindingCode.AUTHORITY_RECORD_DIFFERS)),
          report::table);
      for (Finding finding : report.findings()) {
        if (finding.code() == FindingCode.AUTHORITY_UNREACHABLE) {
          assertTrue(finding.sentence().startsWith("slow.example.com is named"), report::table);
        }
      }
    }
  }
}
