// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.greenbytes.http.sfv.ByteSequenceItem;
import org.greenbytes.http.sfv.Dictionary;
import org.greenbytes.http.sfv.ListElement;

/**
 * A {@code Content-Digest} or {@code Repr-Digest} field (RFC 9530 §2, §3).
 *
 * @param members digest by algorithm key in field order, at least one, algorithms unknown to DIVE
 *     included
 */
public record ContentDigest(Map<String, Bytes> members) {
  private static final Pattern KEY = Pattern.compile("[a-z*][a-z0-9_.*-]*");

  /**
   * Copies the members, keeping their order.
   *
   * @throws IllegalArgumentException if there are none, a key is no RFC 9651 key, or a digest of a
   *     known algorithm has the wrong length
   */
  public ContentDigest {
    members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
    if (members.isEmpty()) {
      throw new IllegalArgumentException("a digest field needs a digest");
    }
    members.forEach(ContentDigest::requireValid);
  }

  private static void requireValid(String key, Bytes value) {
    if (!KEY.matcher(key).matches()) {
      throw new IllegalArgumentException("not a digest algorithm key: " + Excerpt.of(key));
    }
    HashAlgorithm.fromDigestKey(key).ifPresent(algorithm -> new BodyDigest(algorithm, value));
  }

  /**
   * Parses a field value, several lines joined with {@code ", "} beforehand.
   *
   * @throws MalformedFieldException if it is not a dictionary of byte sequences with at least one
   *     member, or a digest of a known algorithm has the wrong length
   */
  public static ContentDigest parse(String text) throws MalformedFieldException {
    StructuredDictionary field = StructuredDictionary.parse(text, "Content-Digest (RFC 9530 §2)");
    Map<String, Bytes> members = new LinkedHashMap<>();
    for (String key : field.members().keySet()) {
      Bytes value = field.byteSequence(key).orElseThrow();
      Optional<HashAlgorithm> known = HashAlgorithm.fromDigestKey(key);
      if (known.isPresent() && value.length() != known.orElseThrow().digestLength()) {
        throw field.error(
            ErrorCode.WRONG_LENGTH,
            "%s has %d bytes instead of %d"
                .formatted(key, value.length(), known.orElseThrow().digestLength()));
      }
      members.put(key, value);
    }
    if (members.isEmpty()) {
      throw field.error(ErrorCode.MISSING_MEMBER, "no digest");
    }
    return new ContentDigest(members);
  }

  /** The canonical field value. */
  public String serialize() {
    Map<String, ListElement<? extends Object>> items = new LinkedHashMap<>();
    members.forEach((key, value) -> items.put(key, ByteSequenceItem.valueOf(value.toByteArray())));
    return Dictionary.valueOf(items).serialize();
  }

  /** The digests whose algorithm DIVE permits, in field order. */
  public List<BodyDigest> permitted() {
    List<BodyDigest> digests = new ArrayList<>();
    members.forEach(
        (key, value) ->
            HashAlgorithm.fromDigestKey(key)
                .ifPresent(algorithm -> digests.add(new BodyDigest(algorithm, value))));
    return List.copyOf(digests);
  }

  /** Whether there is a member whose algorithm is outside the six (decision 36: to be refused). */
  public boolean hasForbiddenAlgorithm() {
    return members.keySet().stream().anyMatch(key -> HashAlgorithm.fromDigestKey(key).isEmpty());
  }
}
