// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

/** How the responses of a rule get their signatures. */
public enum Mode {
  /** From signatures made beforehand, beside the file. */
  SIDECAR,
  /** By hashing and signing the file that the container sends, once per version of it. */
  STATIC,
  /** By holding the body back until its digest is signed. */
  STREAM,
  /** Not at all. */
  OFF
}
