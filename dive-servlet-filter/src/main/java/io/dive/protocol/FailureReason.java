// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.Optional;

/**
 * The drafts' {@code failure-reason} words.
 *
 * @see "draft-callec-dive-01 §Step 6: Reporting; draft-callec-dive-00 §Report Field Definitions"
 */
public enum FailureReason {
  /** A signature field is absent or malformed. */
  MISSING_HEADERS("missing-headers"),
  /** No key record was found for any Key ID. */
  KEY_NOT_FOUND("key-not-found"),
  /** A key record, keyid or {@code @fqdn} breaks the rules. */
  KEY_INVALID("key-invalid"),
  /** DNSSEC validation could not be performed or failed. */
  DNSSEC_UNAVAILABLE("dnssec-unavailable"),
  /** The hash is not among the key's, or not among the six. */
  HASH_ALGORITHM_NOT_ALLOWED("hash-algorithm-not-allowed"),
  /** Digest, algorithm, covered components or signature do not match. */
  SIGNATURE_MISMATCH("signature-mismatch"),
  /** Several entries failed, for different reasons. */
  NO_VALID_KEY("no-valid-key");

  private final String token;

  FailureReason(String token) {
    this.token = token;
  }

  /** The word on the wire. */
  public String token() {
    return token;
  }

  /** Finds by word, exactly; empty when it is none of the seven. */
  public static Optional<FailureReason> fromToken(String token) {
    requireNonNull(token, "token");
    return Arrays.stream(values()).filter(r -> r.token.equals(token)).findFirst();
  }
}
