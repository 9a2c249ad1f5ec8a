// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import java.io.Serial;

/** A rotation or revocation of a key that stopped. Running it again goes on where it stopped. */
public final class RotationException extends DiveException {
  @Serial private static final long serialVersionUID = 1;

  /** A stop; the message says what was found, where, and what to do. */
  public RotationException(ErrorCode code, String message) {
    super(code, message);
  }

  /** A stop because of another failure. */
  public RotationException(ErrorCode code, String message, Throwable cause) {
    super(code, message, cause);
  }
}
