// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import java.io.Serial;
import java.util.OptionalInt;

/** A header field, DNS record or stored signature that breaks its grammar. */
public final class MalformedFieldException extends DiveException {
  @Serial private static final long serialVersionUID = 1;

  private final int offset;

  /** A failure without a position. */
  public MalformedFieldException(ErrorCode code, String message) {
    super(code, message);
    this.offset = -1;
  }

  /**
   * A failure at a position.
   *
   * @param offset index of the offending character in the parsed text, from 0
   */
  public MalformedFieldException(ErrorCode code, String message, int offset) {
    super(code, message + " (at offset " + offset + ")");
    this.offset = offset;
  }

  /** This failure of a part, told as one of the document around it, where the part starts there. */
  MalformedFieldException within(String document, int partOffset) {
    return new MalformedFieldException(code(), document + ": " + getMessage(), partOffset);
  }

  /** Index of the offending character in the parsed text, empty where none can be named. */
  public OptionalInt offset() {
    return offset < 0 ? OptionalInt.empty() : OptionalInt.of(offset);
  }
}
