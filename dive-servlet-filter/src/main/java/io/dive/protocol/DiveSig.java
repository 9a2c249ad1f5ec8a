// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/**
 * The {@code DIVE-Sig} field of draft-00. It is not a structured field (decision 30).
 *
 * @param entries at least one, in order, each Key ID once
 * @see "draft-callec-dive-00 §HTTP Response Headers"
 */
public record DiveSig(List<Entry> entries) {
  /**
   * One signature.
   *
   * @param signature raw bytes, at least one; whether the length fits the key shows when the key is
   *     known
   */
  public record Entry(KeyReference key, HashAlgorithm hash, Bytes signature) {
    /**
     * Checks that there is a signature.
     *
     * @throws IllegalArgumentException if it is empty
     */
    public Entry {
      requireNonNull(key, "key");
      requireNonNull(hash, "hash");
      if (signature.length() == 0) {
        throw new IllegalArgumentException("an entry of DIVE-Sig needs a signature");
      }
    }

    /** {@code keyID[@fqdn]:hash:base64}. */
    public String serialize() {
      return key.serialize() + ":" + hash.draftName() + ":" + signature.toBase64();
    }
  }

  private static final String DOCUMENT = "DIVE-Sig (draft-00, DIVE-Sig)";

  /**
   * Copies the entries.
   *
   * @throws IllegalArgumentException if there are none or a Key ID repeats
   */
  public DiveSig {
    entries = List.copyOf(entries);
    if (entries.isEmpty()) {
      throw new IllegalArgumentException("DIVE-Sig needs an entry");
    }
    if (entries.size() > 1
        && entries.stream().map(e -> e.key().keyId()).distinct().count() != entries.size()) {
      throw new IllegalArgumentException("a Key ID stands twice in DIVE-Sig");
    }
  }

  /**
   * Parses a field value, several lines joined with a comma beforehand. Blanks around commas are
   * tolerated, a repeated Key ID is dropped after its first, and one malformed entry spoils the
   * field (decision 30).
   *
   * @throws MalformedFieldException with {@link ErrorCode#MALFORMED_SYNTAX}, {@link
   *     ErrorCode#VALUE_NOT_PERMITTED} (hash) or {@link ErrorCode#MALFORMED_BASE64}
   */
  public static DiveSig parse(String text) throws MalformedFieldException {
    Map<KeyId, Entry> entries = new LinkedHashMap<>();
    int offset = 0;
    for (String element : requireNonNull(text, "text").split(",", -1)) {
      int blanks = leadingBlanks(element);
      Entry entry = parseEntry(stripBlanks(element), offset + blanks);
      entries.putIfAbsent(entry.key().keyId(), entry);
      offset += element.length() + 1;
    }
    return new DiveSig(new ArrayList<>(entries.values()));
  }

  /** Optional white space of RFC 9110 §5.6.3: space and tab only. */
  private static String stripBlanks(String text) {
    int from = leadingBlanks(text);
    int to = text.length();
    while (to > from && isBlank(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  private static int leadingBlanks(String text) {
    int count = 0;
    while (count < text.length() && isBlank(text.charAt(count))) {
      count++;
    }
    return count;
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  private static Entry parseEntry(String element, int offset) throws MalformedFieldException {
    String[] parts = element.split(":", -1);
    if (parts.length != 3 || parts[2].isEmpty()) {
      throw new MalformedFieldException(
          ErrorCode.MALFORMED_SYNTAX,
          DOCUMENT + ": \"" + Excerpt.of(element) + "\" is not KeyID[@fqdn]:hash:base64",
          offset);
    }
    int hashOffset = offset + parts[0].length() + 1;
    int signatureOffset = hashOffset + parts[1].length() + 1;
    HashAlgorithm hash =
        HashAlgorithm.fromDraftName(parts[1])
            .orElseThrow(
                () ->
                    new MalformedFieldException(
                        ErrorCode.VALUE_NOT_PERMITTED,
                        DOCUMENT + ": hash \"" + Excerpt.of(parts[1]) + "\" is not permitted",
                        hashOffset));
    return new Entry(
        part(parts[0], offset, KeyReference::parse),
        hash,
        part(parts[2], signatureOffset, Bytes::parseBase64));
  }

  private interface PartParser<T> {
    T parse(String text) throws MalformedFieldException;
  }

  private static <T> T part(String text, int offset, PartParser<T> parser)
      throws MalformedFieldException {
    try {
      return parser.parse(text);
    } catch (MalformedFieldException e) {
      throw e.within(DOCUMENT, offset);
    }
  }

  /** The canonical field value. */
  public String serialize() {
    StringJoiner text = new StringJoiner(", ");
    for (Entry entry : entries) {
      text.add(entry.serialize());
    }
    return text.toString();
  }
}
