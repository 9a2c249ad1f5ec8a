// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * How a response names a key: a Key ID, optionally with the domain that publishes it ({@code
 * key1@example.com}).
 *
 * @param fqdn the only level at which the key may be looked up; empty to walk up from the host
 * @see "draft-callec-dive-01 §Step 4; draft-callec-dive-00 §DIVE-Sig; decision 8"
 */
public record KeyReference(KeyId keyId, Optional<Fqdn> fqdn) {
  /** No component may be null. */
  public KeyReference {
    requireNonNull(keyId, "keyId");
    requireNonNull(fqdn, "fqdn");
  }

  // Written out: Java makes a record's own from method handles when it is first called, which takes
  // a command 20 ms, longer than to sign a file.
  @Override
  public int hashCode() {
    return 31 * keyId.hashCode() + fqdn.hashCode();
  }

  /** A reference without a domain. */
  public static KeyReference of(KeyId keyId) {
    return new KeyReference(keyId, Optional.empty());
  }

  /**
   * Reads {@code KeyID} or {@code KeyID@fqdn}; case and final dot of the domain do not matter
   * (decision 30).
   *
   * @throws MalformedFieldException with {@link ErrorCode#MALFORMED_SYNTAX}
   */
  public static KeyReference parse(String text) throws MalformedFieldException {
    int at = requireNonNull(text, "text").indexOf('@');
    if (at < 0) {
      return of(KeyId.parse(text));
    }
    return new KeyReference(
        KeyId.parse(text.substring(0, at)), Optional.of(Fqdn.parse(text.substring(at + 1))));
  }

  /** The form for header fields. */
  public String serialize() {
    return fqdn.isEmpty() ? keyId.value() : keyId.value() + "@" + fqdn.get().name();
  }

  /** The same as {@link #serialize}. */
  @Override
  public String toString() {
    return serialize();
  }
}
