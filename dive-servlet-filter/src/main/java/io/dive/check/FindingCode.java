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
  /** {@code invalidate-keys-cache} at work: clients drop the keys they cached before it. */
  KEYS_INVALIDATED("keys-invalidated", OK),
  /** {@code invalidate-keys-cache} has done its work and costs look-ups. */
  KEYS_INVALIDATION_OVER("keys-invalidation-over", WARNING),
  /** {@code invalidate-keys-cache} lies in the future: until then no client keeps a key. */
  KEYS_INVALIDATED_AHEAD("keys-invalidated-ahead", WARNING),
  /** A {@code report-to} that clients must ignore. */
  REPORT_TO_UNUSABLE("report-to-unusable", WARNING),

  /** The published key is DNSSEC-secure and is the local one. */
  KEY_OK("key-ok", OK),
  /** No key record where a client looks for it. */
  KEY_MISSING("key-missing", ERROR),
  /** No record of a key that only sidecars name, each beside another, published key. */
  KEY_RETIRED("key-retired", WARNING),
  /** The key record is not DNSSEC-secure, so it counts for nothing. */
  KEY_INSECURE("key-insecure", ERROR),
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
  /** Two keys of a host whose IDs differ in case only: one name in DNS (decision 9). */
  KEY_IDS_DIFFER_IN_CASE("key-ids-differ-in-case", ERROR),
  /** More keys sign for a host than a response may carry signatures (decision 6). */
  MORE_THAN_THREE_KEYS("more-than-three-keys", WARNING),
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
  ZONE_UNREACHABLE("zone-unreachable", WARNING),
  /** It could not be found out whether the zone has to be signed, and by which key. */
  ZONE_NOT_ANCHORED("zone-not-anchored", WARNING),
  /** A record whose TTL is above the drafts' advice. */
  TTL_ABOVE_ADVICE("ttl-above-advice", WARNING),
  /** A record that resolvers hardly keep. */
  TTL_VERY_LOW("ttl-very-low", WARNING),
  /** A DNSSEC signature that ends within three days. */
  SIGNATURE_EXPIRES_SOON("signature-expires-soon", WARNING),
  /** A name that is longer than DNS allows. */
  NAME_TOO_LONG("name-too-long", WARNING),

  /** No answer in time. */
  DNS_TIMEOUT("dns-timeout", ERROR),
  /** An error code, or nobody there. */
  DNS_SERVER_FAILURE("dns-server-failure", ERROR),
  /** An answer cut off over UDP, and none over TCP. */
  DNS_TRUNCATED("dns-truncated", ERROR),
  /** The resolver's certificate is not trusted. */
  DNS_TLS_FAILURE("dns-tls-failure", ERROR),
  /** A DNSSEC signature that does not fit its records. */
  DNS_SIGNATURE_WRONG("dns-signature-wrong", ERROR),
  /** A DNSSEC signature that has expired. */
  DNS_SIGNATURE_EXPIRED("dns-signature-expired", ERROR),
  /** A DNSSEC signature that is not valid yet. */
  DNS_SIGNATURE_NOT_YET_VALID("dns-signature-not-yet-valid", ERROR),
  /** Records of a signed zone without a DNSSEC signature. */
  DNS_SIGNATURE_MISSING("dns-signature-missing", ERROR),
  /** An absence in a signed zone without a proof. */
  DNS_DENIAL_MISSING("dns-denial-missing", ERROR),
  /** DNSSEC validation failed in another way. */
  DNS_BOGUS("dns-bogus", ERROR),

  /** Every authoritative server of a zone answers, alike. */
  AUTHORITIES_OK("authorities-ok", OK),
  /** The zone of a name, or its servers, could not be found. */
  AUTHORITIES_NOT_FOUND("authorities-not-found", WARNING),
  /** An authoritative server that gives no answer. */
  AUTHORITY_UNREACHABLE("authority-unreachable", WARNING),
  /** An authoritative server of which nothing can be said, by no fault of its own. */
  AUTHORITY_NOT_CHECKED("authority-not-checked", WARNING),
  /** A server that should be authoritative for a zone and is not. */
  AUTHORITY_LAME("authority-lame", WARNING),
  /** A server whose zone is older than that of another one. */
  AUTHORITY_BEHIND("authority-behind", WARNING),
  /** A server that has no record where resolvers find one. */
  AUTHORITY_RECORD_MISSING("authority-record-missing", ERROR),
  /** A server with other records than resolvers find. */
  AUTHORITY_RECORD_DIFFERS("authority-record-differs", ERROR),
  /** A server whose records fail DNSSEC validation. */
  AUTHORITY_BOGUS("authority-bogus", ERROR),
  /** All authoritative servers agree on something newer than the resolver has. */
  RESOLVER_BEHIND("resolver-behind", WARNING),
  /** The key was taken out of DNS, so it is not used; others are left. */
  KEY_REVOKED("key-revoked", WARNING),
  /** All keys of a host were taken out of DNS, so its responses are unsigned. */
  NO_USABLE_KEY("no-usable-key", ERROR),

  /** Hosts below a name were looked for at that name only. */
  HOSTS_BELOW("hosts-below", OK),

  /** The check itself broke, so nothing is known. */
  CHECK_BROKEN("check-broken", WARNING),
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
  CANARY_COMPRESSED("canary-compressed", WARNING),
  /**
   * The policy requires https, and the host serves the canary over plain HTTP too (decision 35).
   */
  CANARY_PLAIN_HTTP("canary-plain-http", WARNING);

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
