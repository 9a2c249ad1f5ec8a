// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

/** How a response went out; the values of the meter tag {@code outcome}. */
enum ResponseOutcome {
  /** With signatures. */
  SIGNED,
  /** Without, since none are known. */
  UNSIGNED,
  /** The file does not match its sidecar (decision 19). */
  STALE,
  /** Without, since what goes out is not the file that was signed. */
  CHANGED,
  /** Without, since the sidecar cannot be used. */
  UNUSABLE_SIDECAR,
  /** Signing failed. */
  FAILED,
  /** Without, since only 200 is signed (decision 13). */
  NOT_200,
  /** Without, since server-sent events cannot be held back. */
  EVENT_STREAM,
  /** Too long to be held back. */
  OVERFLOW,
  /** Cut off: other bytes than before under the same URL and strong ETag. */
  ETAG_REUSED
}
