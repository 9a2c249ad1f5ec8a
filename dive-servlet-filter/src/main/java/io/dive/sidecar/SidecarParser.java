// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import com.grack.nanojson.JsonObject;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.BoundedJson;
import io.dive.protocol.Bytes;
import io.dive.protocol.FieldNames;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.RawPublicKey;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.sign.BodySignature;
import io.dive.sign.SignedBody;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The grammar of a sidecar (decision 25); unknown members are ignored. */
final class SidecarParser {
  static final String VERSION = "dive-sidecar";
  static final String SIZE = "size";
  static final String HASH = "hash";
  static final String DIGEST = "digest";
  static final String SIGNATURES = "signatures";
  static final String KEY_ID = "key-id";
  static final String FQDN = "fqdn";
  static final String ALGORITHM = "algorithm";
  static final String PUBLIC_KEY = "public-key";
  static final String DRAFT_00 = "draft-00";
  static final String DRAFT_01 = "draft-01";
  static final String SIGNATURE = "signature";
  static final String SIGNED_STATE = "signed-state";
  static final String MODIFIED = "modified";
  static final String CHANGED = "changed";
  static final String INODE = "inode";

  private SidecarParser() {}

  static ParsedSidecar parse(byte[] json) {
    try {
      if (json.length > Sidecar.MAX_BYTES) {
        throw new RejectedException(
            UnusableReason.TOO_LARGE,
            "more than %d bytes (decision 25)".formatted(Sidecar.MAX_BYTES));
      }
      JsonObject document = BoundedJson.parse(json, "sidecar (decision 25)");
      requireVersion(document);
      return sidecar(new JsonMembers(document, ""));
    } catch (MalformedFieldException e) {
      return RejectedException.of(e).verdict();
    } catch (RejectedException e) {
      return e.verdict();
    }
  }

  private static void requireVersion(JsonObject document) throws RejectedException {
    if (document.isEmpty() || !document.keySet().iterator().next().equals(VERSION)) {
      throw new RejectedException(
          UnusableReason.UNKNOWN_FORMAT, "no sidecar: the first member is not \"dive-sidecar\"");
    }
    if (!Integer.valueOf(Sidecar.FORMAT_VERSION).equals(document.get(VERSION))) {
      throw new RejectedException(
          UnusableReason.UNKNOWN_FORMAT,
          "a sidecar of another version than " + Sidecar.FORMAT_VERSION + "; sign the file again");
    }
  }

  private static Sidecar sidecar(JsonMembers document) throws RejectedException {
    long size = document.integer(SIZE);
    if (size < 0) {
      throw document.rejected(UnusableReason.MALFORMED_VALUE, SIZE, "is negative");
    }
    BodyDigest digest = digest(document);
    List<JsonMembers> entries = document.objects(SIGNATURES);
    if (entries.isEmpty() || entries.size() > SignedBody.MAX_KEYS) {
      throw document.rejected(
          UnusableReason.MALFORMED_VALUE,
          SIGNATURES,
          "has %d entries, not 1 to %d".formatted(entries.size(), SignedBody.MAX_KEYS));
    }
    List<BodySignature> signatures = new ArrayList<>();
    Map<KeyReference, RawPublicKey> publicKeys = new LinkedHashMap<>();
    for (JsonMembers entry : entries) {
      BodySignature signature = signature(entry);
      if (signatures.stream().anyMatch(s -> s.key().keyId().equals(signature.key().keyId()))) {
        throw entry.rejected(UnusableReason.MALFORMED_VALUE, KEY_ID, "stands twice");
      }
      signatures.add(signature);
      publicKeys.put(
          signature.key(),
          new RawPublicKey(
              signature.algorithm(), entry.base64(PUBLIC_KEY, signature.algorithm().keyLength())));
    }
    SignedBody body = new SignedBody(digest, signatures);
    requireTexts(entries, body);
    requireVerified(body, publicKeys);
    return new Sidecar(size, body, publicKeys, signedState(document));
  }

  private static BodyDigest digest(JsonMembers document) throws RejectedException {
    HashAlgorithm hash =
        HashAlgorithm.fromDraftName(document.string(HASH))
            .orElseThrow(
                () ->
                    document.rejected(
                        UnusableReason.MALFORMED_VALUE, HASH, "is none of the drafts' six"));
    BodyDigest digest = new BodyDigest(hash, document.base64(DIGEST, hash.digestLength()));
    document.requireText(FieldNames.CONTENT_DIGEST, digest.contentDigest());
    return digest;
  }

  private static BodySignature signature(JsonMembers entry) throws RejectedException {
    SignatureAlgorithm algorithm =
        SignatureAlgorithm.fromDraftName(entry.string(ALGORITHM))
            .orElseThrow(
                () ->
                    entry.rejected(
                        UnusableReason.MALFORMED_VALUE, ALGORITHM, "is neither ed25519 nor ed448"));
    return new BodySignature(
        keyReference(entry),
        algorithm,
        Optional.of(signatureValue(entry, DRAFT_00, algorithm)),
        Optional.of(signatureValue(entry, DRAFT_01, algorithm)));
  }

  private static Bytes signatureValue(JsonMembers entry, String draft, SignatureAlgorithm algorithm)
      throws RejectedException {
    return entry.object(draft).base64(SIGNATURE, algorithm.signatureLength());
  }

  private static KeyReference keyReference(JsonMembers entry) throws RejectedException {
    try {
      KeyId keyId = KeyId.parse(entry.string(KEY_ID));
      return entry.has(FQDN)
          ? new KeyReference(keyId, Optional.of(Fqdn.parse(entry.string(FQDN))))
          : KeyReference.of(keyId);
    } catch (MalformedFieldException e) {
      throw entry.rejected(KEY_ID, e);
    }
  }

  private static void requireTexts(List<JsonMembers> entries, SignedBody body)
      throws RejectedException {
    for (int i = 0; i < entries.size(); i++) {
      BodySignature signature = body.signatures().get(i);
      entries
          .get(i)
          .object(DRAFT_00)
          .requireText(FieldNames.DIVE_SIG, Sidecar.diveSigText(body, signature));
      JsonMembers draft01 = entries.get(i).object(DRAFT_01);
      draft01.requireText(FieldNames.SIGNATURE_INPUT, Sidecar.signatureInputText(signature, i));
      draft01.requireText(FieldNames.SIGNATURE, Sidecar.signatureText(signature, i));
    }
  }

  private static void requireVerified(SignedBody body, Map<KeyReference, RawPublicKey> publicKeys)
      throws RejectedException {
    Optional<KeyReference> mismatch = SignatureCheck.firstMismatch(body, publicKeys);
    if (mismatch.isPresent()) {
      throw new RejectedException(
          UnusableReason.SIGNATURE_MISMATCH,
          "the public key of "
              + mismatch.orElseThrow()
              + " in the sidecar does not confirm its signatures; sign the file again");
    }
  }

  /** Only a hint: whatever is wrong with it makes it absent and nothing else. */
  private static Optional<Sidecar.SignedState> signedState(JsonMembers document) {
    try {
      if (!document.has(SIGNED_STATE)) {
        return Optional.empty();
      }
      JsonMembers members = document.object(SIGNED_STATE);
      return Optional.of(
          new Sidecar.SignedState(
              Instant.parse(members.string(MODIFIED)),
              Instant.parse(members.string(CHANGED)),
              members.integer(INODE)));
    } catch (RejectedException | DateTimeException e) {
      return Optional.empty();
    }
  }
}
