// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

/** Why stored signatures cannot be used. Tokens are stable; sentences may change. */
public enum UnusableReason {
  /** The file system refuses to read it. */
  UNREADABLE("unreadable"),
  /** A directory, socket or the like stands where the sidecar should be. */
  NOT_A_FILE("not-a-file"),
  /** More bytes than the format allows. */
  TOO_LARGE("too-large"),
  /** Bytes that are not UTF-8. */
  NOT_UTF8("not-utf8"),
  /** Text that is not the JSON object it should be, or is nested too deeply. */
  NOT_JSON("not-json"),
  /** No sidecar, or one of a version this library does not know (decision 25). */
  UNKNOWN_FORMAT("unknown-format"),
  /** A required member is absent. */
  MISSING_MEMBER("missing-member"),
  /** A member has the wrong JSON type. */
  WRONG_TYPE("wrong-type"),
  /** A value outside its grammar or range. */
  MALFORMED_VALUE("malformed-value"),
  /** A key, digest or signature of the wrong number of bytes. */
  WRONG_LENGTH("wrong-length"),
  /** Two members that must say the same do not. */
  VALUES_DISAGREE("values-disagree"),
  /** A signature that its public key does not confirm. */
  SIGNATURE_MISMATCH("signature-mismatch");

  private final String token;

  UnusableReason(String token) {
    this.token = token;
  }

  /** Lower-case kebab name, stable over releases. */
  public String token() {
    return token;
  }
}
