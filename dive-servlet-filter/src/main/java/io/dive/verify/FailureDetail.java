// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import io.dive.protocol.FailureReason;

/** What exactly made a check fail, beside the drafts' coarser word for it (decision 36). */
public enum FailureDetail {
  /** A signature or digest field is absent. */
  FIELD_ABSENT("field-absent", FailureReason.MISSING_HEADERS),
  /** A signature or digest field breaks its grammar. */
  FIELD_MALFORMED("field-malformed", FailureReason.MISSING_HEADERS),
  /** A digest algorithm that is none of the six. */
  DIGEST_ALGORITHM_FORBIDDEN(
      "digest-algorithm-forbidden", FailureReason.HASH_ALGORITHM_NOT_ALLOWED),
  /** The signature has no {@code keyid}. */
  KEYID_ABSENT("keyid-absent", FailureReason.KEY_INVALID),
  /** The {@code keyid} is no key reference. */
  KEYID_MALFORMED("keyid-malformed", FailureReason.KEY_INVALID),
  /** The {@code @fqdn} is neither the host nor one of its parents. */
  KEY_DOMAIN_NOT_PARENT("key-domain-not-parent", FailureReason.KEY_INVALID),
  /** No key record. */
  KEY_ABSENT("key-absent", FailureReason.KEY_NOT_FOUND),
  /** A key record that breaks its grammar. */
  KEY_MALFORMED("key-malformed", FailureReason.KEY_INVALID),
  /** Several key records at one name. */
  KEY_AMBIGUOUS("key-ambiguous", FailureReason.KEY_INVALID),
  /** A key record that DNSSEC does not vouch for. */
  KEY_INSECURE("key-insecure", FailureReason.DNSSEC_UNAVAILABLE),
  /** A key record that failed DNSSEC validation. */
  KEY_BOGUS("key-bogus", FailureReason.DNSSEC_UNAVAILABLE),
  /** DNS gave no answer about the key. */
  KEY_LOOKUP_FAILED("key-lookup-failed", FailureReason.DNSSEC_UNAVAILABLE),
  /** The body does not have the digest that {@code Content-Digest} states. */
  DIGEST_MISMATCH("digest-mismatch", FailureReason.SIGNATURE_MISMATCH),
  /** The signature covers something else than {@code content-digest} alone. */
  COMPONENTS_MISMATCH("components-mismatch", FailureReason.SIGNATURE_MISMATCH),
  /** The {@code alg} parameter is absent or is not the key's algorithm. */
  ALGORITHM_MISMATCH("algorithm-mismatch", FailureReason.SIGNATURE_MISMATCH),
  /** The {@code expires} parameter lies in the past. */
  SIGNATURE_EXPIRED("signature-expired", FailureReason.SIGNATURE_MISMATCH),
  /** The key does not admit the digest algorithm. */
  HASH_NOT_ALLOWED("hash-not-allowed", FailureReason.HASH_ALGORITHM_NOT_ALLOWED),
  /** The signature is not the key's over this body. */
  SIGNATURE_WRONG("signature-wrong", FailureReason.SIGNATURE_MISMATCH),
  /** Several signatures failed, for different reasons. */
  SIGNATURES_DIFFER("signatures-differ", FailureReason.NO_VALID_KEY);

  private final String token;
  private final FailureReason reason;

  FailureDetail(String token, FailureReason reason) {
    this.token = token;
    this.reason = reason;
  }

  /** Lower-case kebab name, stable over releases. */
  public String token() {
    return token;
  }

  /** The drafts' word. */
  public FailureReason reason() {
    return reason;
  }
}
