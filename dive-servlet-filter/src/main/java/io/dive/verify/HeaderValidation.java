// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import io.dive.protocol.ContentDigest;
import io.dive.protocol.DiveSig;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.protocol.FieldNames;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.ProtocolVersion;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Step 3: the signature fields of the policy's revision. What another revision's fields hold does
 * not matter (decision 5).
 *
 * @see "draft-callec-dive-01 §Step 3, draft-callec-dive-00 §Step 3"
 */
final class HeaderValidation {
  /**
   * The result.
   *
   * @param claims in the order received, each Key ID once; empty if the fields fail
   * @param failure present if the fields fail
   */
  record Result(List<SignatureClaim> claims, Optional<Verdict.Rejected> failure) {
    Result {
      claims = List.copyOf(claims);
    }

    /** The algorithms of all digests of the body that the claims need. */
    Set<HashAlgorithm> hashes() {
      Set<HashAlgorithm> hashes = EnumSet.noneOf(HashAlgorithm.class);
      claims.forEach(claim -> hashes.addAll(claim.hashes()));
      return hashes;
    }
  }

  private HeaderValidation() {}

  static Result validate(ReceivedResponse response, ProtocolVersion version) {
    try {
      return switch (version.headerForm()) {
        case DIVE_SIG -> diveSig(response, version);
        case MESSAGE_SIGNATURES -> messageSignatures(response, version);
      };
    } catch (MalformedFieldException e) {
      return failure(FailureDetail.FIELD_MALFORMED, String.valueOf(e.getMessage()), version);
    }
  }

  private static Result failure(FailureDetail detail, String sentence, ProtocolVersion version) {
    return new Result(
        List.of(),
        Optional.of(new Verdict.Rejected(detail, sentence, version, List.of(), Optional.empty())));
  }

  private static Result absent(String name, ProtocolVersion version) {
    return failure(FailureDetail.FIELD_ABSENT, "the response has no " + name + " field", version);
  }

  private static Result diveSig(ReceivedResponse response, ProtocolVersion version)
      throws MalformedFieldException {
    Optional<String> field = response.field(FieldNames.DIVE_SIG, ",");
    if (field.isEmpty()) {
      return absent(FieldNames.DIVE_SIG, version);
    }
    try {
      return new Result(
          DiveSig.parse(field.orElseThrow()).entries().stream()
              .<SignatureClaim>map(SignatureClaim.DiveSigClaim::new)
              .toList(),
          Optional.empty());
    } catch (MalformedFieldException e) {
      if (e.code() == ErrorCode.VALUE_NOT_PERMITTED) {
        return failure(
            FailureDetail.DIGEST_ALGORITHM_FORBIDDEN, String.valueOf(e.getMessage()), version);
      }
      throw e;
    }
  }

  private static Result messageSignatures(ReceivedResponse response, ProtocolVersion version)
      throws MalformedFieldException {
    Optional<String> input = response.field(FieldNames.SIGNATURE_INPUT, ", ");
    Optional<String> signature = response.field(FieldNames.SIGNATURE, ", ");
    Optional<String> digest = response.field(FieldNames.CONTENT_DIGEST, ", ");
    if (input.isEmpty()) {
      return absent(FieldNames.SIGNATURE_INPUT, version);
    }
    if (signature.isEmpty()) {
      return absent(FieldNames.SIGNATURE, version);
    }
    if (digest.isEmpty()) {
      return absent(FieldNames.CONTENT_DIGEST, version);
    }
    List<MessageSignature> messages =
        MessageSignature.parse(input.orElseThrow(), signature.orElseThrow());
    String contentDigest = digest.orElseThrow();
    ContentDigest stated = ContentDigest.parse(contentDigest);
    if (stated.hasForbiddenAlgorithm()) {
      return failure(
          FailureDetail.DIGEST_ALGORITHM_FORBIDDEN,
          "Content-Digest has an algorithm that is not permitted: "
              + Excerpt.of(stated.members().keySet().toString()),
          version);
    }
    List<SignatureClaim> claims = new ArrayList<>();
    Set<KeyId> seen = new HashSet<>();
    for (MessageSignature message : messages) {
      SignatureClaim claim =
          new SignatureClaim.MessageSignatureClaim(message, stated, contentDigest);
      // Each Key ID counts once (decision 29), as draft-00 says it outright.
      if (claim.key().map(KeyReference::keyId).map(seen::add).orElse(true)) {
        claims.add(claim);
      }
    }
    return new Result(claims, Optional.empty());
  }
}
