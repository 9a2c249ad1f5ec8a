// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgressTest {
  @ParameterizedTest
  @CsvSource({
    "2026-11-01T10:00:00Z, 2026-11-01T10:00:00Z",
    "2026-11-01T10:00:00.000000001Z, 2026-11-01T10:00:01Z",
    "2026-11-01T10:00:00.999999999Z, 2026-11-01T10:00:01Z"
  })
  void momentsThatAreWaitedFor_areWholeSecondsAndNeverEarlier(Instant due, Instant shown) {
    assertEquals(
        Optional.of(shown), Progress.awaiting(due, "time").awaited().orElseThrow().shownUntil());
  }

  @Test
  void withoutAMoment_nothingIsSaid() {
    assertEquals(
        Optional.empty(), Progress.awaiting("somebody").awaited().orElseThrow().shownUntil());
  }
}
