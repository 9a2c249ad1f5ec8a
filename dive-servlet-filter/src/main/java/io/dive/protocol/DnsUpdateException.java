// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import java.io.Serial;

/** A dynamic update of DNS that was not made, or of which that is not known. */
public final class DnsUpdateException extends DiveException {
  @Serial private static final long serialVersionUID = 1;

  /** A failed update; the message names the server and says what to do. */
  public DnsUpdateException(ErrorCode code, String message) {
    super(code, message);
  }
}
