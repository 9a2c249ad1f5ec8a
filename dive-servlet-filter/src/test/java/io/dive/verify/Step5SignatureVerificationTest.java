// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static io.dive.verify.SignedSite.BODY;
import static io.dive.verify.SignedSite.fields;
import static io.dive.verify.SignedSite.newKey;
import static io.dive.verify.SignedSite.replace;
import static io.dive.verify.SignedSite.value;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.dive.key.SigningKey;
import io.dive.protocol.Bytes;
import io.dive.protocol.FailureReason;
import io.dive.protocol.FieldNames;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.sign.BodyDigester;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which signatures are right. */
class Step5SignatureVerificationTest extends VerifierSuite {
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
        FailureDetail.SIGNATURE_WRONG, strict(ProtocolVersion.DRAFT_00).visit(signed(), tampered));
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
                strict(ProtocolVersion.DRAFT_00).visit(replace(fields, FieldNames.DIVE_SIG, many)))
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
