// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TSIGRecord;

/** What is taken when more signatures come than are remembered. */
class SeenUpdatesTest {
  private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

  private final SeenUpdates seen =
      new SeenUpdates(3, Clock.fixed(START.plusMillis(900), ZoneOffset.UTC));

  @Test
  void sameTime_differentSignatures_eachTakenOnce() {
    for (int n = 0; n < 3; n++) {
      assertTrue(seen.take(signature(0, n)));
    }
    for (int n = 0; n < 3; n++) {
      assertFalse(seen.take(signature(0, n)));
    }
  }

  @Test
  void overtakenBySomeSeconds_taken() {
    assertTrue(seen.take(signature(5, 0)));
    assertTrue(seen.take(signature(3, 0)));
    assertFalse(seen.take(signature(5, 0)));
  }

  @Test
  void secondBeforeTheStart_refused() {
    assertFalse(seen.take(signature(-1, 0)));
    assertTrue(seen.take(signature(0, 0)));
  }

  @Test
  void moreThanAreRemembered_forgottenOnesAreRefusedAllTheSame() {
    for (int second = 0; second < 10; second++) {
      assertTrue(seen.take(signature(second, 0)));
    }
    for (int second = 0; second < 10; second++) {
      assertFalse(seen.take(signature(second, 0)));
    }
    assertFalse(seen.take(signature(6, 1)), "it may be one that was forgotten");
    assertTrue(seen.take(signature(7, 1)));
  }

  @Test
  void moreInASecondThanAreRemembered_restOfTheSecondRefused() {
    for (int n = 0; n < 4; n++) {
      assertTrue(seen.take(signature(0, n)));
    }
    for (int n = 0; n < 5; n++) {
      assertFalse(seen.take(signature(0, n)));
    }
    assertTrue(seen.take(signature(1, 0)));
  }

  private static TSIGRecord signature(int second, int number) {
    byte[] octets = new byte[32];
    octets[0] = (byte) number;
    return new TSIGRecord(
        Name.fromConstantString("update-key."),
        DClass.ANY,
        0,
        TSIG.HMAC_SHA256,
        START.plusSeconds(second),
        Duration.ofMinutes(5),
        octets,
        1,
        Rcode.NOERROR,
        new byte[0]);
  }
}
