// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.BodyDigest;
import io.dive.protocol.FieldNames;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is known of the whole body behind a response that does not have it: a part of it, or a HEAD
 * (decisions 14 and 15). It has to be named by the same URL and strong ETag, with the same content
 * coding and the same length; where one of these is not said, nothing is known.
 */
final class KnownAnswer {
  private static final String CONTENT_RANGE = "Content-Range";

  /** RFC 9110 §14.4, with a complete length. */
  private static final Pattern RANGE =
      Pattern.compile("bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})");

  private final KnownBodies known;
  private final KnownBodies.Url url;
  private final HttpServletResponse response;

  /**
   * Of a response whose head is complete and not committed.
   *
   * @param url as {@link KnownBodies#url} gave it
   */
  KnownAnswer(KnownBodies known, KnownBodies.Url url, HttpServletResponse response) {
    this.known = known;
    this.url = url;
    this.response = response;
  }

  /** Tells with a part of a known body, status 206, the digest of the whole (RFC 9530 §3). */
  void describePart(boolean noTransform) {
    if (response.getStatus() != HttpServletResponse.SC_PARTIAL_CONTENT
        || response.isCommitted()
        || response.containsHeader(FieldNames.REPR_DIGEST)) {
      return;
    }
    find(this::isPartOf)
        .ifPresent(
            digest -> {
              response.setHeader(FieldNames.REPR_DIGEST, digest.contentDigest());
              if (noTransform) {
                SignatureFields.addNoTransform(response);
              }
            });
  }

  /**
   * The only range, within the body; several parts do not say in the head how long the whole is.
   */
  private boolean isPartOf(KnownBodies.Body body) {
    Collection<String> ranges = response.getHeaders(CONTENT_RANGE);
    Matcher range = RANGE.matcher(ranges.size() == 1 ? ranges.iterator().next() : "");
    return range.matches()
        && Long.parseLong(range.group(3)) == body.length()
        && Long.parseLong(range.group(1)) <= Long.parseLong(range.group(2))
        && Long.parseLong(range.group(2)) < body.length();
  }

  /**
   * The digest of what a GET would be answered with.
   *
   * @param declaredLength negative if there is none
   * @param written bytes that the application has written so far, though nobody gets them
   */
  Optional<BodyDigest> ofGet(long declaredLength, long written) {
    return response.isCommitted()
        ? Optional.empty()
        : find(
            body ->
                (declaredLength < 0 || declaredLength == body.length())
                    && written <= body.length());
  }

  private Optional<BodyDigest> find(Predicate<KnownBodies.Body> fits) {
    String coding = KnownBodies.coding(response);
    return KnownBodies.name(url, response)
        .flatMap(known::find)
        .filter(body -> body.coding().equals(coding))
        .filter(fits)
        .map(KnownBodies.Body::digest);
  }
}
