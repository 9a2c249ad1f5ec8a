// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static io.dive.verify.SignedSite.BODY;
import static io.dive.verify.SignedSite.POLICY_01;
import static io.dive.verify.SignedSite.fields;
import static io.dive.verify.SignedSite.record;
import static io.dive.verify.SignedSite.replace;
import static io.dive.verify.SignedSite.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.DnssecStatus;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.FailureReason;
import io.dive.protocol.FieldNames;
import io.dive.protocol.HeaderField;
import io.dive.protocol.ProtocolVersion;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Where the key of a signature is found, and how long it is remembered. */
class Step4KeyResolutionTest extends VerifierSuite {
  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void noKey_isKeyNotFound(ProtocolVersion version) throws Exception {
    strict(version).dns.remove(KEY_NAME);
    Verdict.Rejected rejected = assertRejected(FailureDetail.KEY_ABSENT, site.visit(signed()));
    assertEquals(FailureReason.KEY_NOT_FOUND, rejected.reason());
    assertEquals(
        List.of("k1._divekey.www.example.com", KEY_NAME), rejected.tried().get(0).queried());
  }

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void malformedKey_isKeyInvalid(ProtocolVersion version) throws Exception {
    strict(version).dns.put(KEY_NAME, "sig=\"rsa\"");
    assertEquals(
        FailureReason.KEY_INVALID,
        assertRejected(FailureDetail.KEY_MALFORMED, site.visit(signed())).reason());
  }

  @Test
  void twoKeys_areKeyInvalid() throws Exception {
    strict(ProtocolVersion.DRAFT_01).dns.put(KEY_NAME, record(key), record(other));
    assertEquals(
        FailureReason.KEY_INVALID,
        assertRejected(FailureDetail.KEY_AMBIGUOUS, site.visit(signed())).reason());
  }

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void insecureKey_isDnssecUnavailable(ProtocolVersion version) throws Exception {
    strict(version).dns.put(KEY_NAME, DnssecStatus.INSECURE, record(key));
    assertEquals(
        FailureReason.DNSSEC_UNAVAILABLE,
        assertRejected(FailureDetail.KEY_INSECURE, site.visit(signed())).reason());
  }

  @ParameterizedTest
  @CsvSource({
    "DNS_BOGUS, KEY_BOGUS",
    "DNS_TIMEOUT, KEY_LOOKUP_FAILED",
    "DNS_SERVER_FAILURE, KEY_LOOKUP_FAILED"
  })
  void failedLookup_isDnssecUnavailable(ErrorCode code, FailureDetail detail) throws Exception {
    strict(ProtocolVersion.DRAFT_01).dns.fail("k1._divekey.www.example.com", code);
    assertEquals(
        FailureReason.DNSSEC_UNAVAILABLE, assertRejected(detail, site.visit(signed())).reason());
  }

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void qualifiedKey_isAcceptedFromTheHostOrAParentOnly(ProtocolVersion version) throws Exception {
    strict(version);
    assertAccepted(site.visit(fields("k1@example.com", key)));
    assertRejected(FailureDetail.KEY_ABSENT, site.visit(fields("k1@www.example.com", key)));
    for (String fqdn : List.of("a.www.example.com", "ftp.example.com", "example.org")) {
      assertEquals(
          FailureReason.KEY_INVALID,
          assertRejected(FailureDetail.KEY_DOMAIN_NOT_PARENT, site.visit(fields("k1@" + fqdn, key)))
              .reason());
    }
  }

  @Test
  void keyAboveThePolicy_isFoundOnlyIfQualified() throws Exception {
    site.dns.put("_dive.www.example.com", POLICY_01);
    site.publish("k1", key);
    assertRejected(FailureDetail.KEY_ABSENT, site.visit(signed()));
    assertAccepted(site.visit(fields("k1@example.com", key)));
  }

  @ParameterizedTest
  @CsvSource({"k-1, KEYID_MALFORMED", "k1@, KEYID_MALFORMED", "'', KEYID_ABSENT"})
  void badKeyid_isKeyInvalid(String keyid, FailureDetail detail) throws Exception {
    List<HeaderField> fields = signed();
    String input =
        value(fields, FieldNames.SIGNATURE_INPUT)
            .replace(";keyid=\"k1\"", keyid.isEmpty() ? "" : ";keyid=\"" + keyid + "\"");
    assertEquals(
        FailureReason.KEY_INVALID,
        assertRejected(
                detail,
                strict(ProtocolVersion.DRAFT_01)
                    .visit(replace(fields, FieldNames.SIGNATURE_INPUT, input)))
            .reason());
  }

  @Test
  void cachedKey_isNotAskedForUntilItsTimeIsOver() throws Exception {
    strict(ProtocolVersion.DRAFT_01).publish("k1", key, "cache=60").visit(signed());
    site.dns.asked();
    site.clock.pass(Duration.ofSeconds(59));
    assertAccepted(site.visit(signed()));
    assertTrue(site.dns.asked().stream().noneMatch(name -> name.contains("_divekey")));
    site.clock.pass(Duration.ofSeconds(1));
    assertAccepted(site.visit(signed()));
    assertTrue(site.dns.asked().contains(KEY_NAME));
  }

  @Test
  void keyCache_isCappedAtADay() throws Exception {
    strict(ProtocolVersion.DRAFT_01).publish("k1", key, "cache=9999999").visit(signed());
    site.dns.remove(KEY_NAME);
    site.clock.pass(Duration.ofSeconds(86_399));
    assertAccepted(site.visit(signed()));
    site.clock.pass(Duration.ofSeconds(1));
    assertRejected(FailureDetail.KEY_ABSENT, site.visit(signed()));
  }

  @Test
  void replacedKeyOfTheSameId_isFoundBehindTheCachedOne() throws Exception {
    strict(ProtocolVersion.DRAFT_01).publish("k1", key, "cache=600").visit(signed());
    site.publish("k1", other, "cache=600");
    assertAccepted(site.visit(fields("k1", other)));
    assertRejected(FailureDetail.SIGNATURE_WRONG, site.visit(signed()));
  }

  @Test
  void withdrawnKey_isEvictedWhenItDoesNotHelp() throws Exception {
    strict(ProtocolVersion.DRAFT_01).publish("k1", key, "cache=600").visit(signed());
    site.dns.remove(KEY_NAME);
    assertRejected(FailureDetail.KEY_ABSENT, site.visit(fields("k1", other)));
    assertRejected(FailureDetail.KEY_ABSENT, site.visit(signed()));
  }

  @ParameterizedTest
  @CsvSource({"-1, true", "0, false", "30, false"})
  void invalidateKeysCache_dropsKeysStoredUpToThen(int offsetSeconds, boolean kept)
      throws Exception {
    strict(ProtocolVersion.DRAFT_01).publish("k1", key, "cache=600").visit(signed());
    site.dns.remove(KEY_NAME);
    long timestamp = site.clock.instant().getEpochSecond() + offsetSeconds;
    site.policy(POLICY_01 + ", invalidate-keys-cache=" + timestamp);
    Verdict verdict = site.visit(signed()).verdict();
    assertEquals(kept, verdict instanceof Verdict.Accepted, verdict::toString);
  }

  @Test
  void invalidateKeysCacheInTheFuture_asksEachTimeUntilItHasPassed() throws Exception {
    Instant timestamp = site.clock.instant().plusSeconds(60);
    site.policy(POLICY_01 + ", invalidate-keys-cache=" + timestamp.getEpochSecond())
        .publish("k1", key, "cache=600");
    for (int i = 0; i < 3; i++) {
      assertAccepted(site.visit(signed()));
      assertTrue(site.dns.asked().contains(KEY_NAME));
      site.clock.pass(Duration.ofSeconds(20));
    }
    site.clock.pass(Duration.ofSeconds(1));
    assertAccepted(site.visit(signed()));
    assertTrue(site.dns.asked().contains(KEY_NAME), "the records stored before are gone");
    assertAccepted(site.visit(signed()));
    assertTrue(!site.dns.asked().contains(KEY_NAME), "the cache is in use again");
  }

  @Test
  void invalidateKeysCache_leavesOtherDomainsAlone() throws Exception {
    strict(ProtocolVersion.DRAFT_01).publish("k1", key, "cache=600").visit(signed());
    site.dns.put("_dive.example.org", POLICY_01 + ", invalidate-keys-cache=99999999999");
    URI elsewhere = URI.create("https://example.org/");
    site.visit(elsewhere, "GET", 200, signed(), BODY);
    site.dns.asked();
    assertAccepted(site.visit(signed()));
    assertTrue(!site.dns.asked().contains(KEY_NAME));
  }
}
