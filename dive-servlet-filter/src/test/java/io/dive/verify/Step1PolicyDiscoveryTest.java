// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static io.dive.verify.SignedSite.BODY;
import static io.dive.verify.SignedSite.POLICY_00;
import static io.dive.verify.SignedSite.POLICY_01;
import static io.dive.verify.SignedSite.URL;
import static io.dive.verify.SignedSite.record;
import static io.dive.verify.SignedSite.replace;
import static io.dive.verify.SignedSite.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.DnssecStatus;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.FieldNames;
import io.dive.protocol.Fqdn;
import io.dive.protocol.ProtocolVersion;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which policy holds for a URL. */
class Step1PolicyDiscoveryTest extends VerifierSuite {
  @Test
  void hostIsAddress_isNotCovered() {
    for (String host : List.of("192.0.2.1", "[2001:db8::1]")) {
      URI url = URI.create("https://" + host + "/");
      assertNotCovered(
          NotCoveredCause.HOST_IS_ADDRESS, site.visit(url, "GET", 200, List.of(), BODY));
    }
    assertEquals(List.of(), site.dns.asked());
  }

  @Test
  void noPolicy_isNotCovered() throws Exception {
    assertNotCovered(NotCoveredCause.NO_POLICY, site.visit(signed()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"v=\"dive-draft-77\"", "v=spf1 -all", "scopes=(\"strict\")"})
  void unusablePolicy_isNotCovered(String record) throws Exception {
    assertNotCovered(NotCoveredCause.NOT_SUPPORTED, site.policy(record).visit(signed()));
  }

  @Test
  void insecurePolicy_isNotCoveredEvenForADamagedBody() throws Exception {
    site.publish("k1", key);
    site.dns.put("_dive.example.com", DnssecStatus.INSECURE, POLICY_01);
    assertNotCovered(NotCoveredCause.INSECURE, site.visit(signed(), new byte[] {1}));
  }

  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      names = {"DNS_TIMEOUT", "DNS_SERVER_FAILURE", "DNS_BOGUS"})
  void failedLookup_isUndecidedAndBlocked(ErrorCode code) throws Exception {
    strict(ProtocolVersion.DRAFT_01).dns.fail("_dive.www.example.com", code);
    Outcome outcome = site.visit(signed());
    assertEquals(code, assertInstanceOf(Verdict.Undecided.class, outcome.verdict()).code());
    assertEquals(Decision.BLOCKED, outcome.decision());
    assertEquals(Optional.empty(), outcome.report());
  }

  @Test
  void bothRevisionsPublished_theNewerDecides() throws Exception {
    site.publish("k1", key).dns.put("_dive.example.com", POLICY_00, POLICY_01);
    assertEquals(ProtocolVersion.DRAFT_01, assertAccepted(site.visit(signed())).version());
    assertRejected(
        FailureDetail.FIELD_ABSENT, site.visit(replace(signed(), FieldNames.SIGNATURE_INPUT)));
  }

  @Test
  void withoutCacheMember_dnsIsAskedEachTime() throws Exception {
    strict(ProtocolVersion.DRAFT_01).visit(signed());
    site.dns.asked();
    site.visit(signed());
    assertTrue(site.dns.asked().contains("_dive.www.example.com"));
  }

  @Test
  void withCacheMember_dnsIsAskedAgainWhenItIsOver() throws Exception {
    site.policy(POLICY_01 + ", cache=60").publish("k1", key).visit(signed());
    site.dns.asked();
    site.clock.pass(Duration.ofSeconds(59));
    assertAccepted(site.visit(signed()));
    assertTrue(site.dns.asked().stream().noneMatch(name -> name.startsWith("_dive.")));
    site.clock.pass(Duration.ofSeconds(1));
    assertAccepted(site.visit(signed()));
    assertTrue(site.dns.asked().contains("_dive.example.com"));
  }

  @ParameterizedTest
  @CsvSource({"DRAFT_00, 86400", "DRAFT_01, 3600"})
  void cacheMember_isCappedByTheRevision(ProtocolVersion version, long capSeconds)
      throws Exception {
    site.policy(SignedSite.policy(version) + ", cache=999999").publish("k1", key);
    site.visit(signed());
    site.dns.remove("_dive.example.com");
    site.clock.pass(Duration.ofSeconds(capSeconds - 1));
    assertAccepted(site.visit(signed()));
    site.clock.pass(Duration.ofSeconds(1));
    assertNotCovered(NotCoveredCause.NO_POLICY, site.visit(signed()));
  }

  @Test
  void httpsRequired_refusesPlainHttpAndNothingElse() throws Exception {
    site.policy(POLICY_01 + ", directives=(\"https-required\" \"report-only\" \"unknown\")")
        .publish("k1", key);
    URI plain = URI.create("http://www.example.com/file");
    assertEquals(
        Optional.of(new Verdict.HttpsRequired(new Fqdn("example.com"))),
        site.verifier.discover(plain).verdict());
    assertEquals(Decision.BLOCKED, site.visit(plain, "GET", 200, signed(), BODY).decision());
    assertAccepted(site.visit(signed()));
  }

  @Test
  void httpsRequired_bindsWithoutScopesToo() {
    site.policy("v=\"dive-draft-01\", directives=(\"https-required\")");
    assertInstanceOf(
        Verdict.HttpsRequired.class,
        site.verifier.discover(URI.create("http://example.com/")).verdict().orElseThrow());
  }

  @Test
  void urlWithoutHostOrOfAnotherScheme_isMisuse() {
    for (String url : List.of("ftp://example.com/", "/file", "https:///file", "mailto:a@b")) {
      assertThrows(IllegalArgumentException.class, () -> site.verifier.discover(URI.create(url)));
    }
  }

  @Test
  void responseToAnotherUrl_isMisuse() {
    Discovery discovery = site.verifier.discover(URL);
    URI elsewhere = URI.create("https://example.org/");
    assertThrows(
        IllegalArgumentException.class,
        () ->
            site.verifier.begin(discovery, new ReceivedResponse(elsewhere, "GET", 200, List.of())));
  }
}
