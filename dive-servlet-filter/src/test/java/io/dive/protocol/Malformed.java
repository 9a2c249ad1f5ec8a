// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.function.Executable;

/** What tests ask of a refused text. */
final class Malformed {
  private Malformed() {}

  static MalformedFieldException refusal(Executable parse) {
    return assertThrows(MalformedFieldException.class, parse);
  }

  static ErrorCode codeOf(Executable parse) {
    return refusal(parse).code();
  }

  /** The offset of a refusal whose message names both the document and that offset. */
  static int offsetOf(String document, Executable parse) {
    MalformedFieldException e = refusal(parse);
    int offset = e.offset().orElseThrow(() -> new AssertionError("no offset", e));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.startsWith(document), message);
    assertTrue(message.endsWith("(at offset " + offset + ")"), message);
    return offset;
  }
}
