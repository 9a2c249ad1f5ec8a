// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.dive.protocol.KeyId;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class FreshKeyIdTest {
  private static final Instant NEW_YEARS_EVE = Instant.parse("2026-12-31T23:30:00Z");
  private static final Clock UTC = Clock.fixed(NEW_YEARS_EVE, ZoneOffset.UTC);

  private static String suggest(String... taken) {
    return FreshKeyId.suggest(UTC, List.of(taken).stream().map(KeyId::new).toList()).value();
  }

  @Test
  void suggest_nothingTaken_dateOfTheClocksZone() {
    assertEquals("key20261231", suggest());
    assertEquals(
        "key20270101",
        FreshKeyId.suggest(Clock.fixed(NEW_YEARS_EVE, ZoneId.of("Europe/Berlin")), List.of())
            .value());
  }

  @Test
  void suggest_takenInAnyCase_numbered() {
    assertEquals("key20261231_2", suggest("KEY20261231"));
    assertEquals("key20261231_3", suggest("Key20261231", "key20261231_2"));
    assertEquals("key20261231_2", suggest("key20261231", "key20261231_3", "key1"));
  }

  @Test
  void suggest_anotherLocale_sameDigits() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      assertEquals("key20261231", suggest());
    } finally {
      Locale.setDefault(before);
    }
  }
}
