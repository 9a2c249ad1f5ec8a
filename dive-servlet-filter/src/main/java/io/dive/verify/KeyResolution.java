// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.SignatureAlgorithm;
import java.util.List;
import java.util.Optional;

/**
 * How one signature of a response was judged and failed.
 *
 * @param keyid as the response names the key; empty when it names none
 * @param queried the owner names that DNS was asked for, in order; empty when the key was cached
 * @param found whether there was a key record, usable or not
 * @param dnssecValidated whether that record, or its absence, was validated
 * @param algorithm the key's; empty without a usable record
 * @param detail why the signature does not count
 * @param sentence the same for people
 */
public record KeyResolution(
    String keyid,
    List<String> queried,
    boolean found,
    boolean dnssecValidated,
    Optional<SignatureAlgorithm> algorithm,
    FailureDetail detail,
    String sentence) {
  /** Copies the list. */
  public KeyResolution {
    requireNonNull(keyid, "keyid");
    queried = List.copyOf(queried);
    requireNonNull(algorithm, "algorithm");
    requireNonNull(detail, "detail");
    requireNonNull(sentence, "sentence");
  }
}
