// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import java.io.Serial;

/**
 * A zone that could not be read, from its file or over the network. The message names the source.
 */
public final class ZoneException extends DiveException {
  @Serial private static final long serialVersionUID = 1;

  /** A zone that is not there to be judged. */
  public ZoneException(ErrorCode code, String message) {
    super(code, message);
  }

  /** The same, with what the system or a library said. */
  public ZoneException(ErrorCode code, String message, Throwable cause) {
    super(code, message, cause);
  }
}
