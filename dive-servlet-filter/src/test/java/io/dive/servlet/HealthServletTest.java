// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonObject;
import io.dive.settings.CheckSettings;
import io.dive.settings.Mode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the health servlet answers, by path and by what there is to tell. */
class HealthServletTest extends CheckedSiteSuite {
  @ParameterizedTest
  @EnumSource
  void healthySite_isUpOnAllPaths(FilterContainer container) throws Exception {
    publish();
    int port =
        start(container, signing(CheckSettings.Level.ENFORCE).rule("/**", Mode.STREAM).build());
    JsonObject health = health(port, "/health");
    assertEquals("UP", health.getString("status"));
    assertEquals(POLICY, data(health, "dive-dns", "policy-ok").getString("subject"));
    JsonObject data = data(health, "dive-dns", "key-ok");
    assertEquals(KEY, data.getString("subject"));
    assertWholeSecond(data.getString("checked-at"));
    assertWholeSecond(data(health, "dive-settings", "").getString("loaded-at"));
    assertEquals(health.keySet(), health(port, "/health/").keySet());
    JsonObject ready = health(port, "/health/ready");
    assertEquals(HOST, data(ready, "dive-filter", "").getString("hosts"));
    assertEquals(1, ready.getArray("checks").size());
    assertTrue(health(port, "/health/live").getArray("checks").isEmpty());
    for (String unknown : List.of("/health/x", "/health/live/", "/health/readyx")) {
      assertEquals(404, get(port, unknown).status(), unknown);
    }
    assertFalse(
        get(port, "/health").body().contains(key.publicKey().bytes().toBase64()), "no key at all");
  }

  @ParameterizedTest
  @EnumSource
  void withoutAFilter_onlyTheProcessLives(FilterContainer container) throws Exception {
    int port = start(container, List.of());
    assertEquals("UP", health(port, "/health/live").getString("status"));
    for (String path : List.of("/health", "/health/ready")) {
      JsonObject check = check(health(port, path), "dive-filter", "").orElseThrow();
      assertEquals("DOWN", check.getString("status"));
      assertTrue(check.getObject("data").getString("sentence").contains("no DiveFilter"));
    }
  }

  @Test
  void checkThatHasNotRun_isDown() throws Exception {
    HealthCheck check = HealthCheck.of("dive-dns", Optional.empty()).get(0);
    assertFalse(check.up());
    assertEquals("has not run yet", check.data().get("sentence"));
  }

  private static void assertWholeSecond(String moment) {
    assertEquals(Instant.parse(moment).truncatedTo(ChronoUnit.SECONDS).toString(), moment);
  }
}
