// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The six hash algorithms both drafts permit, each with its name in every name space (decision 7).
 * Look-ups are exact; no spelling crosses from one name space to another.
 *
 * @see "draft-callec-dive-01 §Algorithm Restrictions, §Hash Algorithms for HTTP Digest Fields"
 */
public enum HashAlgorithm {
  /** SHA-256 of FIPS 180-4. */
  SHA_256("sha256", "sha-256", "SHA-256", 32),
  /** SHA-384 of FIPS 180-4. */
  SHA_384("sha384", "sha-384", "SHA-384", 48),
  /** SHA-512 of FIPS 180-4. */
  SHA_512("sha512", "sha-512", "SHA-512", 64),
  /** SHA3-256 of FIPS 202. */
  SHA3_256("sha3-256", "sha3-256", "SHA3-256", 32),
  /** SHA3-384 of FIPS 202. */
  SHA3_384("sha3-384", "sha3-384", "SHA3-384", 48),
  /** SHA3-512 of FIPS 202. */
  SHA3_512("sha3-512", "sha3-512", "SHA3-512", 64);

  private static final Map<String, HashAlgorithm> BY_DRAFT_NAME = index(HashAlgorithm::draftName);
  private static final Map<String, HashAlgorithm> BY_DIGEST_KEY = index(HashAlgorithm::digestKey);

  private final String draftName;
  private final String digestKey;
  private final String jcaName;
  private final int digestLength;

  HashAlgorithm(String draftName, String digestKey, String jcaName, int digestLength) {
    this.draftName = draftName;
    this.digestKey = digestKey;
    this.jcaName = jcaName;
    this.digestLength = digestLength;
  }

  private static Map<String, HashAlgorithm> index(Function<HashAlgorithm, String> name) {
    return Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(name, h -> h));
  }

  /** The drafts' name, as in {@code allowed-hash}, {@code DIVE-Sig} and our settings. */
  public String draftName() {
    return draftName;
  }

  /** The key in a {@code Content-Digest} dictionary (RFC 9530). */
  public String digestKey() {
    return digestKey;
  }

  /** The name for {@code MessageDigest.getInstance}; never on the wire. */
  public String jcaName() {
    return jcaName;
  }

  /** Length of a digest in bytes. */
  public int digestLength() {
    return digestLength;
  }

  /** Finds by the drafts' name, exactly; empty when it is none of the six. */
  public static Optional<HashAlgorithm> fromDraftName(String name) {
    return Optional.ofNullable(BY_DRAFT_NAME.get(requireNonNull(name, "name")));
  }

  /** Finds by the {@code Content-Digest} key, exactly; empty when it is none of the six. */
  public static Optional<HashAlgorithm> fromDigestKey(String key) {
    return Optional.ofNullable(BY_DIGEST_KEY.get(requireNonNull(key, "key")));
  }

  /** The drafts' name. */
  @Override
  public String toString() {
    return draftName;
  }
}
