// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import io.dive.protocol.BodyDigest;
import io.dive.protocol.Bytes;
import io.dive.protocol.ContentDigest;
import io.dive.protocol.DiveSig;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.RawPublicKey;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One signature of a response, in either form, before it is verified. */
sealed interface SignatureClaim {
  /** The key's name as received; empty when there is none. */
  String keyid();

  /** The key's name; empty when {@link #keyid} is none. */
  Optional<KeyReference> key();

  /** The digest algorithms it rests on, at least one. */
  List<HashAlgorithm> hashes();

  /** The signature, raw. */
  Bytes signature();

  /** What the signature has to be over. */
  byte[] signedBytes(Map<HashAlgorithm, BodyDigest> computed);

  /** What is wrong already without a look at the signature itself; empty if nothing. */
  Optional<FailureDetail> defect(
      Map<HashAlgorithm, BodyDigest> computed, RawPublicKey key, Instant now);

  /** An entry of {@code DIVE-Sig} (draft-00). */
  record DiveSigClaim(DiveSig.Entry entry) implements SignatureClaim {
    @Override
    public String keyid() {
      return entry.key().serialize();
    }

    @Override
    public Optional<KeyReference> key() {
      return Optional.of(entry.key());
    }

    @Override
    public List<HashAlgorithm> hashes() {
      return List.of(entry.hash());
    }

    @Override
    public Bytes signature() {
      return entry.signature();
    }

    @Override
    public byte[] signedBytes(Map<HashAlgorithm, BodyDigest> computed) {
      return Bodies.digest(computed, entry.hash()).draft00SignedBytes();
    }

    @Override
    public Optional<FailureDetail> defect(
        Map<HashAlgorithm, BodyDigest> computed, RawPublicKey key, Instant now) {
      return Optional.empty();
    }
  }

  /**
   * A message signature over {@code Content-Digest} (draft-01).
   *
   * @param contentDigest the field value as received
   */
  record MessageSignatureClaim(MessageSignature message, ContentDigest stated, String contentDigest)
      implements SignatureClaim {
    @Override
    public String keyid() {
      return message.keyid().orElse("");
    }

    @Override
    public Optional<KeyReference> key() {
      try {
        return Optional.of(KeyReference.parse(keyid()));
      } catch (MalformedFieldException e) {
        return Optional.empty();
      }
    }

    @Override
    public List<HashAlgorithm> hashes() {
      return stated.permitted().stream().map(BodyDigest::algorithm).toList();
    }

    @Override
    public Bytes signature() {
      return message.signature();
    }

    @Override
    public byte[] signedBytes(Map<HashAlgorithm, BodyDigest> computed) {
      return MessageSignature.signatureBase(contentDigest, message.signatureParams());
    }

    @Override
    public Optional<FailureDetail> defect(
        Map<HashAlgorithm, BodyDigest> computed, RawPublicKey key, Instant now) {
      if (!stated.permitted().stream()
          .allMatch(digest -> digest.equals(Bodies.digest(computed, digest.algorithm())))) {
        return Optional.of(FailureDetail.DIGEST_MISMATCH);
      }
      if (!message.coveredComponents().equals(List.of(MessageSignature.CONTENT_DIGEST_COMPONENT))) {
        return Optional.of(FailureDetail.COMPONENTS_MISMATCH);
      }
      if (!message.alg().equals(Optional.of(key.algorithm().draftName()))) {
        return Optional.of(FailureDetail.ALGORITHM_MISMATCH);
      }
      return message
          .expires()
          .filter(expires -> expires < now.getEpochSecond())
          .map(expires -> FailureDetail.SIGNATURE_EXPIRED);
    }
  }

  /** Look-up of a digest that is known to be there. */
  final class Bodies {
    private Bodies() {}

    static BodyDigest digest(Map<HashAlgorithm, BodyDigest> computed, HashAlgorithm hash) {
      BodyDigest digest = computed.get(hash);
      if (digest == null) {
        throw new IllegalArgumentException("no " + hash + " digest of the body was given");
      }
      return digest;
    }
  }
}
