// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import java.time.Duration;

/**
 * Asks DNS for the TXT records of a name and says what DNSSEC makes of the answer. Operators may
 * bring their own. Implementations are safe for use by many threads.
 *
 * @see ValidatingTxtLookup
 */
@FunctionalInterface
public interface TxtLookup {
  /**
   * Asks once, following CNAMEs (decision 31). Whatever DNS does is an answer, never an exception;
   * a name that DNS cannot hold (over 255 octets) is absent.
   *
   * @param ownerName a domain name without its final dot
   * @param limit how long the answer may take; when it is over, the answer is {@code DNS_TIMEOUT}
   * @throws IllegalArgumentException if the text is not a domain name
   */
  TxtAnswer lookup(String ownerName, Duration limit);
}
