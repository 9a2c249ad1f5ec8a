// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import com.grack.nanojson.JsonObject;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.Bytes;
import io.dive.protocol.ContentDigest;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.RawPublicKey;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.sign.BodySignature;
import io.dive.sign.SignedBody;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;

/** The grammar of one value of {@code signatures.json} (decision 26). */
final class SignaturesJsonEntry {
  private static final String SIGNATURES = "signatures";
  private static final String KEY_ID = "key_id";
  private static final String FQDN = "fqdn";
  private static final String CONTENT_DIGEST = "content_digest";
  private static final String SIGNATURE = "signature_b64";

  /** The one algorithm of the format. */
  private static final SignatureAlgorithm ALGORITHM = SignatureAlgorithm.ED25519;

  private SignaturesJsonEntry() {}

  /** Whether a name is a relative path of ordinary parts, separated by slashes. */
  static boolean isPlainPath(String name) {
    return name.indexOf('\0') < 0
        && Arrays.stream(name.split("/", -1))
            .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
  }

  static SidecarStore.Outcome check(
      Object entry,
      Set<ProtocolVersion> drafts,
      Function<KeyReference, Optional<RawPublicKey>> knownKeys) {
    try {
      SignedBody body = body(entry);
      Map<KeyReference, RawPublicKey> publicKeys = new LinkedHashMap<>();
      for (BodySignature signature : body.signatures()) {
        knownKeys
            .apply(signature.key())
            .ifPresent(publicKey -> publicKeys.put(signature.key(), publicKey));
      }
      Optional<KeyReference> mismatch = SignatureCheck.firstMismatch(body, publicKeys);
      if (mismatch.isPresent()) {
        return new Unusable(
            UnusableReason.SIGNATURE_MISMATCH,
            "the known public key of "
                + mismatch.orElseThrow()
                + " does not confirm its signature; sign the file again");
      }
      List<HeaderField> fields = body.fields(drafts);
      return fields.isEmpty()
          ? new SidecarStore.Absent()
          : new SidecarStore.Found(
              new StoredSignatures(body, OptionalLong.empty(), publicKeys, fields));
    } catch (RejectedException e) {
      return e.verdict();
    }
  }

  private static SignedBody body(Object entry) throws RejectedException {
    if (!(entry instanceof JsonObject object)) {
      throw new RejectedException(UnusableReason.WRONG_TYPE, "the entry is not an object");
    }
    JsonMembers members = new JsonMembers(object, "");
    List<JsonMembers> elements = members.objects(SIGNATURES);
    if (elements.isEmpty() || elements.size() > SignedBody.MAX_KEYS) {
      throw members.rejected(
          UnusableReason.MALFORMED_VALUE,
          SIGNATURES,
          "has %d entries, not 1 to %d".formatted(elements.size(), SignedBody.MAX_KEYS));
    }
    BodyDigest digest = digest(elements.get(0));
    List<BodySignature> signatures = new ArrayList<>();
    for (JsonMembers element : elements) {
      element.requireText(CONTENT_DIGEST, digest.contentDigest());
      BodySignature signature = signature(element);
      if (signatures.stream().anyMatch(s -> s.key().keyId().equals(signature.key().keyId()))) {
        throw element.rejected(UnusableReason.MALFORMED_VALUE, KEY_ID, "stands twice");
      }
      signatures.add(signature);
    }
    return new SignedBody(digest, signatures);
  }

  /** Exactly one permitted digest in canonical spelling, as that text is what was signed. */
  private static BodyDigest digest(JsonMembers element) throws RejectedException {
    ContentDigest field;
    try {
      field = ContentDigest.parse(element.string(CONTENT_DIGEST));
    } catch (MalformedFieldException e) {
      throw element.rejected(CONTENT_DIGEST, e);
    }
    if (field.members().size() != 1 || field.hasForbiddenAlgorithm()) {
      throw element.rejected(
          UnusableReason.MALFORMED_VALUE,
          CONTENT_DIGEST,
          "is not exactly one digest of an algorithm that the drafts permit");
    }
    return field.permitted().get(0);
  }

  private static BodySignature signature(JsonMembers element) throws RejectedException {
    Bytes value = element.base64(SIGNATURE, ALGORITHM.signatureLength());
    try {
      KeyId keyId = KeyId.parse(element.string(KEY_ID));
      return new BodySignature(
          new KeyReference(keyId, fqdn(element)), ALGORITHM, Optional.empty(), Optional.of(value));
    } catch (MalformedFieldException e) {
      throw element.rejected(KEY_ID, e);
    }
  }

  /** Absent and null alike. Another spelling than ours would not be the one that was signed. */
  private static Optional<Fqdn> fqdn(JsonMembers element)
      throws RejectedException, MalformedFieldException {
    if (element.object().get(FQDN) == null) {
      return Optional.empty();
    }
    String text = element.string(FQDN);
    Fqdn fqdn = Fqdn.parse(text);
    if (!fqdn.name().equals(text)) {
      throw element.rejected(
          UnusableReason.MALFORMED_VALUE, FQDN, "is not lower-case without a final dot");
    }
    return Optional.of(fqdn);
  }
}
