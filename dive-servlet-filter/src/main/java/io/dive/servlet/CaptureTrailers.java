// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.FieldNames;
import io.dive.protocol.HeaderField;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.ProtocolVersion.HeaderForm;
import io.dive.sign.ResponseSigner;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The fields as trailers (decision 17): announced before the body, there after it, or absent after
 * all if the body turns out to be incomplete. Next to the application's own trailers.
 */
final class CaptureTrailers implements Supplier<Map<String, String>> {
  private final @Nullable Supplier<Map<String, String>> application;
  private final Runnable asked;
  private volatile List<HeaderField> fields = List.of();

  private CaptureTrailers(@Nullable Supplier<Map<String, String>> application, Runnable asked) {
    this.application = application;
    this.asked = asked;
  }

  /**
   * Announces trailers on a response that is not committed.
   *
   * @param declaredLength negative if there is none; HTTP/1.1 has trailers only without one
   * @param asked runs when the container asks for the trailers, which may be when it gets the last
   *     byte of the declared length
   * @return empty if this response cannot have them, and nothing was changed
   */
  static Optional<CaptureTrailers> announce(
      HttpServletRequest request,
      HttpServletResponse target,
      ResponseSigner signer,
      long declaredLength,
      Runnable asked) {
    boolean possible =
        switch (request.getProtocol()) {
          case "HTTP/1.1" -> declaredLength < 0 && ContainerQuirks.sendsChunks(request, target);
          case "HTTP/2.0", "HTTP/2", "HTTP/3.0", "HTTP/3" -> true;
          default -> false;
        };
    // Two answers to "what is the digest", one before and one after the body, would be worse than
    // none.
    if (!possible || FieldNames.SIGNED_RESPONSE.stream().anyMatch(target::containsHeader)) {
      return Optional.empty();
    }
    CaptureTrailers trailers = new CaptureTrailers(target.getTrailerFields(), asked);
    try {
      target.setTrailerFields(trailers);
    } catch (IllegalStateException containerRefuses) {
      return Optional.empty();
    }
    target.addHeader("Trailer", String.join(", ", names(signer)));
    return Optional.of(trailers);
  }

  private static List<String> names(ResponseSigner signer) {
    List<String> names = new ArrayList<>();
    for (ProtocolVersion draft : signer.drafts()) {
      if (draft.headerForm() == HeaderForm.MESSAGE_SIGNATURES) {
        names.addAll(
            List.of(FieldNames.CONTENT_DIGEST, FieldNames.SIGNATURE_INPUT, FieldNames.SIGNATURE));
      } else if (draft.headerForm() == HeaderForm.DIVE_SIG) {
        names.add(FieldNames.DIVE_SIG);
      }
    }
    return names.stream().distinct().sorted().toList();
  }

  /** The body is complete. */
  void set(List<HeaderField> fields) {
    this.fields = List.copyOf(fields);
  }

  /** Asked by the container at the end of the body. */
  @Override
  public Map<String, String> get() {
    asked.run();
    Map<String, String> all = new LinkedHashMap<>();
    Map<String, String> own = application == null ? null : application.get();
    if (own != null) {
      all.putAll(own);
    }
    fields.forEach(field -> all.put(field.name(), field.value()));
    return all;
  }
}
