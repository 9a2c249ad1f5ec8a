// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static io.dive.check.Severity.ERROR;
import static io.dive.check.Severity.OK;
import static io.dive.check.Severity.WARNING;

/**
 * Everything a check can find. Scripts rely on {@link #token} and {@link #severity}; sentences may
 * change.
 */
public enum FindingCode {
  /** The policy is DNSSEC-secure and its revision is emitted. */
  POLICY_OK("policy-ok", OK),
  /** No policy record from the host up to the last label. */
  POLICY_MISSING("policy-missing", ERROR),
  /** The policy record is not DNSSEC-secure, so it counts as absent (decision 21). */
  POLICY_INSECURE("policy-insecure", ERROR),
  /** The policy record fails DNSSEC validation. */
  POLICY_BOGUS("policy-bogus", ERROR),
  /** The policy look-up got no answer. */
  POLICY_UNREACHABLE("policy-unreachable", ERROR),
  /** The policy record cannot be read, or two of one revision make it ambiguous. */
  POLICY_UNUSABLE("policy-unusable", ERROR),
  /** The newest revision the policy announces is not among those emitted. */
  POLICY_DRAFT_NOT_EMITTED("policy-draft-not-emitted", ERROR),
  /** The policy names no scope that a client verifies. */
  POLICY_WITHOUT_SCOPE("policy-without-scope", WARNING),
  /** The policy names a scope that neither draft defines (decision 31). */
  POLICY_SCOPE_UNKNOWN("policy-scope-unknown", WARNING),
  /** The policy is strict, yet some paths are never signed: clients refuse them. */
  POLICY_STRICT_BUT_UNSIGNED_PATHS("policy-strict-but-unsigned-paths", WARNING),
  /** Failures are reported and not blocked. */
  POLICY_REPORT_ONLY("policy-report-only", WARNING),
  /** A {@code cache} above the revision's cap, which clients clamp (decision 23). */
  CACHE_ABOVE_CAP("cache-above-cap", WARNING),
  /** A {@code report-to} that clients must ignore. */
  REPORT_TO_UNUSABLE("report-to-unusable", WARNING),

  /** The published key is DNSSEC-secure and is the local one. */
  KEY_OK("key-ok", OK),
  /** No key record where a client looks for it. */
  KEY_MISSING("key-missing", ERROR),
  /** The key record is not DNSSEC-secure, so it counts for nothing. */
  KEY_INSECURE("key-insecure", ERROR),
  /** The key record fails DNSSEC validation. */
  KEY_BOGUS("key-bogus", ERROR),
  /** The key look-up got no answer. */
  KEY_UNREACHABLE("key-unreachable", ERROR),
  /** The key record cannot be read, or several make it ambiguous (decision 11). */
  KEY_UNUSABLE("key-unusable", ERROR),
  /** Another key is published than the one that signs. */
  KEY_MISMATCH("key-mismatch", ERROR),
  /** {@code allowed-hash} does not admit the configured hash. */
  KEY_HASH_NOT_ALLOWED("key-hash-not-allowed", ERROR),
  /** The key is published above the policy's level, where no client looks (decision 33). */
  KEY_ABOVE_POLICY("key-above-policy", ERROR),
  /** A Key ID with capital letters: DNS cannot tell it from its lower-case twin (decision 32). */
  KEY_ID_NOT_LOWER_CASE("key-id-not-lower-case", WARNING),
  /** There is nothing to compare with DNS: no signing key and no sidecar. */
  NO_KEYS("no-keys", WARNING),

  /** The zone is the one that its ZONEMD record describes (RFC 8976). */
  ZONE_VERIFIED("zone-verified", OK),
  /** The zone is not what its publisher digested. */
  ZONE_DAMAGED("zone-damaged", ERROR),
  /** The zone's serial number is not the one of its digest, or not the one expected. */
  ZONE_SERIAL_MISMATCH("zone-serial-mismatch", ERROR),
  /** DNSSEC does not confirm the zone's SOA or ZONEMD record. */
  ZONE_SIGNATURE_INVALID("zone-signature-invalid", ERROR),
  /** The zone has no ZONEMD record that can be used. */
  ZONE_NOT_VERIFIABLE("zone-not-verifiable", WARNING),
  /** The zone could not be read, from its file or by transfer. */
  ZONE_UNREACHABLE("zone-unreachable", ERROR),

  /** The check did not end within its time. */
  CHECK_TIMED_OUT("check-timed-out", ERROR),

  /** A key outside this process is there to sign. */
  SIGNER_OK("signer-ok", OK),
  /** A key outside this process does not sign, so responses go out unsigned. */
  SIGNER_UNAVAILABLE("signer-unavailable", ERROR),

  /** The canary download was accepted as a client would. */
  CANARY_OK("canary-ok", OK),
  /** A client would refuse the canary download. */
  CANARY_REFUSED("canary-refused", ERROR),
  /** No policy covers the canary download, so a client would not verify it. */
  CANARY_NOT_COVERED("canary-not-covered", ERROR),
  /** The canary could not be fetched, or its policy not be looked up. */
  CANARY_UNREACHABLE("canary-unreachable", ERROR),
  /** Something between the filter and the client compresses the download (decision 16). */
  CANARY_COMPRESSED("canary-compressed", WARNING);

  private final String token;
  private final Severity severity;

  FindingCode(String token, Severity severity) {
    this.token = token;
    this.severity = severity;
  }

  /** Lower-case kebab name, stable over releases. */
  public String token() {
    return token;
  }

  /** How much it matters. */
  public Severity severity() {
    return severity;
  }
}
