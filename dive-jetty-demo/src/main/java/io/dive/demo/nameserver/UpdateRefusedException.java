// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import java.io.Serial;

/** An update that the zone does not take. */
final class UpdateRefusedException extends Exception {
  @Serial private static final long serialVersionUID = 1;

  private final int rcode;

  /**
   * Says why.
   *
   * @param rcode what the client is told (RFC 2136 §2.2)
   * @param reason what the log is told
   */
  UpdateRefusedException(int rcode, String reason) {
    super(reason);
    this.rcode = rcode;
  }

  int rcode() {
    return rcode;
  }
}
