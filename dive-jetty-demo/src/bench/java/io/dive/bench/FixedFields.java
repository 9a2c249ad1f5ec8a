// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/** The fields of a signed response, of a usual length, that never change. */
final class FixedFields {
  private static final String SIGNATURE = "A".repeat(86) + "==";

  private FixedFields() {}

  /** Those of draft-callec-dive-01, values by name. */
  static Map<String, String> ofDraft01() {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("Cache-Control", "no-transform");
    fields.put("Content-Digest", "sha-256=:" + "A".repeat(43) + "=:");
    fields.put("Signature-Input", "sig1=(\"content-digest\");keyid=\"bench\";alg=\"ed25519\"");
    fields.put("Signature", "sig1=:" + SIGNATURE + ":");
    return fields;
  }

  /** Those of both drafts, values by name. */
  static Map<String, String> all() {
    Map<String, String> fields = ofDraft01();
    fields.put("DIVE-Sig", "bench:sha256:" + SIGNATURE);
    return fields;
  }
}
