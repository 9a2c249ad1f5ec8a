// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.dive.check.KeyHistory;
import io.dive.dns.SignedZone;
import io.dive.dns.TrustAnchors;
import io.dive.dns.Upstream;
import io.dive.dns.ValidatingTxtLookup;
import io.dive.key.SigningKey;
import io.dive.protocol.Fqdn;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.settings.CanarySettings;
import io.dive.settings.CheckSettings;
import io.dive.settings.DiveSettings;
import io.dive.settings.Mode;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class SelfChecksTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final Set<Thread> before = checking();

  private static Set<Thread> checking() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.isAlive() && thread.getName().equals("dive-dns"))
        .collect(Collectors.toUnmodifiableSet());
  }

  private Set<Thread> left() {
    Set<Thread> left = new HashSet<>(checking());
    left.removeAll(before);
    return left;
  }

  private static SelfChecks prepare(SignedZone zone, Duration canaryInterval) throws Exception {
    Clock clock = Clock.systemUTC();
    KeyReference name = KeyReference.of(new KeyId("k1"));
    DiveSettings settings =
        DiveSettings.builder()
            .host(new Fqdn("www.site.test"))
            .signer(
                SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom()).signer(name))
            .rule("/**", Mode.STREAM)
            .txtLookup(
                new ValidatingTxtLookup(
                    Upstream.of(zone.address()), TrustAnchors.iana(), LIMIT, clock))
            .checks(new CheckSettings(CheckSettings.Level.WARN, Duration.ofDays(1), LIMIT))
            .canary(
                new CanarySettings(
                    URI.create("http://www.site.test/"), Optional.empty(), canaryInterval))
            .build();
    return SelfChecks.prepare(
        settings,
        () -> settings.checkPlan(Map.of(), rule -> Optional.empty()),
        new KeyHistory(),
        report -> {},
        null,
        ResponseMetrics.NONE,
        clock);
  }

  @Test
  void preparedChecks_haveNoThreads() throws Exception {
    try (SignedZone zone = SignedZone.serve("site.test");
        SelfChecks checks = prepare(zone, Duration.ofDays(1))) {
      assertEquals(Set.of("dns", "canary"), checks.names());
      assertEquals(Set.of(), left());
    }
  }

  /** An interval that no timer can count. */
  @Test
  void checkThatCannotBegin_leavesNoneBehind() throws Exception {
    try (SignedZone zone = SignedZone.serve("site.test");
        SelfChecks checks = prepare(zone, Duration.ofSeconds(Long.MAX_VALUE))) {
      assertThrows(ArithmeticException.class, checks::begin);
      assertEquals(Set.of(), left());
    }
  }
}
