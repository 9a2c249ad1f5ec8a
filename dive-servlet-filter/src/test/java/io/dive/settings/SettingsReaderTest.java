// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.key.SshAgent;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.ProtocolVersion;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the settings of a file become. */
class SettingsReaderTest extends SettingsReaderSuite {
  @Test
  void minimalSettingsHaveTheDefaultsOfTheTable() throws Exception {
    DiveSettings settings = read(MINIMAL);
    assertEquals(
        DiveSettings.builder().host(new Fqdn("example.com")).rule("/dl/**", Mode.SIDECAR).build(),
        settings);
    assertEquals(Set.of(ProtocolVersion.DRAFT_00, ProtocolVersion.DRAFT_01), settings.drafts());
    assertEquals(1 << 20, settings.stream().memoryBytes());
    assertEquals(Duration.ofMinutes(5), settings.checks().interval());
  }

  @Test
  void everySettingIsRead() throws Exception {
    DiveSettings settings =
        read(
            """
            dive.hosts = www.example.com, DL.example.com.
            dive.drafts = 01
            dive.hash = sha3-512
            dive.key.1.id = new_1
            dive.key.1.file = a.pem
            dive.key.1.fqdn = example.com
            dive.key.1.passphrase-file = pass
            dive.key.2.id = old
            dive.key.2.file = b.pem
            dive.key.2.passphrase-env = DIVE_PASS
            dive.key.3.id = held
            dive.key.3.file = c.pub
            dive.key.3.agent = agent.sock
            dive.key.3.agent-timeout = 200ms
            dive.key.allow-exposed = true
            dive.rule.10.path = /dl/**
            dive.rule.10.mode = sidecar, static ,stream
            dive.rule.10.root = files
            dive.rule.10.signatures-json = signatures.json
            dive.rule.2.path = /api/*
            dive.rule.2.mode = off
            dive.stale = fail
            dive.sidecar.verify = first
            dive.sidecar.cache-entries = 1
            dive.static.cache-entries = 2
            dive.signature.cache-entries = 3
            dive.sidecar.serve = true
            dive.stream.memory = 64KiB
            dive.stream.limit = 2GiB
            dive.stream.overflow = trailer
            dive.stream.temp-dir = files
            dive.stream.temp-space = 1048576
            dive.stream.known-entries = 7
            dive.no-transform = false
            dive.on-signing-failure = fail
            dive.check = warn
            dive.check.interval = 1h
            dive.check.timeout = 500ms
            dive.check.authorities = [::1]:5353, 192.0.2.1
            dive.dns.resolver = tls://192.0.2.53#dns.example
            dive.dns.tls-ca = pass
            dive.dns.trust-ad = true
            dive.zone.name = example.com
            dive.zone.file = root.key
            dive.zone.axfr = 192.0.2.1:5353
            dive.zone.tsig-file = pass
            dive.zone.interval = 1d
            dive.zone.timeout = 10s
            dive.dns.trust-anchor = root.key
            dive.canary.url = http://www.example.com/c
            dive.canary.connect = [::1]:8080
            dive.canary.interval = 2d
            """);
    DiveSettings expected =
        DiveSettings.builder()
            .host(new Fqdn("www.example.com"))
            .host(new Fqdn("dl.example.com"))
            .drafts(Set.of(ProtocolVersion.DRAFT_01))
            .hash(HashAlgorithm.SHA3_512)
            .key(
                new KeySettings(
                    1,
                    new KeyId("new_1"),
                    directory.resolve("a.pem"),
                    Optional.of(new Fqdn("example.com")),
                    Optional.of(directory.resolve("pass")),
                    Optional.empty()))
            .key(
                new KeySettings(
                    2,
                    new KeyId("old"),
                    directory.resolve("b.pem"),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of("DIVE_PASS")))
            .key(
                new KeySettings(
                    3,
                    new KeyId("held"),
                    directory.resolve("c.pub"),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(
                        new SshAgent(directory.resolve("agent.sock"), Duration.ofMillis(200))),
                    Set.of()))
            .allowExposedKeys(true)
            .rule(
                new RuleSettings(
                    2,
                    new PathPattern("/api/*"),
                    List.of(Mode.OFF),
                    Optional.empty(),
                    Optional.empty()))
            .rule(
                new RuleSettings(
                    10,
                    new PathPattern("/dl/**"),
                    List.of(Mode.SIDECAR, Mode.STATIC, Mode.STREAM),
                    Optional.of(directory.resolve("files")),
                    Optional.of(directory.resolve("signatures.json"))))
            .sidecars(
                new SidecarSettings(
                    SidecarSettings.Stale.FAIL, SidecarSettings.Verify.FIRST, 1, true))
            .caches(new CacheSettings(2, 3, Optional.empty()))
            .stream(
                new StreamSettings(
                    64 << 10,
                    2L << 30,
                    StreamSettings.Overflow.TRAILER,
                    Optional.of(directory.resolve("files")),
                    1 << 20,
                    7))
            .noTransform(false)
            .onSigningFailure(DiveSettings.OnSigningFailure.FAIL)
            .checks(
                new CheckSettings(
                    CheckSettings.Level.WARN, Duration.ofHours(1), Duration.ofMillis(500)))
            .dns(
                new DnsSettings(
                    "tls://192.0.2.53#dns.example",
                    Optional.of(directory.resolve("pass")),
                    true,
                    Optional.of(directory.resolve("root.key")),
                    "[::1]:5353, 192.0.2.1"))
            .zone(
                new ZoneSettings(
                    Optional.of(new Fqdn("example.com")),
                    Optional.of(directory.resolve("root.key")),
                    Optional.of("192.0.2.1:5353"),
                    Optional.of(directory.resolve("pass")),
                    Duration.ofDays(1),
                    Duration.ofSeconds(10)))
            .canary(
                new CanarySettings(
                    URI.create("http://www.example.com/c"),
                    Optional.of(new InetSocketAddress(loopback6(), 8080)),
                    Duration.ofDays(2)))
            .build();
    assertEquals(expected, settings);
  }

  @Test
  void adBit_isBelievedOnlyOverTlsOrHttps() {
    assertProblem(
        problem(
            ErrorCode.SETTINGS_CONTRADICT,
            MINIMAL + "dive.dns.trust-ad=true\ndive.dns.resolver=192.0.2.53\n"),
        4,
        "dive.dns.trust-ad",
        "tls://");
  }

  @Test
  void resolversAndServersAreReadAsTheyAreAsked() throws Exception {
    for (String good : List.of("system", "127.0.0.1:5300", "[::1]:53", "https://dns.example/q")) {
      assertEquals(good, read(MINIMAL + "dive.dns.resolver=" + good).dns().resolver());
    }
    problem(ErrorCode.SETTING_INVALID, MINIMAL + "dive.dns.resolver=dns.example");
    problem(ErrorCode.SETTING_INVALID, MINIMAL + "dive.check.authorities=ns.example.com");
    problem(
        ErrorCode.SETTING_INVALID,
        MINIMAL + "dive.zone.file=root.key\ndive.zone.axfr=192.0.2.1,192.0.2.2");
  }

  private static InetAddress loopback6() throws UnknownHostException {
    byte[] address = new byte[16];
    address[15] = 1;
    return InetAddress.getByAddress(address);
  }

  @Test
  void agent_isAPathThatASocketCanHave_orTheVariable() throws Exception {
    String key = MINIMAL + "dive.key.1.id=a\ndive.key.1.file=a.pem\ndive.key.1.agent=";
    assertEquals(
        Optional.of(new SshAgent(Path.of("/run/x"), Duration.ofSeconds(1))),
        read(key + "/run/x").keys().get(0).agent());
    String longest = "/" + "x".repeat(SshAgent.MAX_PATH_BYTES - 1);
    read(key + longest);
    assertProblem(
        problem(ErrorCode.SETTING_INVALID, key + longest + "x"),
        6,
        "dive.key.1.agent",
        "at most 106 bytes",
        "SSH_AUTH_SOCK");
    String variable = System.getenv("SSH_AUTH_SOCK");
    if (variable == null) {
      assertProblem(
          problem(ErrorCode.SETTING_INVALID, key + "SSH_AUTH_SOCK"), 6, "dive.key.1.agent");
    } else {
      assertEquals(
          Optional.of(Path.of(variable)),
          read(key + "SSH_AUTH_SOCK").keys().get(0).agent().map(SshAgent::socket));
    }
  }

  @Test
  void theTableHasADefaultThatItsTypeAllowsAndExamplesToo() {
    for (Setting<?> setting : SettingsTable.ALL) {
      setting.defaultText().ifPresent(text -> assertFalse(setting.defaultValue() == null, text));
      boolean namesAFile = Set.of("file", "directory").contains(setting.type().name());
      assertTrue(
          namesAFile || setting.type().parser().apply(setting.example(), directory).isPresent(),
          setting.name());
    }
  }

  @Test
  void hostsHaveKeysAndRulesOfTheirOwn() throws Exception {
    DiveSettings settings =
        read(
            """
            dive.hosts = a.example.com, *.CDN.example.com., b.example.com
            dive.key.20.id = wild
            dive.key.20.file = a.pem
            dive.key.20.hosts = *.cdn.example.com
            dive.key.20.fqdn = cdn.example.com
            dive.key.3.id = both
            dive.key.3.file = b.pem
            dive.key.3.hosts = A.example.com, *.cdn.example.com
            dive.rule.1.path = **
            dive.rule.1.mode = static
            dive.rule.1.hosts = *.cdn.example.com
            dive.rule.2.path = **
            dive.rule.2.mode = stream
            dive.rule.2.hosts = a.example.com
            dive.rule.3.path = **
            dive.rule.3.mode = sidecar
            dive.reload.interval = off
            """);
    HostPattern a = HostPattern.of(new Fqdn("a.example.com"));
    HostPattern cdn = HostPattern.below(new Fqdn("cdn.example.com"));
    HostPattern b = HostPattern.of(new Fqdn("b.example.com"));
    assertEquals(List.of(a, cdn, b), List.copyOf(settings.hosts()));
    assertEquals(List.of(3), numbers(settings.keysOf(a)));
    assertEquals(List.of(3, 20), numbers(settings.keysOf(cdn)));
    assertEquals(List.of(), numbers(settings.keysOf(b)));
    assertEquals(List.of(2, 3), settings.rulesOf(a).stream().map(RuleSettings::number).toList());
    assertEquals(List.of(3), settings.rulesOf(b).stream().map(RuleSettings::number).toList());
    assertEquals(Optional.empty(), settings.reloadInterval());
  }

  private static List<Integer> numbers(List<KeySettings> keys) {
    return keys.stream().map(KeySettings::number).toList();
  }
}
