// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.greenbytes.http.sfv.ByteSequenceItem;
import org.greenbytes.http.sfv.Dictionary;
import org.greenbytes.http.sfv.IntegerItem;
import org.greenbytes.http.sfv.ListElement;
import org.greenbytes.http.sfv.StringItem;

/**
 * The key record at {@code <Key-ID>._divekey.<domain>}.
 *
 * @param allowedHash the hash algorithms admitted for this key; absent admits all six, an empty
 *     list none (decision 31)
 * @param cacheSeconds as published, 0 or more, 0 when absent; see {@link #cacheDuration}
 * @see "draft-callec-dive-01 §Key Records; draft-callec-dive-00 §Key Records"
 */
public record KeyRecord(
    RawPublicKey publicKey, Optional<List<HashAlgorithm>> allowedHash, long cacheSeconds) {
  /** The TTL both drafts advise. */
  public static final long ADVISED_TTL_SECONDS = 900;

  private static final long MAX_INTEGER = 999_999_999_999_999L;

  /** Copies the list and checks the cache time. */
  public KeyRecord {
    requireNonNull(publicKey, "publicKey");
    allowedHash = allowedHash.map(List::copyOf);
    if (cacheSeconds < 0 || cacheSeconds > MAX_INTEGER) {
      throw new IllegalArgumentException("cacheSeconds out of range: " + cacheSeconds);
    }
  }

  /** Where a key of a domain is published, without a final dot. */
  public static String ownerName(KeyId keyId, Fqdn domain) {
    return keyId.value() + "._divekey." + domain.name();
  }

  /**
   * Parses the joined value of one TXT record.
   *
   * @throws MalformedFieldException with the code of the broken rule
   */
  public static KeyRecord parse(String text) throws MalformedFieldException {
    StructuredDictionary record =
        StructuredDictionary.parse(text, "key record (drafts, Key Records)");
    String sig = record.string("sig").orElseThrow(() -> record.missing("sig"));
    SignatureAlgorithm algorithm =
        SignatureAlgorithm.fromDraftName(sig)
            .orElseThrow(
                () ->
                    record.error(
                        ErrorCode.VALUE_NOT_PERMITTED,
                        "sig=\"" + Excerpt.of(sig) + "\" is neither \"ed25519\" nor \"ed448\""));
    Bytes key = record.byteSequence("key").orElseThrow(() -> record.missing("key"));
    if (key.length() != algorithm.keyLength()) {
      throw record.error(
          ErrorCode.WRONG_LENGTH,
          "key has %d bytes, an %s key has %d"
              .formatted(key.length(), algorithm, algorithm.keyLength()));
    }
    long cache = record.integer("cache").orElse(0L);
    if (cache < 0) {
      throw record.error(ErrorCode.VALUE_NOT_PERMITTED, "cache=" + cache + " is negative");
    }
    return new KeyRecord(new RawPublicKey(algorithm, key), allowedHash(record), cache);
  }

  private static Optional<List<HashAlgorithm>> allowedHash(StructuredDictionary record)
      throws MalformedFieldException {
    Optional<List<String>> names = record.strings("allowed-hash");
    if (names.isEmpty()) {
      return Optional.empty();
    }
    List<HashAlgorithm> hashes = new ArrayList<>();
    for (String name : names.orElseThrow()) {
      hashes.add(
          HashAlgorithm.fromDraftName(name)
              .orElseThrow(
                  () ->
                      record.error(
                          ErrorCode.VALUE_NOT_PERMITTED,
                          "allowed-hash names \""
                              + Excerpt.of(name)
                              + "\", which is not permitted")));
    }
    return Optional.of(hashes);
  }

  /** The canonical value. */
  public String serialize() {
    Map<String, ListElement<? extends Object>> members = new LinkedHashMap<>();
    members.put("sig", StringItem.valueOf(publicKey.algorithm().draftName()));
    members.put("key", ByteSequenceItem.valueOf(publicKey.bytes().toByteArray()));
    allowedHash.ifPresent(
        hashes ->
            members.put(
                "allowed-hash",
                PolicyRecord.innerList(hashes.stream().map(HashAlgorithm::draftName).toList())));
    if (cacheSeconds > 0) {
      members.put("cache", IntegerItem.valueOf(cacheSeconds));
    }
    return Dictionary.valueOf(members).serialize();
  }

  /** Whether signatures of this key may be over a digest of the algorithm. */
  public boolean allows(HashAlgorithm hash) {
    return allowedHash.map(hashes -> hashes.contains(hash)).orElse(true);
  }

  /** How long a client may cache the record: as published, clamped to the revision's cap. */
  public Duration cacheDuration(ProtocolVersion version) {
    return Duration.ofSeconds(Math.min(cacheSeconds, version.maxKeyCache().toSeconds()));
  }
}
