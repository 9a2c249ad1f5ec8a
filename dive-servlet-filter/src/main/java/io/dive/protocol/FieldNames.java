// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import java.util.List;

/** Names of the header fields that carry signatures and digests. */
public final class FieldNames {
  /** The signatures of draft-00. */
  public static final String DIVE_SIG = "DIVE-Sig";

  /** RFC 9530 §2. */
  public static final String CONTENT_DIGEST = "Content-Digest";

  /** RFC 9530 §3. */
  public static final String REPR_DIGEST = "Repr-Digest";

  /** RFC 9421 §4.1. */
  public static final String SIGNATURE_INPUT = "Signature-Input";

  /** RFC 9421 §4.2. */
  public static final String SIGNATURE = "Signature";

  /** The four fields that only a signed response carries (decision 13). */
  public static final List<String> SIGNED_RESPONSE =
      List.of(CONTENT_DIGEST, SIGNATURE_INPUT, SIGNATURE, DIVE_SIG);

  private FieldNames() {}
}
