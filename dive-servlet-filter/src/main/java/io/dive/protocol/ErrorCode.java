// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

/**
 * Stable names of everything that can go wrong before a verdict exists. Tests and scripts rely on
 * {@link #token}; messages may change.
 */
public enum ErrorCode {
  /** The text is not what RFC 9651 or the draft's own grammar allows. */
  MALFORMED_SYNTAX("malformed-syntax"),
  /** Base64 that is not canonical (decision 10). */
  MALFORMED_BASE64("malformed-base64"),
  /** A required member, parameter or label is absent. */
  MISSING_MEMBER("missing-member"),
  /** A member has the wrong type (decision 31). */
  WRONG_TYPE("wrong-type"),
  /** A value outside what the specification permits. */
  VALUE_NOT_PERMITTED("value-not-permitted"),
  /** A key, digest or signature of the wrong number of bytes. */
  WRONG_LENGTH("wrong-length"),
  /** A document that is larger, or nested deeper, than this library reads. */
  TOO_LARGE("too-large"),
  /** A policy record whose {@code v} names no revision this library knows (decision 24). */
  UNKNOWN_VERSION("unknown-version"),
  /** Bytes that are not UTF-8. */
  NOT_UTF8("not-utf8"),
  /** A sidecar or report of a format version this library does not know (decision 25). */
  UNKNOWN_FORMAT("unknown-format"),

  /** A key file does not exist or cannot be read. */
  KEY_FILE_UNREADABLE("key-file-unreadable"),
  /** A private-key file that group or others may read. */
  KEY_FILE_EXPOSED("key-file-exposed"),
  /** A key file in a format or of an algorithm that is not supported. */
  KEY_FORMAT_UNKNOWN("key-format-unknown"),
  /** A passphrase is needed and none was configured. */
  PASSPHRASE_MISSING("passphrase-missing"),
  /** The passphrase does not open the key file. */
  PASSPHRASE_WRONG("passphrase-wrong"),
  /** Private and public half do not belong together. */
  KEY_PAIR_MISMATCH("key-pair-mismatch"),
  /** The signer did not produce a signature that its public key confirms. */
  SIGNING_FAILED("signing-failed"),
  /** The place where the private key lives does not answer. */
  SIGNER_UNAVAILABLE("signer-unavailable"),

  /** The resolver did not answer in time. */
  DNS_TIMEOUT("dns-timeout"),
  /** The resolver answered with an error. */
  DNS_SERVER_FAILURE("dns-server-failure"),
  /** The answer was cut off over UDP, and TCP gave none. */
  DNS_TRUNCATED("dns-truncated"),
  /** The resolver's certificate is not trusted, or it does not speak TLS. */
  DNS_TLS_FAILURE("dns-tls-failure"),
  /** A server that should be authoritative for a zone is not. */
  DNS_LAME("dns-lame"),
  /** A DNSSEC signature does not fit the records that it covers. */
  DNS_SIGNATURE_WRONG("dns-signature-wrong"),
  /** A DNSSEC signature has expired. */
  DNS_SIGNATURE_EXPIRED("dns-signature-expired"),
  /** A DNSSEC signature is not valid yet. */
  DNS_SIGNATURE_NOT_YET_VALID("dns-signature-not-yet-valid"),
  /** Records of a signed zone came without a DNSSEC signature. */
  DNS_SIGNATURE_MISSING("dns-signature-missing"),
  /** The absence of a record in a signed zone came without a proof. */
  DNS_DENIAL_MISSING("dns-denial-missing"),
  /** The recursive resolver failed while an authoritative server was asked. */
  RESOLVER_FAILED("resolver-failed"),
  /** The answer failed DNSSEC validation in another way. */
  DNS_BOGUS("dns-bogus"),
  /** The trust anchor file cannot be used. */
  TRUST_ANCHOR_UNUSABLE("trust-anchor-unusable"),
  /** The TSIG key file cannot be used. */
  TSIG_KEY_UNUSABLE("tsig-key-unusable"),
  /** A zone file that cannot be read, or records that do not make a zone. */
  ZONE_UNREADABLE("zone-unreadable"),
  /** A zone transfer that the server refused or that broke off. */
  ZONE_TRANSFER_FAILED("zone-transfer-failed"),

  /** The name server does not know the TSIG key (RFC 8945 BADKEY). */
  TSIG_KEY_REFUSED("tsig-key-refused"),
  /** The name server knows the TSIG key with another secret (BADSIG). */
  TSIG_SIGNATURE_REFUSED("tsig-signature-refused"),
  /** The clocks of the name server and of this machine differ (BADTIME). */
  TSIG_TIME_REFUSED("tsig-time-refused"),
  /** An answer that the TSIG key does not confirm. */
  TSIG_ANSWER_WRONG("tsig-answer-wrong"),
  /** The name server does not permit the update (REFUSED). */
  UPDATE_REFUSED("update-refused"),
  /** The name server is not authoritative for the zone (NOTAUTH). */
  UPDATE_NOT_AUTHORITATIVE("update-not-authoritative"),
  /** The name lies outside the zone that was to be updated (NOTZONE). */
  UPDATE_NOT_IN_ZONE("update-not-in-zone"),
  /** The name has other records than those to be changed; nothing was changed. */
  UPDATE_CONFLICT("update-conflict"),
  /** The name server failed in another way. */
  UPDATE_FAILED("update-failed"),

  /** The state file of a rotation cannot be read or written. */
  ROTATION_STATE_UNUSABLE("rotation-state-unusable"),
  /** What the rotation was asked for cannot be done. */
  ROTATION_IMPOSSIBLE("rotation-impossible"),
  /** A check between two steps of a rotation found something wrong. */
  ROTATION_CHECK_FAILED("rotation-check-failed"),
  /** The servers of a zone do not have the same records, as while a secondary lags. */
  ROTATION_SERVERS_DIFFER("rotation-servers-differ"),

  /** A setting that does not exist. */
  SETTING_UNKNOWN("setting-unknown"),
  /** A setting that is given twice. */
  SETTING_REPEATED("setting-repeated"),
  /** A setting that is required and absent. */
  SETTING_MISSING("setting-missing"),
  /** A setting whose value is not allowed. */
  SETTING_INVALID("setting-invalid"),
  /** Settings that contradict each other. */
  SETTINGS_CONTRADICT("settings-contradict");

  private final String token;

  ErrorCode(String token) {
    this.token = token;
  }

  /** Whether DNSSEC was looked at and found wrong, as opposed to no answer at all. */
  public boolean failsValidation() {
    return switch (this) {
      case DNS_SIGNATURE_WRONG,
          DNS_SIGNATURE_EXPIRED,
          DNS_SIGNATURE_NOT_YET_VALID,
          DNS_SIGNATURE_MISSING,
          DNS_DENIAL_MISSING,
          DNS_BOGUS ->
          true;
      default -> false;
    };
  }

  /** Lower-case kebab name, stable over releases. */
  public String token() {
    return token;
  }
}
