// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import java.io.Serial;

/** A key that cannot be loaded or used. The message never contains key material. */
public final class KeyMaterialException extends DiveException {
  @Serial private static final long serialVersionUID = 1;

  /** A failure without an underlying exception. */
  public KeyMaterialException(ErrorCode code, String message) {
    super(code, message);
  }

  /** A failure with its cause; the cause must not carry key material in its message. */
  public KeyMaterialException(ErrorCode code, String message, Throwable cause) {
    super(code, message, cause);
  }
}
