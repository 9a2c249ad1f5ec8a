// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import java.io.Serial;

/**
 * Root of the failures a caller is expected to handle. The message says what, where and what to do.
 */
public abstract sealed class DiveException extends Exception
    permits MalformedFieldException,
        KeyMaterialException,
        DnsLookupException,
        ZoneException,
        DnsUpdateException,
        RotationException,
        ConfigException {
  @Serial private static final long serialVersionUID = 1;

  private final ErrorCode code;

  DiveException(ErrorCode code, String message) {
    super(message);
    this.code = requireNonNull(code, "code");
  }

  DiveException(ErrorCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = requireNonNull(code, "code");
  }

  /** The stable name of the failure. */
  public ErrorCode code() {
    return code;
  }
}
