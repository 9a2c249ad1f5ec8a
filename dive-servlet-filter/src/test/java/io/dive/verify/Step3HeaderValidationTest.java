// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static io.dive.verify.SignedSite.BODY;
import static io.dive.verify.SignedSite.POLICY_00;
import static io.dive.verify.SignedSite.URL;
import static io.dive.verify.SignedSite.fields;
import static io.dive.verify.SignedSite.replace;
import static io.dive.verify.SignedSite.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.dive.protocol.BodyDigest;
import io.dive.protocol.FailureReason;
import io.dive.protocol.FieldNames;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.HeaderField;
import io.dive.protocol.ProtocolVersion;
import io.dive.sign.BodyDigester;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which fields a covered response has to have. */
class Step3HeaderValidationTest extends VerifierSuite {
  @ParameterizedTest
  @CsvSource({
    "DRAFT_00, DIVE-Sig",
    "DRAFT_01, Signature",
    "DRAFT_01, Signature-Input",
    "DRAFT_01, Content-Digest"
  })
  void absentField_isMissingHeaders(ProtocolVersion version, String name) throws Exception {
    Verdict.Rejected rejected =
        assertRejected(FailureDetail.FIELD_ABSENT, strict(version).visit(replace(signed(), name)));
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
                    fields, FieldNames.DIVE_SIG, value(fields, FieldNames.DIVE_SIG), "k2:sha256")));
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
