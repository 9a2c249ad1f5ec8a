// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyReference;
import io.dive.protocol.RawPublicKey;
import io.dive.sign.SignedBody;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Signatures from a store, prepared for serving.
 *
 * @param fileSize size in bytes of the file they were made for; empty where the store does not know
 * @param publicKeys the public keys that confirmed the signatures, in signing order; a key that
 *     signs and is not among them is one the store does not know
 * @param fields the header fields of the configured revisions, at least one
 */
public record StoredSignatures(
    SignedBody body,
    OptionalLong fileSize,
    Map<KeyReference, RawPublicKey> publicKeys,
    List<HeaderField> fields) {
  /** Copies the collections. */
  public StoredSignatures {
    requireNonNull(body, "body");
    requireNonNull(fileSize, "fileSize");
    publicKeys = Collections.unmodifiableMap(new LinkedHashMap<>(publicKeys));
    fields = List.copyOf(fields);
    if (fields.isEmpty()) {
      throw new IllegalArgumentException("no header field; the store should answer Absent");
    }
  }
}
