// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * The revisions of the protocol, oldest first, and how they differ, as data (decisions 5, 23, 34).
 * A new revision is a new constant and its vectors.
 */
public enum ProtocolVersion {
  /** draft-callec-dive-00: signatures in {@code DIVE-Sig}. */
  DRAFT_00("00", HeaderForm.DIVE_SIG, Duration.ofDays(1), Duration.ofDays(1), false),
  /** draft-callec-dive-01: HTTP Message Signatures over {@code Content-Digest}. */
  DRAFT_01("01", HeaderForm.MESSAGE_SIGNATURES, Duration.ofHours(1), Duration.ofDays(1), true);

  /** Which header fields carry the signatures. */
  public enum HeaderForm {
    /** {@code DIVE-Sig}. */
    DIVE_SIG,
    /** {@code Content-Digest}, {@code Signature-Input} and {@code Signature}. */
    MESSAGE_SIGNATURES
  }

  private final String number;
  private final HeaderForm headerForm;
  private final Duration maxPolicyCache;
  private final Duration maxKeyCache;
  private final boolean insecureKeyIsAbsent;

  ProtocolVersion(
      String number,
      HeaderForm headerForm,
      Duration maxPolicyCache,
      Duration maxKeyCache,
      boolean insecureKeyIsAbsent) {
    this.number = number;
    this.headerForm = headerForm;
    this.maxPolicyCache = maxPolicyCache;
    this.maxKeyCache = maxKeyCache;
    this.insecureKeyIsAbsent = insecureKeyIsAbsent;
  }

  /** The number in the setting {@code dive.drafts}, such as {@code 01}. */
  public String number() {
    return number;
  }

  /** The value of {@code v} in a policy record. */
  public String token() {
    return "dive-draft-" + number;
  }

  /** Which header fields carry the signatures. */
  public HeaderForm headerForm() {
    return headerForm;
  }

  /** Longest time a client may cache a policy record (decision 23). */
  public Duration maxPolicyCache() {
    return maxPolicyCache;
  }

  /** Longest time a client may cache a key record (decision 23). */
  public Duration maxKeyCache() {
    return maxKeyCache;
  }

  /**
   * What an insecure key record means: absent, so the walk goes on (draft-01), or invalid, so it
   * stops (draft-00); decision 34.
   */
  public boolean insecureKeyIsAbsent() {
    return insecureKeyIsAbsent;
  }

  /** Finds by the value of {@code v}, exactly; empty when this library does not know it. */
  public static Optional<ProtocolVersion> fromToken(String token) {
    requireNonNull(token, "token");
    return Arrays.stream(values()).filter(v -> v.token().equals(token)).findFirst();
  }

  /** Finds by number, exactly; empty when this library does not know it. */
  public static Optional<ProtocolVersion> fromNumber(String number) {
    requireNonNull(number, "number");
    return Arrays.stream(values()).filter(v -> v.number.equals(number)).findFirst();
  }
}
