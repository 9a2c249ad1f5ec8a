// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.ErrorCode;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against BIND, as authoritative server and as resolver before it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ValidatingTxtLookupNamedTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final String LONG = "x".repeat(250);

  private Named authoritative;
  private Named recursive;
  private TrustAnchors anchors;

  @BeforeAll
  void startServers(@TempDir Path directory) throws Exception {
    Assumptions.assumeTrue(Named.isInstalled(), "named is not installed");
    NamedZones zones = new NamedZones(directory);
    String records =
        """
        _dive TXT "v=\\"dive-draft-01\\", " "scopes=(\\"strict\\")"
        binary TXT "a\\195\\169"
        two TXT "one"
        two TXT "two"
        address A 127.0.0.1
        _dive.alias CNAME _dive
        _dive.dangling CNAME nowhere
        _dive.shop 60 CNAME elsewhere.child.signed.test.
        *.wild TXT "wildcard"
        """
            + IntStream.range(0, 12)
                .mapToObj(i -> "long TXT \"" + i + LONG + "\"\n")
                .collect(Collectors.joining());
    String childDs = zones.signed("child.signed.test", "elsewhere 30 TXT \"in the child\"\n");
    zones.unanchor("child.signed.test");
    zones.unsigned("plain.signed.test", "_dive TXT \"unsigned\"\n");
    String delegations =
        "child NS ns\nplain NS ns\n" + childDs + "\nlame NS ns\nlame DS 1 13 2 " + "0".repeat(64);
    zones.signed("signed.test", records + delegations + "\n");
    zones.unsigned("lame.signed.test", "_dive TXT \"should be signed\"\n");
    zones.signed("nsec3.test", records, "-3", "-");
    zones.signed("bogus.test", "_dive TXT \"genuine\"\n");
    zones.tamper("bogus.test", "genuine", "changed");
    zones.signed(
        "expired.test", "_dive TXT \"old\"\n", "-s", "20250101000000", "-e", "20250201000000");
    zones.signed("foreign.test", "_dive TXT \"signed, not anchored\"\n");
    zones.unanchor("foreign.test");
    zones.unloadable("broken.test");
    anchors = TrustAnchors.read(zones.anchorFile());
    authoritative = Named.start(directory, "recursion no;", zones.statements());
    recursive =
        Named.start(
            directory,
            "recursion yes; forward only; forwarders { 127.0.0.1 port %d; };"
                .formatted(authoritative.address().getPort()),
            "");
  }

  @AfterAll
  void stopServers() throws Exception {
    for (Named server : new Named[] {recursive, authoritative}) {
      if (server != null) {
        server.close();
      }
    }
  }

  private TxtLookup dns() {
    return lookup(authoritative, Clock.systemUTC());
  }

  private TxtLookup lookup(Named upstream, Clock clock) {
    return new ValidatingTxtLookup(Upstream.of(upstream.address()), anchors, LIMIT, clock);
  }

  private TxtAnswer ask(String name) {
    return dns().lookup(name, LIMIT);
  }

  private static TxtAnswer.Found found(TxtAnswer answer) {
    return assertInstanceOf(TxtAnswer.Found.class, answer);
  }

  private static void assertFailed(ErrorCode code, TxtAnswer answer) {
    assertEquals(
        code, assertInstanceOf(TxtAnswer.Failed.class, answer).code(), () -> answer.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"signed.test", "nsec3.test"})
  void signedRecord_isSecure(String zone) {
    TxtAnswer.Found answer = found(ask("_dive." + zone));
    assertEquals(DnssecStatus.SECURE, answer.status());
    assertEquals(List.of("v=\"dive-draft-01\", scopes=(\"strict\")"), answer.values());
    assertEquals(Duration.ofMinutes(5), answer.ttl());
    assertEquals("_dive." + zone, answer.owner());
    assertTrue(answer.signatureExpires().orElseThrow().isAfter(Clock.systemUTC().instant()));
  }

  @Test
  void nameInUpperCase_isTheSameName() {
    assertEquals("_dive.signed.test", found(ask("_DIVE.Signed.TEST")).owner());
  }

  @Test
  void octetOutsideAscii_staysVisible() {
    assertEquals(List.of("a\u00c3\u00a9"), found(ask("binary.signed.test")).values());
  }

  @Test
  void twoRecords_areTwoValues() {
    assertEquals(Set.of("one", "two"), Set.copyOf(found(ask("two.signed.test")).values()));
  }

  @Test
  void answerTooLongForUdp_comesOverTcp() {
    TxtAnswer.Found answer = found(ask("long.signed.test"));
    assertEquals(DnssecStatus.SECURE, answer.status());
    assertEquals(12, answer.values().size());
  }

  @Test
  void wildcard_isSecure() {
    assertEquals(DnssecStatus.SECURE, found(ask("any.wild.signed.test")).status());
    assertEquals(DnssecStatus.SECURE, found(ask("any.wild.nsec3.test")).status());
  }

  @ParameterizedTest
  @ValueSource(strings = {"signed.test", "nsec3.test"})
  void noSuchName_isSecurelyAbsent(String zone) {
    assertEquals(new TxtAnswer.Absent(DnssecStatus.SECURE, false), ask("_dive.no." + zone));
  }

  @ParameterizedTest
  @ValueSource(strings = {"signed.test", "nsec3.test"})
  void nameWithoutTxt_isSecurelyAbsent(String zone) {
    assertEquals(new TxtAnswer.Absent(DnssecStatus.SECURE, true), ask("address." + zone));
  }

  @Test
  void cname_isFollowed() {
    TxtAnswer.Found answer = found(ask("_dive.alias.signed.test"));
    assertEquals(DnssecStatus.SECURE, answer.status());
    assertEquals("_dive.signed.test", answer.owner());
  }

  @Test
  void cnameIntoAnotherZone_isFollowedByRecursionAndHasTheSmallestTtl() {
    TxtAnswer.Found answer =
        found(lookup(recursive, Clock.systemUTC()).lookup("_dive.shop.signed.test", LIMIT));
    assertEquals(DnssecStatus.SECURE, answer.status());
    assertEquals("elsewhere.child.signed.test", answer.owner());
    assertEquals(Duration.ofSeconds(30), answer.ttl());
  }

  @Test
  void cnameIntoAnotherZone_withoutRecursionIsServerFailure() {
    assertFailed(ErrorCode.DNS_SERVER_FAILURE, ask("_dive.shop.signed.test"));
  }

  @Test
  void cnameToNothing_isAbsent() {
    TxtAnswer answer = ask("_dive.dangling.signed.test");
    assertEquals(DnssecStatus.SECURE, assertInstanceOf(TxtAnswer.Absent.class, answer).status());
  }

  @Test
  void signedDelegation_isSecure() {
    assertEquals(DnssecStatus.SECURE, found(ask("elsewhere.child.signed.test")).status());
  }

  @Test
  void unsignedDelegation_isInsecure() {
    assertEquals(DnssecStatus.INSECURE, found(ask("_dive.plain.signed.test")).status());
    assertEquals(
        new TxtAnswer.Absent(DnssecStatus.INSECURE, false), ask("_dive.no.plain.signed.test"));
  }

  @Test
  void zoneWithoutAnchor_isIndeterminate() {
    TxtAnswer.Found answer = found(ask("_dive.foreign.test"));
    assertEquals(DnssecStatus.INDETERMINATE, answer.status());
    assertEquals(
        new TxtAnswer.Absent(DnssecStatus.INDETERMINATE, false), ask("_dive.no.foreign.test"));
  }

  @Test
  void unsignedZoneUnderDs_isBogus() {
    assertFailed(ErrorCode.DNS_SIGNATURE_MISSING, ask("_dive.lame.signed.test"));
    assertFailed(ErrorCode.DNS_SIGNATURE_MISSING, ask("_dive.no.lame.signed.test"));
  }

  @Test
  void changedRecord_isBogus() {
    assertFailed(ErrorCode.DNS_SIGNATURE_WRONG, ask("_dive.bogus.test"));
  }

  @Test
  void expiredSignature_isBogus() {
    assertFailed(ErrorCode.DNS_SIGNATURE_EXPIRED, ask("_dive.expired.test"));
    assertFailed(ErrorCode.DNS_SIGNATURE_EXPIRED, ask("_dive.no.expired.test"));
  }

  @Test
  void expiredSignature_wasSecureInItsTime() {
    Clock then = Clock.fixed(Instant.parse("2025-01-15T00:00:00Z"), java.time.ZoneOffset.UTC);
    TxtAnswer.Found answer = found(lookup(authoritative, then).lookup("_dive.expired.test", LIMIT));
    assertEquals(DnssecStatus.SECURE, answer.status());
    assertEquals(Optional.of(Instant.parse("2025-02-01T00:00:00Z")), answer.signatureExpires());
  }

  @Test
  void servfail_isServerFailureAndNotBogus() {
    assertFailed(ErrorCode.DNS_SERVER_FAILURE, ask("_dive.broken.test"));
  }

  @Test
  void refused_isServerFailure() {
    assertFailed(ErrorCode.DNS_SERVER_FAILURE, ask("_dive.elsewhere.example"));
  }

  @Test
  void nameDnsCannotHold_isAbsent() {
    String name = "_dive." + "abcdefghi.".repeat(25) + "signed.test";
    assertEquals(new TxtAnswer.Absent(DnssecStatus.SECURE, false), ask(name));
  }

  @Test
  void manyThreads_getTheSameAnswers() {
    TxtLookup shared = dns();
    List<TxtAnswer> answers =
        IntStream.range(0, 64)
            .parallel()
            .mapToObj(
                i -> shared.lookup(i % 2 == 0 ? "_dive.signed.test" : "_dive.bogus.test", LIMIT))
            .toList();
    for (int i = 0; i < answers.size(); i++) {
      if (i % 2 == 0) {
        assertEquals(DnssecStatus.SECURE, found(answers.get(i)).status());
      } else {
        assertFailed(ErrorCode.DNS_SIGNATURE_WRONG, answers.get(i));
      }
    }
  }

  @Test
  void throughARecursiveResolver_itIsTheSame() {
    TxtLookup dns = lookup(recursive, Clock.systemUTC());
    assertEquals(DnssecStatus.SECURE, found(dns.lookup("_dive.signed.test", LIMIT)).status());
    assertEquals(
        DnssecStatus.INSECURE, found(dns.lookup("_dive.plain.signed.test", LIMIT)).status());
    assertEquals(
        new TxtAnswer.Absent(DnssecStatus.SECURE, false),
        dns.lookup("_dive.no.signed.test", LIMIT));
    assertFailed(ErrorCode.DNS_SIGNATURE_WRONG, dns.lookup("_dive.bogus.test", LIMIT));
    assertFailed(ErrorCode.DNS_SERVER_FAILURE, dns.lookup("_dive.broken.test", LIMIT));
  }
}
