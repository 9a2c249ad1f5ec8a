// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonObject;
import io.dive.key.SigningKey;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.settings.CheckSettings;
import io.dive.settings.Mode;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the site does where DNS does not have its keys: at the start, and later. */
class KeysInDnsTest extends CheckedSiteSuite {
  @ParameterizedTest
  @EnumSource
  void enforce_doesNotStartWhereDnsHasAnotherKey(FilterContainer container) throws Exception {
    SigningKey other = SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom());
    publish();
    zone.put(KEY, "sig=\"ed25519\", key=:" + other.publicKey().bytes().toBase64() + ":");
    DiveFilter filter =
        new DiveFilter(
            signing(CheckSettings.Level.ENFORCE).rule("/**", Mode.STREAM).build(),
            new MicrometerMetrics(meters));
    Exception refusal = assertThrows(Exception.class, () -> start(container, List.of(filter)));
    assertEquals(List.of(), meters.getMeters(), "nothing stays behind");
    if (container == FilterContainer.JETTY) {
      // Tomcat tells its log.
      String message = String.valueOf(refusal.getMessage());
      for (String part :
          List.of(
              "dive.check = enforce",
              "key-mismatch",
              "key k1",
              "DNS says ed25519 " + other.publicKey().bytes().toBase64(),
              "expected ed25519 " + key.publicKey().bytes().toBase64())) {
        assertTrue(message.contains(part), message);
      }
    }
  }

  @Test
  void enforce_startsOnceDnsAgrees_andGoesOnChecking() throws Exception {
    publish();
    int port =
        start(
            FilterContainer.JETTY,
            signing(CheckSettings.Level.ENFORCE).rule("/**", Mode.STREAM).build());
    assertEquals("UP", health(port, "/health").getString("status"));
    assertTrue(isSigned(get(port, "/generated?length=5")));
    zone.remove(KEY);
    JsonObject health = await(port, h -> check(h, "dive-dns", "no-usable-key").isPresent());
    assertEquals("DOWN", health.getString("status"));
    assertTrue(
        data(health, "dive-dns", "key-revoked")
            .getString("remedy")
            .contains(KEY + ". 900 IN TXT "));
    assertEquals("UP", health(port, "/health/ready").getString("status"), "it still serves");
    assertFalse(isSigned(get(port, "/generated?length=5")));
  }

  @ParameterizedTest
  @EnumSource
  void warn_startsWithoutDns_signs_andIsDown(FilterContainer container) throws Exception {
    zone.close();
    int port =
        start(
            container,
            signing(CheckSettings.Level.WARN)
                .checks(
                    new CheckSettings(
                        CheckSettings.Level.WARN, Duration.ofMinutes(5), Duration.ofSeconds(1)))
                .rule("/**", Mode.STREAM)
                .build());
    assertTrue(isSigned(get(port, "/generated?length=5")));
    assertEquals("UP", health(port, "/health/ready").getString("status"));
    JsonObject health = await(port, h -> check(h, "dive-dns", "dns-server-failure").isPresent());
    assertEquals("DOWN", health.getString("status"));
    assertEquals(
        "DOWN", check(health, "dive-dns", "dns-server-failure").orElseThrow().getString("status"));
    assertEquals("UP", check(health, "dive-filter", "").orElseThrow().getString("status"));
  }

  @ParameterizedTest
  @EnumSource
  void serverWithoutAPrivateKey_comparesTheKeysOfItsSidecars(FilterContainer container)
      throws Exception {
    signTree();
    publish();
    int port =
        start(container, settings(CheckSettings.Level.ENFORCE).rule("/**", Mode.SIDECAR).build());
    assertTrue(isSigned(get(port, "/a.txt")));
    JsonObject health = health(port, "/health");
    assertEquals("UP", health.getString("status"));
    assertEquals(KEY, data(health, "dive-dns", "key-ok").getString("subject"));
    zone.remove(KEY);
    await(port, h -> check(h, "dive-dns", "no-usable-key").isPresent());
    assertFalse(isSigned(get(port, "/a.txt")));
  }
}
