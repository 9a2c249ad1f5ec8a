// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.key.SigningKey;
import io.dive.protocol.FieldNames;
import io.dive.protocol.Fqdn;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.servlet.FilterContainer.Running;
import io.dive.settings.CheckSettings;
import io.dive.settings.DiveSettings;
import io.dive.settings.HostPattern;
import io.dive.settings.Mode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever a client puts for the host: a good answer or none, and nothing is kept of it. */
class HostileHostTest {
  private final Path files;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final List<Running> started = new CopyOnWriteArrayList<>();

  HostileHostTest(@TempDir Path directory) throws IOException {
    files = Files.createDirectory(directory.resolve("files"));
    Files.writeString(files.resolve("a.txt"), "content\n");
    Files.writeString(files.resolve("a.txt.dive"), "not for the public\n");
  }

  @AfterEach
  void stop() throws Exception {
    for (Running running : started) {
      running.close();
    }
  }

  private int start(FilterContainer container) throws Exception {
    DiveSettings settings =
        DiveSettings.builder()
            .host(new Fqdn("dl.example.com"))
            .host(HostPattern.below(new Fqdn("cdn.example.com")))
            .signer(
                SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom())
                    .signer(KeyReference.of(new KeyId("k"))))
            .rule("/*.txt", Mode.STATIC)
            .rule("/**", Mode.SIDECAR, Mode.STREAM)
            .checks(
                new CheckSettings(
                    CheckSettings.Level.OFF, Duration.ofMinutes(5), Duration.ofSeconds(5)))
            .reloadInterval(Optional.empty())
            .build();
    Running running =
        container.start(
            files, List.of(new DiveFilter(settings, new MicrometerMetrics(meters))), Map.of());
    started.add(running);
    return running.port();
  }

  private static boolean isSigned(RawAnswer answer) {
    return FieldNames.SIGNED_RESPONSE.stream().anyMatch(name -> !answer.values(name).isEmpty());
  }

  /** The file, or the container's own refusal of the request. */
  private static void assertHarmless(RawAnswer answer, String request) {
    assertTrue(List.of(200, 400, 431).contains(answer.status()), () -> request + "\n" + answer);
    assertFalse(isSigned(answer), () -> request + "\n" + answer);
    if (answer.status() == 200) {
      assertEquals("content\n", answer.body(), request);
    }
  }

  private static Stream<String> hostileHosts() {
    return Stream.of(
        "",
        ".",
        "..",
        "-",
        "dl.example.com..",
        ".dl.example.com",
        "dl..example.com",
        "d\u00fc.cdn.example.com",
        "\u212a.cdn.example.com",
        "%64l.example.com",
        "%2e.cdn.example.com",
        "x%00.cdn.example.com",
        "<script>.cdn.example.com",
        "a b.cdn.example.com",
        "a,dl.example.com",
        "user@dl.example.com",
        "dl.example.com:x",
        "dl.example.com/a",
        "*.cdn.example.com",
        ".cdn.example.com",
        "-x.cdn.example.com",
        "cdn.example.com",
        "[::1]",
        "[::1]:80",
        "[dl.example.com]",
        "[::ffff:127.0.0.1%25lo]",
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "a.".repeat(130) + "cdn.example.com",
        "a".repeat(64) + ".cdn.example.com",
        "a".repeat(5000) + ".cdn.example.com",
        ".".repeat(3000) + "cdn.example.com");
  }

  @ParameterizedTest
  @EnumSource
  void hostileHostHeaders_getTheFileUnsignedOrTheContainersRefusal(FilterContainer container)
      throws Exception {
    int port = start(container);
    for (String host : hostileHosts().toList()) {
      assertHarmless(RawAnswer.to(port, "GET /a.txt HTTP/1.1", "Host: " + host), "Host: " + host);
    }
    for (String lines : List.of("Host: dl.example.com\r\nHost: x.example.org", "X-No-Host: x")) {
      assertHarmless(RawAnswer.to(port, "GET /a.txt HTTP/1.1", lines), lines);
    }
    assertHarmless(RawAnswer.to(port, "GET /a.txt HTTP/1.0"), "HTTP/1.0 without Host");
    assertTrue(isSigned(RawAnswer.to(port, "GET /a.txt HTTP/1.0", "Host: dl.example.com")));
    assertTrue(isSigned(RawAnswer.to(port, "GET /a.txt HTTP/1.1", "Host: x.cdn.example.com.")));
  }

  @ParameterizedTest
  @EnumSource
  void absoluteTargets_goByTheHostTheyName(FilterContainer container) throws Exception {
    int port = start(container);
    RawAnswer same =
        RawAnswer.to(port, "GET http://dl.example.com/a.txt HTTP/1.1", "Host: dl.example.com");
    assertEquals(200, same.status());
    assertTrue(isSigned(same));
    RawAnswer unknown =
        RawAnswer.to(port, "GET http://dl.example.org/a.txt HTTP/1.1", "Host: dl.example.org");
    assertHarmless(unknown, "unknown in the target");
    assertHarmless(
        RawAnswer.to(port, "GET http://x.example.org/a.txt HTTP/1.1", "Host: dl.example.com"),
        "the target names another host than the header");
    for (String host : List.of("[::1]", "dl.example.com.evil.test", "a_b..cdn.example.com")) {
      assertHarmless(
          RawAnswer.to(port, "GET http://" + host + "/a.txt HTTP/1.1", "Host: " + host), host);
    }
  }

  @ParameterizedTest
  @EnumSource
  void sidecarsStayHiddenWhateverTheHost(FilterContainer container) throws Exception {
    int port = start(container);
    for (String host : List.of("dl.example.com", "x.cdn.example.com", "other.test", "[::1]")) {
      assertEquals(
          404, RawAnswer.to(port, "GET /a.txt.dive HTTP/1.1", "Host: " + host).status(), host);
    }
  }

  @Test
  void manyHostsUnderAWildcard_leaveNothingBehind() throws Exception {
    int port = start(FilterContainer.JETTY);
    RawAnswer.to(port, "GET /a.txt HTTP/1.1", "Host: first.cdn.example.com");
    int before = meters.getMeters().size();
    double hashed = meters.get("dive.digested.bytes").counter().count();
    for (int i = 0; i < 300; i++) {
      RawAnswer answer =
          RawAnswer.to(port, "GET /a.txt HTTP/1.1", "Host: h" + i + ".cdn.example.com");
      assertTrue(isSigned(answer), answer::toString);
    }
    assertEquals(before, meters.getMeters().size());
    assertEquals(hashed, meters.get("dive.digested.bytes").counter().count());
    assertEquals(1, meters.get("dive.signing").timer().count(), "one signature for all of them");
  }

  @Test
  void theTableFindsByTheLongestName() {
    HostTable<String> table =
        new HostTable<>(
            Map.of(
                HostPattern.of(new Fqdn("a.b.example.com")), "exact",
                HostPattern.below(new Fqdn("example.com")), "short",
                HostPattern.below(new Fqdn("b.example.com")), "long"));
    assertEquals(Optional.of("exact"), table.find("A.b.Example.com."));
    assertEquals(Optional.of("long"), table.find("c.b.example.com"));
    assertEquals(Optional.of("long"), table.find("c.a.b.example.com"));
    assertEquals(Optional.of("short"), table.find("b.example.com"));
    assertEquals(Optional.empty(), table.find("example.com"));
    assertEquals(Optional.empty(), table.find(null));
    hostileHosts()
        .map(host -> host.replace("cdn.", ""))
        .filter(host -> !host.startsWith("dl.") || host.contains(".."))
        .forEach(host -> assertEquals(Optional.empty(), table.find(host), host));
  }
}
