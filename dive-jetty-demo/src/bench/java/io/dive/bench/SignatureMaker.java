// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

/** Which implementation of Ed25519 is on the class path of a process. */
enum SignatureMaker {
  BOUNCY_CASTLE,
  CORRETTO
}
