// SPDX-License-Identifier: Apache-2.0
package io.dive.sign;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.BodyDigest;
import io.dive.protocol.Bytes;
import io.dive.protocol.ContentDigest;
import io.dive.protocol.DiveSig;
import io.dive.protocol.FieldNames;
import io.dive.protocol.HeaderField;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.ProtocolVersion.HeaderForm;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The digest of a body with its signatures, from which the header fields follow.
 *
 * @param further digests of the same body by other algorithms, which {@code Content-Digest} carries
 *     too and the signatures cover (decision 4); usually none
 * @param signatures in signing order, the newest key first, each Key ID once (decision 29), 1 to
 *     {@value #MAX_KEYS}
 */
public record SignedBody(
    BodyDigest digest, List<BodyDigest> further, List<BodySignature> signatures) {
  /** Most signatures one response carries (decision 6). */
  public static final int MAX_KEYS = 3;

  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException if the number of signatures is out of range or a Key ID
   *     repeats
   */
  public SignedBody {
    requireNonNull(digest, "digest");
    further = List.copyOf(further);
    signatures = List.copyOf(signatures);
    if (signatures.isEmpty() || signatures.size() > MAX_KEYS) {
      throw new IllegalArgumentException(
          "1 to " + MAX_KEYS + " signatures, not " + signatures.size());
    }
    if (signatures.size() > 1
        && signatures.stream().map(s -> s.key().keyId()).distinct().count() != signatures.size()) {
      throw new IllegalArgumentException("two signatures share a Key ID");
    }
  }

  /** A body with one digest. */
  public SignedBody(BodyDigest digest, List<BodySignature> signatures) {
    this(digest, List.of(), signatures);
  }

  /** The value of {@code Content-Digest}. */
  static String contentDigest(BodyDigest digest, List<BodyDigest> further) {
    if (further.isEmpty()) {
      return digest.contentDigest();
    }
    Map<String, Bytes> members = new LinkedHashMap<>();
    members.put(digest.algorithm().digestKey(), digest.value());
    further.forEach(other -> members.putIfAbsent(other.algorithm().digestKey(), other.value()));
    return new ContentDigest(members).serialize();
  }

  /**
   * The header fields of the given revisions, one line per field. A revision for which no signature
   * is known contributes none.
   */
  public List<HeaderField> fields(Collection<ProtocolVersion> drafts) {
    List<HeaderField> fields = new ArrayList<>();
    if (emits(drafts, HeaderForm.MESSAGE_SIGNATURES)) {
      addMessageSignatures(fields);
    }
    if (emits(drafts, HeaderForm.DIVE_SIG)) {
      addDiveSig(fields);
    }
    return List.copyOf(fields);
  }

  static boolean emits(Collection<ProtocolVersion> drafts, HeaderForm form) {
    for (ProtocolVersion draft : drafts) {
      if (draft.headerForm() == form) {
        return true;
      }
    }
    return false;
  }

  private void addMessageSignatures(List<HeaderField> fields) {
    String inputs = "";
    String values = "";
    int index = 0;
    for (BodySignature signature : signatures) {
      if (signature.draft01().isEmpty()) {
        continue;
      }
      String label = MessageSignature.labelAt(index++);
      String params = MessageSignature.signatureParams(signature.key(), signature.algorithm());
      String separator = inputs.isEmpty() ? "" : ", ";
      inputs += separator + label + "=" + params;
      values += separator + label + "=:" + signature.draft01().orElseThrow().toBase64() + ":";
    }
    if (index > 0) {
      fields.add(new HeaderField(FieldNames.CONTENT_DIGEST, contentDigest(digest, further)));
      fields.add(new HeaderField(FieldNames.SIGNATURE_INPUT, inputs));
      fields.add(new HeaderField(FieldNames.SIGNATURE, values));
    }
  }

  private void addDiveSig(List<HeaderField> fields) {
    List<DiveSig.Entry> entries = new ArrayList<>();
    for (BodySignature signature : signatures) {
      signature
          .draft00()
          .ifPresent(
              value -> entries.add(new DiveSig.Entry(signature.key(), digest.algorithm(), value)));
    }
    if (!entries.isEmpty()) {
      fields.add(new HeaderField(FieldNames.DIVE_SIG, new DiveSig(entries).serialize()));
    }
  }
}
