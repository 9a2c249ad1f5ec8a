// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.key.CapturedLog;
import io.dive.key.KeyFile;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.settings.CheckSettings;
import io.dive.settings.KeySettings;
import io.dive.settings.Mode;
import io.dive.settings.StreamSettings;
import io.dive.sign.BodyDigester;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the meters of a site count. */
class MetersTest extends CheckedSiteSuite {
  @ParameterizedTest
  @EnumSource
  void stream_signsWhatItCanHold(FilterContainer container) throws Exception {
    int port =
        start(
            container,
            signing(CheckSettings.Level.OFF).rule("/**", Mode.STREAM).stream(
                    new StreamSettings(
                        1024,
                        100_000,
                        StreamSettings.Overflow.UNSIGNED,
                        Optional.of(directory),
                        1 << 20,
                        0))
                .build());
    RawAnswer signed = get(port, "/generated?length=90000");
    assertTrue(isSigned(signed));
    assertEquals(
        BodyDigester.digest(HashAlgorithm.SHA_256, new byte[90_000]).contentDigest(),
        signed.value("Content-Digest"));
    RawAnswer tooLong;
    try (CapturedLog log = new CapturedLog()) {
      tooLong = get(port, "/generated?length=200000");
      List<String> warnings = log.lines("WARN");
      assertEquals(1, warnings.size(), log::text);
      assertTrue(
          warnings
              .get(0)
              .endsWith(
                  "The response for /generated is longer than dive.stream.limit;"
                      + " dive.stream.overflow = unsigned"),
          log::text);
    }
    assertEquals(200_000, tooLong.body().length());
    assertFalse(isSigned(tooLong));
    RawAnswer absent = get(port, "/absent");
    assertEquals(404, absent.status());
    assertFalse(isSigned(absent));
    assertEquals(1, responses("stream", "signed"));
    assertEquals(1, responses("stream", "overflow"));
    assertEquals(1, responses("stream", "not-200"));
    double rest = meters.get("dive.digested.bytes").counter().count() - 90_000;
    assertTrue(rest >= 0 && rest <= 200_000, () -> "of the long body " + rest);
  }

  @Test
  void meters_areThereWithBoundedTags_andGoWithTheFilter() throws Exception {
    publish();
    signTree();
    Path keyFile = directory.resolve("key.pem");
    new KeyFile(keyFile, Optional.empty(), false).create(key);
    Files.setLastModifiedTime(keyFile, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
    int port =
        start(
            FilterContainer.JETTY,
            settings(CheckSettings.Level.ENFORCE)
                .key(
                    new KeySettings(
                        1,
                        new KeyId("k1"),
                        keyFile,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()))
                .rule("/generated", Mode.STREAM)
                .rule("/**", Mode.SIDECAR, Mode.STATIC)
                .build());
    get(port, "/a.txt");
    get(port, "/a.txt");
    Files.writeString(files.resolve("b.txt"), "no sidecar\n");
    get(port, "/b.txt");
    get(port, "/b.txt");
    get(port, "/generated?length=5");
    Map<String, Set<String>> tags =
        meters.getMeters().stream()
            .collect(
                Collectors.groupingBy(
                    m -> m.getId().getName(),
                    TreeMap::new,
                    Collectors.flatMapping(
                        m -> m.getId().getTags().stream().map(Tag::getKey),
                        Collectors.toCollection(TreeSet::new))));
    assertEquals(
        Map.of(
            "dive.responses", Set.of("mode", "outcome"),
            "dive.digested.bytes", Set.of(),
            "dive.signing", Set.of(),
            "dive.cache.lookups", Set.of("cache", "result"),
            "dive.check.findings", Set.of("check", "severity"),
            "dive.key.age", Set.of("key"),
            "dive.files.stale", Set.of(),
            "dive.sidecars.unusable", Set.of(),
            "dive.reloads", Set.of("result"),
            "dive.settings.loaded", Set.of()),
        tags);
    int before = meters.getMeters().size();
    for (int i = 0; i < 20; i++) {
      RawAnswer.to(port, "GET /x" + i + " HTTP/1.1", "Host: h" + i + ".test");
      RawAnswer.to(port, "PROPFIND /x" + i + " HTTP/1.1", "Host: " + HOST);
    }
    assertEquals(before, meters.getMeters().size(), "whatever clients send");

    assertEquals(2, responses("sidecar", "signed"));
    assertEquals(2, responses("static", "signed"));
    assertEquals(1, responses("stream", "signed"));
    assertTrue(responses("none", "unsigned") >= 20);
    assertEquals(16, meters.get("dive.digested.bytes").counter().count());
    assertEquals(2, meters.get("dive.signing").timer().count());
    assertTrue(meters.get("dive.key.age").tag("key", "k1").timeGauge().value(TimeUnit.DAYS) > 1);
    assertEquals(2, findings("ok"));
    assertEquals(0, findings("error"));
    collectGarbage();
    assertEquals(1, lookUps("static", "hit"));
    assertEquals(1, lookUps("static", "miss"));
    assertEquals(1, lookUps("sidecar", "hit"));
    assertEquals(1, lookUps("sidecar", "miss"));
    assertEquals(2, lookUps("signature", "miss"));

    started.remove(0).close();
    assertEquals(List.of(), meters.getMeters().stream().map(Meter::getId).toList());
  }

  private double responses(String mode, String outcome) {
    var counter = meters.get("dive.responses").tag("mode", mode).tag("outcome", outcome).counter();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (counter.count() == 0 && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    return counter.count();
  }

  private double findings(String severity) {
    return meters
        .get("dive.check.findings")
        .tag("check", "dns")
        .tag("severity", severity)
        .gauge()
        .value();
  }

  private double lookUps(String cache, String result) {
    return meters
        .get("dive.cache.lookups")
        .tag("cache", cache)
        .tag("result", result)
        .functionCounter()
        .count();
  }

  /** Micrometer refers weakly to what it observes. */
  private static void collectGarbage() {
    var sentinel = new WeakReference<>(new Object());
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (sentinel.get() != null && System.nanoTime() < deadline) {
      System.gc();
    }
  }
}
