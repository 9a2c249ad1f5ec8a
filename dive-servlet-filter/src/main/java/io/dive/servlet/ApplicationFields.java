// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.BodyDigest;
import io.dive.protocol.ContentDigest;
import io.dive.protocol.FieldNames;
import io.dive.protocol.HeaderField;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.MessageSignature;
import jakarta.servlet.http.HttpServletResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What an application itself says in the fields that ours share their names with (decision 4): its
 * signatures stay beside ours under their labels, unless our fields make them untrue; its digests
 * stay where they are proven. What cannot be read is replaced.
 *
 * @param contentDigest empty for none
 */
record ApplicationFields(String contentDigest, List<MessageSignature> signatures) {
  private static final ApplicationFields NONE = new ApplicationFields("", List.of());

  /** Reads them from a response that does not have ours yet. */
  static ApplicationFields of(HttpServletResponse response) {
    if (areNone(response)) {
      return NONE;
    }
    return new ApplicationFields(
        joined(response.getHeaders(FieldNames.CONTENT_DIGEST)),
        signatures(
            joined(response.getHeaders(FieldNames.SIGNATURE_INPUT)),
            joined(response.getHeaders(FieldNames.SIGNATURE))));
  }

  /** Whether a response has none of them. */
  static boolean areNone(HttpServletResponse response) {
    return !response.containsHeader(FieldNames.CONTENT_DIGEST)
        && !response.containsHeader(FieldNames.SIGNATURE_INPUT);
  }

  private static String joined(Collection<String> lines) {
    return String.join(", ", lines);
  }

  private static List<MessageSignature> signatures(String inputs, String values) {
    try {
      return inputs.isEmpty() ? List.of() : MessageSignature.parse(inputs, values);
    } catch (MalformedFieldException e) {
      return List.of();
    }
  }

  /** The digests it claims; to be proven before they are sent on. */
  List<BodyDigest> claims() {
    try {
      return contentDigest.isEmpty() ? List.of() : ContentDigest.parse(contentDigest).permitted();
    } catch (MalformedFieldException e) {
      return List.of();
    }
  }

  /**
   * Our fields with the application's signatures behind them. A revision without these fields
   * leaves the application's alone.
   */
  List<HeaderField> besides(List<HeaderField> ours) {
    if (signatures.isEmpty()) {
      return ours;
    }
    String digest = value(ours, FieldNames.CONTENT_DIGEST);
    if (digest.isEmpty()) {
      return ours;
    }
    List<MessageSignature> kept =
        signatures.stream().filter(s -> digest.equals(contentDigest) || !coversDigest(s)).toList();
    Set<String> labels = new HashSet<>();
    kept.forEach(signature -> labels.add(signature.label()));
    List<MessageSignature> all = new ArrayList<>();
    for (MessageSignature own :
        signatures(value(ours, FieldNames.SIGNATURE_INPUT), value(ours, FieldNames.SIGNATURE))) {
      all.add(own.withLabel(freeLabel(labels)));
    }
    all.addAll(kept);
    List<HeaderField> fields = new ArrayList<>();
    for (HeaderField field : ours) {
      fields.add(
          switch (field.name()) {
            case FieldNames.SIGNATURE_INPUT ->
                new HeaderField(field.name(), MessageSignature.serializeInputs(all));
            case FieldNames.SIGNATURE ->
                new HeaderField(field.name(), MessageSignature.serializeSignatures(all));
            default -> field;
          });
    }
    return fields;
  }

  private static String value(List<HeaderField> fields, String name) {
    return fields.stream()
        .filter(field -> field.name().equals(name))
        .map(HeaderField::value)
        .findFirst()
        .orElse("");
  }

  /** A component like {@code "content-digest";req} is the request's. */
  private static boolean coversDigest(MessageSignature signature) {
    return signature.coveredComponents().stream()
        .anyMatch(
            component ->
                component.startsWith(MessageSignature.CONTENT_DIGEST_COMPONENT)
                    && !component.endsWith(";req"));
  }

  /** The first of {@code sig1}, {@code sig2}, … that is not taken, which it is from now on. */
  private static String freeLabel(Set<String> taken) {
    int index = 0;
    while (!taken.add(MessageSignature.labelAt(index))) {
      index++;
    }
    return MessageSignature.labelAt(index);
  }
}
