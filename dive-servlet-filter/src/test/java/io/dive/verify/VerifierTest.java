// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static io.dive.verify.SignedSite.BODY;
import static io.dive.verify.SignedSite.POLICY_00;
import static io.dive.verify.SignedSite.POLICY_01;
import static io.dive.verify.SignedSite.URL;
import static io.dive.verify.SignedSite.fields;
import static io.dive.verify.SignedSite.newKey;
import static io.dive.verify.SignedSite.record;
import static io.dive.verify.SignedSite.replace;
import static io.dive.verify.SignedSite.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.DnssecStatus;
import io.dive.key.SigningKey;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.Bytes;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.FailureReason;
import io.dive.protocol.FailureReport;
import io.dive.protocol.FieldNames;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.sign.BodyDigester;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class VerifierTest {
  private static final String KEY_NAME = "k1._divekey.example.com";

  private final SignedSite site = new SignedSite();
  private final SigningKey key = newKey();
  private final SigningKey other = newKey();

  private static Verdict.Accepted assertAccepted(Outcome outcome) {
    assertEquals(Decision.ALLOWED, outcome.decision(), () -> outcome.verdict().toString());
    return assertInstanceOf(Verdict.Accepted.class, outcome.verdict());
  }

  private static Verdict.Rejected assertRejected(FailureDetail detail, Outcome outcome) {
    Verdict.Rejected rejected =
        assertInstanceOf(
            Verdict.Rejected.class, outcome.verdict(), () -> outcome.verdict().toString());
    assertEquals(detail, rejected.detail(), rejected::sentence);
    return rejected;
  }

  private static void assertNotCovered(NotCoveredCause cause, Outcome outcome) {
    assertEquals(cause, assertInstanceOf(Verdict.NotCovered.class, outcome.verdict()).cause());
    assertEquals(Decision.ALLOWED, outcome.decision());
    assertEquals(Optional.empty(), outcome.report());
  }

  private List<HeaderField> signed() throws Exception {
    return fields("k1", key);
  }

  private SignedSite strict(ProtocolVersion version) {
    return site.policy(SignedSite.policy(version)).publish("k1", key);
  }

  @Nested
  class EveryAlgorithm {
    @ParameterizedTest
    @EnumSource(HashAlgorithm.class)
    void rightSignature_isAcceptedUnderBothRevisions(HashAlgorithm hash) throws Exception {
      for (SignatureAlgorithm algorithm : SignatureAlgorithm.values()) {
        SigningKey signing = newKey(algorithm);
        site.publish("k1", signing);
        for (ProtocolVersion version : ProtocolVersion.values()) {
          site.policy(SignedSite.policy(version));
          assertEquals(
              new Verdict.Accepted(KeyReference.parse("k1"), hash, version),
              assertAccepted(site.visit(fields(hash, List.of("k1"), List.of(signing)))));
        }
      }
    }
  }

  @Nested
  class Step1PolicyDiscovery {
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
              site.verifier.begin(
                  discovery, new ReceivedResponse(elsewhere, "GET", 200, List.of())));
    }
  }

  @Nested
  class Step2ScopeDetermination {
    @ParameterizedTest
    @ValueSource(strings = {"v=\"dive-draft-01\"", "v=\"dive-draft-00\", scopes=()"})
    void noScopes_isNotCovered(String policy) throws Exception {
      assertNotCovered(NotCoveredCause.NO_SCOPES, site.policy(policy).visit(signed()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x-packages", "download"})
    void unknownScopesOnly_isNotCovered(String scope) throws Exception {
      site.policy("v=\"dive-draft-01\", scopes=(\"" + scope + "\")");
      assertNotCovered(NotCoveredCause.CUSTOM_SCOPE_ONLY, site.visit(signed()));
    }

    @Test
    void strictBesideAnUnknownScope_covers() throws Exception {
      site.policy("v=\"dive-draft-01\", scopes=(\"x-packages\" \"strict\")").publish("k1", key);
      assertAccepted(site.visit(signed()));
    }

    @ParameterizedTest
    @CsvSource({"GET, 404", "GET, 206", "GET, 304", "HEAD, 200"})
    void notAResource_isNotCovered(String method, int status) throws Exception {
      strict(ProtocolVersion.DRAFT_01);
      assertNotCovered(
          NotCoveredCause.NOT_A_RESOURCE, site.visit(URL, method, status, signed(), BODY));
    }
  }

  @Nested
  class Step3HeaderValidation {
    @ParameterizedTest
    @CsvSource({
      "DRAFT_00, DIVE-Sig",
      "DRAFT_01, Signature",
      "DRAFT_01, Signature-Input",
      "DRAFT_01, Content-Digest"
    })
    void absentField_isMissingHeaders(ProtocolVersion version, String name) throws Exception {
      Verdict.Rejected rejected =
          assertRejected(
              FailureDetail.FIELD_ABSENT, strict(version).visit(replace(signed(), name)));
      assertEquals(FailureReason.MISSING_HEADERS, rejected.reason());
    }

    @ParameterizedTest
    @CsvSource({
      "DRAFT_00, DIVE-Sig",
      "DRAFT_01, Signature",
      "DRAFT_01, Signature-Input",
      "DRAFT_01, Content-Digest"
    })
    void malformedField_isMissingHeaders(ProtocolVersion version, String name) throws Exception {
      for (String value : List.of("", ",", "Nonsense=", "\u00e9", "a=1")) {
        assertRejected(
            FailureDetail.FIELD_MALFORMED, strict(version).visit(replace(signed(), name, value)));
      }
    }

    @Test
    void oneMalformedEntry_spoilsDiveSig() throws Exception {
      List<HeaderField> fields = signed();
      assertRejected(
          FailureDetail.FIELD_MALFORMED,
          strict(ProtocolVersion.DRAFT_00)
              .visit(
                  replace(
                      fields,
                      FieldNames.DIVE_SIG,
                      value(fields, FieldNames.DIVE_SIG),
                      "k2:sha256")));
    }

    @Test
    void hashOutsideTheSix_isNotAllowed() throws Exception {
      List<HeaderField> fields = signed();
      assertEquals(
          FailureReason.HASH_ALGORITHM_NOT_ALLOWED,
          assertRejected(
                  FailureDetail.DIGEST_ALGORITHM_FORBIDDEN,
                  strict(ProtocolVersion.DRAFT_00)
                      .visit(
                          replace(
                              fields,
                              FieldNames.DIVE_SIG,
                              value(fields, FieldNames.DIVE_SIG).replace("sha256", "md5"))))
              .reason());
      assertRejected(
          FailureDetail.DIGEST_ALGORITHM_FORBIDDEN,
          strict(ProtocolVersion.DRAFT_01)
              .visit(
                  replace(
                      fields,
                      FieldNames.CONTENT_DIGEST,
                      value(fields, FieldNames.CONTENT_DIGEST),
                      "md5=:AAAAAAAAAAAAAAAAAAAAAA==:")));
    }

    @Test
    void severalLines_areCombined() throws Exception {
      strict(ProtocolVersion.DRAFT_01);
      List<HeaderField> fields =
          fields(HashAlgorithm.SHA_256, List.of("k0", "k1"), List.of(other, key));
      for (String name : List.of(FieldNames.SIGNATURE, FieldNames.SIGNATURE_INPUT)) {
        fields = replace(fields, name, value(fields, name).split(", ", 2));
      }
      assertAccepted(site.visit(fields));
      fields =
          replace(
              fields,
              FieldNames.DIVE_SIG,
              value(fields, FieldNames.DIVE_SIG).replace(",", "\t ,  ").split(",", 2));
      assertAccepted(site.policy(POLICY_00).visit(fields));
    }

    @Test
    void fieldNamesInAnyCase_areFound() throws Exception {
      List<HeaderField> fields =
          signed().stream()
              .map(f -> new HeaderField(f.name().toLowerCase(java.util.Locale.ROOT), f.value()))
              .toList();
      assertAccepted(strict(ProtocolVersion.DRAFT_01).visit(fields));
      assertAccepted(strict(ProtocolVersion.DRAFT_00).visit(fields));
    }

    @Test
    void labelInOneFieldOnly_isMissingHeaders() throws Exception {
      List<HeaderField> fields = signed();
      assertRejected(
          FailureDetail.FIELD_MALFORMED,
          strict(ProtocolVersion.DRAFT_01)
              .visit(
                  replace(
                      fields,
                      FieldNames.SIGNATURE,
                      value(fields, FieldNames.SIGNATURE),
                      "sig2=:AA==:")));
    }

    @Test
    void neededDigests_areThoseOfTheFields() throws Exception {
      strict(ProtocolVersion.DRAFT_01);
      List<HeaderField> fields = fields(HashAlgorithm.SHA3_384, List.of("k1"), List.of(key));
      Verification verification =
          site.verifier.begin(
              site.verifier.discover(URL), new ReceivedResponse(URL, "GET", 200, fields));
      assertEquals(Set.of(HashAlgorithm.SHA3_384), verification.hashes());
      assertThrows(IllegalArgumentException.class, () -> verification.finish(List.of()));
      BodyDigest digest = BodyDigester.digest(HashAlgorithm.SHA3_384, BODY);
      assertAccepted(verification.finish(List.of(digest)));
    }
  }

  @Nested
  class Step4KeyResolution {
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
            assertRejected(
                    FailureDetail.KEY_DOMAIN_NOT_PARENT, site.visit(fields("k1@" + fqdn, key)))
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

  @Nested
  class Step5SignatureVerification {
    private String base(List<HeaderField> fields, String params) {
      return new String(
          MessageSignature.signatureBase(value(fields, FieldNames.CONTENT_DIGEST), params),
          StandardCharsets.US_ASCII);
    }

    private List<HeaderField> signedWith(String params, String base) throws Exception {
      Bytes signature =
          key.signer(KeyReference.parse("k1")).sign(base.getBytes(StandardCharsets.US_ASCII));
      return replace(
          replace(signed(), FieldNames.SIGNATURE_INPUT, "sig1=" + params),
          FieldNames.SIGNATURE,
          "sig1=:" + signature.toBase64() + ":");
    }

    private List<HeaderField> signedWith(String params) throws Exception {
      return signedWith(params, base(signed(), params));
    }

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void signatureOfAnotherKey_isSignatureMismatch(ProtocolVersion version) throws Exception {
      assertEquals(
          FailureReason.SIGNATURE_MISMATCH,
          assertRejected(FailureDetail.SIGNATURE_WRONG, strict(version).visit(fields("k1", other)))
              .reason());
    }

    @Test
    void otherBody_isSignatureMismatch() throws Exception {
      byte[] tampered = "another file\n".getBytes(StandardCharsets.US_ASCII);
      assertEquals(
          FailureReason.SIGNATURE_MISMATCH,
          assertRejected(
                  FailureDetail.DIGEST_MISMATCH,
                  strict(ProtocolVersion.DRAFT_01).visit(signed(), tampered))
              .reason());
      assertRejected(
          FailureDetail.SIGNATURE_WRONG,
          strict(ProtocolVersion.DRAFT_00).visit(signed(), tampered));
    }

    @Test
    void everyStatedDigest_hasToMatch() throws Exception {
      List<HeaderField> fields = signed();
      String right = BodyDigester.digest(HashAlgorithm.SHA_512, BODY).contentDigest();
      String wrong = BodyDigester.digest(HashAlgorithm.SHA_512, new byte[0]).contentDigest();
      String params =
          MessageSignature.signatureParams(KeyReference.parse("k1"), SignatureAlgorithm.ED25519);
      for (String second : List.of(right, wrong)) {
        String both = value(fields, FieldNames.CONTENT_DIGEST) + ", " + second;
        String base =
            new String(MessageSignature.signatureBase(both, params), StandardCharsets.US_ASCII);
        List<HeaderField> resigned =
            replace(
                signedWith(params, base),
                FieldNames.CONTENT_DIGEST,
                value(fields, FieldNames.CONTENT_DIGEST),
                second);
        strict(ProtocolVersion.DRAFT_01);
        if (second.equals(right)) {
          assertAccepted(site.visit(resigned));
        } else {
          assertRejected(FailureDetail.DIGEST_MISMATCH, site.visit(resigned));
        }
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "()",
          "(\"content-digest\" \"@status\")",
          "(\"content-type\")",
          "(\"content-digest\";req)",
          "(\"content-digest\" \"content-digest\")",
          "(\"Content-Digest\")"
        })
    void coveredComponents_areContentDigestAlone(String components) throws Exception {
      assertRejected(
          FailureDetail.COMPONENTS_MISMATCH,
          strict(ProtocolVersion.DRAFT_01)
              .visit(signedWith(components + ";keyid=\"k1\";alg=\"ed25519\"")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ";alg=\"ed448\"", ";alg=\"rsa-pss-sha512\""})
    void alg_isTheKeysAlgorithm(String alg) throws Exception {
      assertRejected(
          FailureDetail.ALGORITHM_MISMATCH,
          strict(ProtocolVersion.DRAFT_01)
              .visit(signedWith("(\"content-digest\");keyid=\"k1\"" + alg)));
    }

    @ParameterizedTest
    @CsvSource({"-1, false", "0, true", "60, true"})
    void expires_liesNotInThePast(int offsetSeconds, boolean accepted) throws Exception {
      long expires = site.clock.instant().getEpochSecond() + offsetSeconds;
      strict(ProtocolVersion.DRAFT_01);
      Outcome outcome =
          site.visit(
              signedWith("(\"content-digest\");keyid=\"k1\";alg=\"ed25519\";expires=" + expires));
      if (accepted) {
        assertAccepted(outcome);
      } else {
        assertRejected(FailureDetail.SIGNATURE_EXPIRED, outcome);
      }
    }

    @Test
    void unknownParameters_areSignedAlong() throws Exception {
      assertAccepted(
          strict(ProtocolVersion.DRAFT_01)
              .visit(
                  signedWith(
                      "(\"content-digest\");created=1700000000;keyid=\"k1\";alg=\"ed25519\";tag=\"x\"")));
    }

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void hashTheKeyDoesNotAdmit_isNotAllowed(ProtocolVersion version) throws Exception {
      for (String allowed : List.of("(\"sha384\" \"sha3-256\")", "()")) {
        strict(version).publish("k1", key, "allowed-hash=" + allowed);
        assertEquals(
            FailureReason.HASH_ALGORITHM_NOT_ALLOWED,
            assertRejected(FailureDetail.HASH_NOT_ALLOWED, site.visit(signed())).reason());
      }
      site.publish("k1", key, "allowed-hash=(\"sha256\")");
      assertAccepted(site.visit(signed()));
    }

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void signatures_areTriedInOrderUntilOneIsRight(ProtocolVersion version) throws Exception {
      List<HeaderField> fields =
          fields(HashAlgorithm.SHA_256, List.of("k0", "k1"), List.of(other, key));
      assertEquals(KeyReference.parse("k1"), assertAccepted(strict(version).visit(fields)).key());
      assertEquals(
          KeyReference.parse("k0"),
          assertAccepted(strict(version).publish("k0", other).visit(fields)).key());
    }

    @Test
    void signatureWithCachedKey_isTriedFirst() throws Exception {
      strict(ProtocolVersion.DRAFT_01)
          .publish("k0", other)
          .publish("k1", key, "cache=600")
          .visit(signed());
      List<HeaderField> fields =
          fields(HashAlgorithm.SHA_256, List.of("k0", "k1"), List.of(other, key));
      assertEquals(KeyReference.parse("k1"), assertAccepted(site.visit(fields)).key());
    }

    @Test
    void failingSignatureWithCachedKey_fallsBackToTheOthers() throws Exception {
      strict(ProtocolVersion.DRAFT_01)
          .publish("k0", other)
          .publish("k1", key, "cache=600")
          .visit(signed());
      List<HeaderField> fields =
          fields(HashAlgorithm.SHA_256, List.of("k0", "k1"), List.of(other, newKey()));
      assertEquals(KeyReference.parse("k0"), assertAccepted(site.visit(fields)).key());
    }

    @Test
    void signaturesWithoutEnd_areTriedUpToALimit() throws Exception {
      List<HeaderField> fields = signed();
      String entry = value(fields, FieldNames.DIVE_SIG);
      String many =
          java.util.stream.IntStream.range(0, 1000)
              .mapToObj(i -> entry.replace("k1:", "x" + i + ":"))
              .collect(java.util.stream.Collectors.joining(","));
      assertEquals(
          SignatureVerification.MAX_TRIED,
          assertRejected(
                  FailureDetail.KEY_ABSENT,
                  strict(ProtocolVersion.DRAFT_00)
                      .visit(replace(fields, FieldNames.DIVE_SIG, many)))
              .tried()
              .size());
    }

    @Test
    void repeatedKeyId_countsOnce() throws Exception {
      List<HeaderField> good = signed();
      List<HeaderField> bad = fields("k1", other);
      for (ProtocolVersion version : ProtocolVersion.values()) {
        strict(version);
        List<HeaderField> both =
            replace(
                replace(
                    replace(
                        good,
                        FieldNames.DIVE_SIG,
                        value(bad, FieldNames.DIVE_SIG),
                        value(good, FieldNames.DIVE_SIG)),
                    FieldNames.SIGNATURE_INPUT,
                    value(bad, FieldNames.SIGNATURE_INPUT).replace("sig1", "a"),
                    value(good, FieldNames.SIGNATURE_INPUT).replace("sig1", "b")),
                FieldNames.SIGNATURE,
                value(bad, FieldNames.SIGNATURE).replace("sig1", "a"),
                value(good, FieldNames.SIGNATURE).replace("sig1", "b"));
        assertEquals(
            1, assertRejected(FailureDetail.SIGNATURE_WRONG, site.visit(both)).tried().size());
      }
    }

    @Test
    void differentReasons_areNoValidKey() throws Exception {
      List<HeaderField> fields =
          fields(HashAlgorithm.SHA_256, List.of("k0", "k1"), List.of(other, other));
      Verdict.Rejected rejected =
          assertRejected(
              FailureDetail.SIGNATURES_DIFFER, strict(ProtocolVersion.DRAFT_01).visit(fields));
      assertEquals(FailureReason.NO_VALID_KEY, rejected.reason());
      assertEquals(
          List.of(FailureDetail.KEY_ABSENT, FailureDetail.SIGNATURE_WRONG),
          rejected.tried().stream().map(KeyResolution::detail).toList());
    }
  }

  @Nested
  class Step6Reporting {
    private static final String MORE =
        ", directives=(\"report-only\"), report-to=\"https://reports.example.com/dive\"";

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void reportOnly_allowsWhatFailed(ProtocolVersion version) throws Exception {
      site.policy(SignedSite.policy(version) + MORE);
      Outcome outcome = site.visit(signed());
      assertInstanceOf(Verdict.Rejected.class, outcome.verdict());
      assertEquals(Decision.ALLOWED_REPORT_ONLY, outcome.decision());
      assertEquals(
          Optional.of("allowed-report-only"),
          outcome.report().orElseThrow().validation().finalDecision());
      assertEquals(
          Optional.of(URI.create("https://reports.example.com/dive")), outcome.reportUri());
    }

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void report_holdsWhatTheDraftAsksFor(ProtocolVersion version) throws Exception {
      strict(version);
      List<HeaderField> fields = fields("k1", other);
      URI url = URI.create("https://user:secret@www.example.com/a%20b?q=%2F#part");
      FailureReport report = site.visit(url, "GET", 200, fields, BODY).report().orElseThrow();
      BodyDigest digest = BodyDigester.digest(HashAlgorithm.SHA_256, BODY);
      boolean first = version == ProtocolVersion.DRAFT_00;
      assertEquals(site.clock.instant().getEpochSecond(), report.timestampSeconds());
      assertEquals(Optional.of("tests/1.0"), report.userAgent());
      assertEquals(
          new FailureReport.Policy(
              Optional.of("example.com"), Optional.of("www.example.com"), Optional.of(true)),
          report.policy());
      assertEquals(
          new FailureReport.Resource(
              Optional.of("https://www.example.com/a%20b?q=%2F"),
              Optional.of("GET"),
              Optional.of(200L),
              Optional.of("strict")),
          report.resource());
      Stream<String> names =
          first
              ? Stream.of("dive-sig")
              : Stream.of("signature-input", "signature", "content-digest");
      assertEquals(names.toList(), List.copyOf(report.headersReceived().keySet()));
      assertTrue(report.headersReceived().values().stream().allMatch(Optional::isPresent));
      assertEquals(
          List.of(
              new FailureReport.KeyResolution(
                  "k1",
                  Optional.of(KEY_NAME),
                  Optional.of(true),
                  Optional.of(true),
                  Optional.of("ed25519"))),
          report.keyResolution());
      assertEquals(
          new FailureReport.Validation(
              Optional.of(first ? "sha256" : "sha-256"),
              Optional.of(digest.value().toBase64()),
              Optional.of(false),
              Optional.of("signature-mismatch"),
              Optional.of("blocked")),
          report.validation());
      assertEquals(report, FailureReport.parse(report.toJson()));
    }

    @Test
    void missingHeaders_areNullInTheReport() {
      strict(ProtocolVersion.DRAFT_01);
      FailureReport report = site.visit(List.of()).report().orElseThrow();
      assertTrue(report.headersReceived().values().stream().allMatch(Optional::isEmpty));
      assertEquals(List.of(), report.keyResolution());
      assertEquals(Optional.empty(), report.validation().hashComputed());
      assertEquals(Optional.of("missing-headers"), report.validation().failureReason());
    }

    @Test
    void plainHttpReportTo_isIgnored() {
      site.policy(POLICY_01 + ", report-to=\"http://reports.example.com/\"");
      Outcome outcome = site.visit(List.of());
      assertTrue(outcome.report().isPresent());
      assertEquals(Optional.empty(), outcome.reportUri());
    }

    @Test
    void everyDetail_hasItsOwnToken() {
      Set<FailureDetail> all = EnumSet.allOf(FailureDetail.class);
      assertEquals(all.size(), all.stream().map(FailureDetail::token).distinct().count());
    }
  }
}
