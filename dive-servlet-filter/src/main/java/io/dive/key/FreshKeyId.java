// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import io.dive.protocol.KeyId;
import java.time.Clock;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Suggests Key IDs for new keys: lower-case, since DNS does not tell case (decision 32), and dated,
 * so that people see which key is the newest. Stateless.
 */
public final class FreshKeyId {
  private FreshKeyId() {}

  /**
   * The Key ID {@code keyYYYYMMDD} of the clock's date, followed by {@code _2}, {@code _3} and so
   * on while it differs from a taken one at most in case (decision 9).
   *
   * @param clock its zone decides the date
   * @param taken Key IDs already in use; may be empty
   */
  public static KeyId suggest(Clock clock, Collection<KeyId> taken) {
    Set<String> used =
        taken.stream()
            .map(id -> id.value().toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
    String dated = "key" + LocalDate.now(clock).format(DateTimeFormatter.BASIC_ISO_DATE);
    String suggestion = dated;
    for (int n = 2; used.contains(suggestion); n++) {
      suggestion = dated + "_" + n;
    }
    return new KeyId(suggestion);
  }
}
