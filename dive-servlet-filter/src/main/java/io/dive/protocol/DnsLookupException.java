// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import java.io.Serial;

/** A DNS question that got no usable answer. */
public final class DnsLookupException extends DiveException {
  @Serial private static final long serialVersionUID = 1;

  private final String name;

  /**
   * A failed look-up.
   *
   * @param name the owner name that was asked for
   */
  public DnsLookupException(ErrorCode code, String name, String message) {
    super(code, message);
    this.name = requireNonNull(name, "name");
  }

  /** The owner name that was asked for. */
  public String name() {
    return name;
  }
}
