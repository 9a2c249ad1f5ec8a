// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.key.SshAgent;
import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.ProtocolVersion;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsReaderTest {
  private static final String MINIMAL =
      """
      dive.hosts=example.com
      dive.rule.1.path=/dl/**
      dive.rule.1.mode=sidecar
      """;

  private final Path directory;
  private final Properties systemProperties = new Properties();

  SettingsReaderTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    for (String name : List.of("a.pem", "b.pem", "c.pub", "pass", "signatures.json", "root.key")) {
      Files.writeString(directory.resolve(name), "");
    }
    Files.createDirectory(directory.resolve("files"));
  }

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("dive.properties"), text);
  }

  private DiveSettings read(String text) throws IOException, ConfigException {
    return SettingsReader.read(
        Map.of("dive.config", file(text).toString()), systemProperties, Map.of());
  }

  private static String message(Exception e) {
    return String.valueOf(e.getMessage());
  }

  /** The one problem's line of the message. */
  private String problem(ErrorCode code, String text) {
    ConfigException e = assertThrows(ConfigException.class, () -> read(text));
    assertEquals(code, e.code(), message(e));
    List<String> lines = message(e).lines().toList();
    assertEquals(2, lines.size(), message(e));
    return lines.get(1);
  }

  private void assertProblem(String line, int number, String key, String... parts) {
    String where = directory.resolve("dive.properties") + (number > 0 ? ":" + number : "");
    assertTrue(line.startsWith("  " + where + ": " + key + ": found "), line);
    assertTrue(line.contains("allowed: "), line);
    for (String part : parts) {
      assertTrue(line.contains(part), () -> part + " is not in " + line);
    }
  }

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
                new DiveSettings.Key(
                    1,
                    new KeyId("new_1"),
                    directory.resolve("a.pem"),
                    Optional.of(new Fqdn("example.com")),
                    Optional.of(directory.resolve("pass")),
                    Optional.empty()))
            .key(
                new DiveSettings.Key(
                    2,
                    new KeyId("old"),
                    directory.resolve("b.pem"),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of("DIVE_PASS")))
            .key(
                new DiveSettings.Key(
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
                new DiveSettings.Rule(
                    2,
                    new PathPattern("/api/*"),
                    List.of(Mode.OFF),
                    Optional.empty(),
                    Optional.empty()))
            .rule(
                new DiveSettings.Rule(
                    10,
                    new PathPattern("/dl/**"),
                    List.of(Mode.SIDECAR, Mode.STATIC, Mode.STREAM),
                    Optional.of(directory.resolve("files")),
                    Optional.of(directory.resolve("signatures.json"))))
            .sidecars(
                new DiveSettings.Sidecars(
                    DiveSettings.Sidecars.Stale.FAIL, DiveSettings.Sidecars.Verify.FIRST, 1, true))
            .caches(new DiveSettings.Caches(2, 3))
            .stream(
                new DiveSettings.Stream(
                    64 << 10,
                    2L << 30,
                    DiveSettings.Stream.Overflow.TRAILER,
                    Optional.of(directory.resolve("files")),
                    1 << 20))
            .noTransform(false)
            .onSigningFailure(DiveSettings.OnSigningFailure.FAIL)
            .checks(
                new DiveSettings.Checks(
                    DiveSettings.Checks.Level.WARN, Duration.ofHours(1), Duration.ofMillis(500)))
            .dns(
                new DiveSettings.Dns(
                    "tls://192.0.2.53#dns.example",
                    Optional.of(directory.resolve("pass")),
                    true,
                    Optional.of(directory.resolve("root.key")),
                    "[::1]:5353, 192.0.2.1"))
            .zone(
                new DiveSettings.Zone(
                    Optional.of(new Fqdn("example.com")),
                    Optional.of(directory.resolve("root.key")),
                    Optional.of("192.0.2.1:5353"),
                    Optional.of(directory.resolve("pass")),
                    Duration.ofDays(1),
                    Duration.ofSeconds(10)))
            .canary(
                new DiveSettings.Canary(
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
  void labelLongerThanDnsAllows_isToldWithWhatIsAllowed() {
    String label = "a".repeat(64);
    assertProblem(
        problem(ErrorCode.SETTING_INVALID, MINIMAL.replace("example.com", label + ".example")),
        1,
        "dive.hosts",
        "labels of 1 to 63");
    String key = MINIMAL + "dive.key.1.fqdn=%s\ndive.key.1.id=%s\ndive.key.1.file=/dev/null\n";
    ConfigException e =
        assertThrows(ConfigException.class, () -> read(key.formatted(label + ".example", label)));
    List<String> lines = message(e).lines().toList();
    assertTrue(
        lines.stream()
            .anyMatch(l -> l.contains("dive.key.1.fqdn: ") && l.contains("labels of 1 to 63")),
        message(e));
    assertTrue(
        lines.stream().anyMatch(l -> l.contains("dive.key.1.id: ") && l.contains("1 to 63 of")),
        message(e));
  }

  @Test
  void addressOfACanary_needsTheCanary() {
    assertProblem(
        problem(ErrorCode.SETTINGS_CONTRADICT, MINIMAL + "dive.canary.connect=127.0.0.1:80\n"),
        4,
        "dive.canary.connect",
        "dive.canary.url is not set");
  }

  @Test
  void zoneToTransfer_needsItsName() {
    assertProblem(
        problem(ErrorCode.SETTINGS_CONTRADICT, MINIMAL + "dive.zone.axfr=192.0.2.1\n"),
        0,
        "dive.zone.name",
        "required by dive.zone.axfr");
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
  void read_unknownSetting_suggestsTheNearestAndHidesTheValue() {
    String line = problem(ErrorCode.SETTING_UNKNOWN, MINIMAL + "\ndive.rule.1.moed=static\n");
    assertProblem(line, 5, "dive.rule.1.moed", "did you mean dive.rule.1.mode?");
    String secret = problem(ErrorCode.SETTING_UNKNOWN, MINIMAL + "dive.key.1.passphrase=hunter2\n");
    assertProblem(secret, 4, "dive.key.1.passphrase", "did you mean dive.key.1.passphrase-");
    assertFalse(secret.contains("hunter2"), secret);
  }

  @Test
  void read_farFromEverySetting_suggestsNothing() {
    String line = problem(ErrorCode.SETTING_UNKNOWN, MINIMAL + "colour=red\n");
    assertProblem(line, 4, "colour");
    assertFalse(line.contains("did you mean"), line);
  }

  @Test
  void read_repeatedSetting_namesBothLines() {
    String line = problem(ErrorCode.SETTING_REPEATED, MINIMAL + "dive.hosts=other.example\n");
    assertProblem(line, 4, "dive.hosts", "other.example", "dive.properties:1");
  }

  @ParameterizedTest(name = "{0}={1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "dive.drafts|01,02|01, 00 or both",
        "dive.hash|SHA-256|sha256",
        "dive.hash|sha265|did you mean sha256?",
        "dive.stale|unsigend|did you mean unsigned?",
        "dive.sidecar.verify|always|background, first, size",
        "dive.sidecar.cache-entries|-1|0 to",
        "dive.sidecar.serve|yes|true or false",
        "dive.stream.memory|64KB|KiB",
        "dive.stream.limit|99999999999GiB|KiB",
        "dive.stream.temp-dir|nowhere|an existing directory",
        "dive.check.timeout|5|5s",
        "dive.check.timeout|0s|5s",
        "dive.dns.resolver|dns.example|IP address",
        "dive.dns.resolver|127.0.0.1:99999|IP address",
        "dive.dns.resolver|300.0.0.1|IP address",
        "dive.dns.trust-anchor|none.key|an existing file",
        "dive.canary.url|ftp://example.com/|http",
        "dive.rule.1.root|a.pem|an existing directory",
        "dive.rule.2.path|dl|from / on",
        "dive.rule.2.mode|statik|static",
      })
  void read_badValue_namesWhatIsAllowed(String key, String value, String allowed) {
    String neighbours =
        key.equals("dive.rule.2.path")
            ? "dive.rule.2.mode=off\n"
            : key.equals("dive.rule.2.mode") ? "dive.rule.2.path=/b\n" : "";
    String line =
        problem(ErrorCode.SETTING_INVALID, MINIMAL + neighbours + key + "=" + value + "\n");
    assertProblem(line, neighbours.isEmpty() ? 4 : 5, key, "\"" + value + "\"", allowed);
  }

  @Test
  void read_badHostAlone_isOneProblem() {
    String line =
        problem(ErrorCode.SETTING_INVALID, MINIMAL.replace("example.com", "exa mple,127.0.0.1"));
    assertProblem(line, 1, "dive.hosts", "exa mple,127.0.0.1", "host names");
  }

  @ParameterizedTest(name = "{1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "dive.key.1.id=a;dive.key.1.file=a.pem;dive.key.2.id=b;dive.key.2.file=a.pem;"
            + "dive.key.3.id=c;dive.key.3.file=a.pem;dive.key.40.id=d;dive.key.40.file=a.pem"
            + "|dive.key.40.id|decision 6|10",
        "dive.hosts=a.example, *.b.example;dive.key.1.id=a;dive.key.1.file=a.pem;"
            + "dive.key.1.hosts=b.example|dive.key.1.hosts|a.example, *.b.example|6",
        "dive.rule.1.hosts=www.example.com|dive.rule.1.hosts|is none of dive.hosts|4",
        "dive.hosts=a.example, *.b.example;dive.key.1.id=a;dive.key.1.file=a.pem;"
            + "dive.key.1.fqdn=x.b.example;dive.key.1.hosts=*.b.example"
            + "|dive.key.1.fqdn|neither b.example nor above|6",
        "dive.hosts=a.example, b.example;dive.key.1.id=k;dive.key.1.file=a.pem;"
            + "dive.key.1.hosts=a.example;dive.key.2.id=K;dive.key.2.file=b.pem;"
            + "dive.key.2.hosts=b.example|dive.key.2.id|whatever the hosts|7",
        "dive.hosts=a.example, b.example;dive.key.1.id=k;dive.key.1.file=a.pem;"
            + "dive.key.1.hosts=a.example;dive.rule.1.mode=static"
            + "|dive.rule.1.mode|no key signs for b.example|3",
        "dive.hosts=a.example, b.example;dive.rule.1.hosts=a.example;"
            + "dive.rule.2.path=/dl/**;dive.rule.2.mode=off;dive.rule.2.hosts=b.example;"
            + "dive.rule.3.path=/dl/**;dive.rule.3.mode=off"
            + "|dive.rule.3.path|dive.rule.1.path is tried before|8",
        "dive.rule.1.mode=stream,static;dive.key.1.id=a;dive.key.1.file=a.pem|dive.rule.1.mode|stream last|2",
        "dive.rule.1.mode=off,stream;dive.key.1.id=a;dive.key.1.file=a.pem|dive.rule.1.mode|off alone|2",
        "dive.rule.1.mode=sidecar,sidecar|dive.rule.1.mode|each once|2",
        "dive.rule.1.mode=off;dive.rule.1.root=files|dive.rule.1.root|only with sidecar or static|4",
        "dive.rule.1.mode=off;dive.rule.1.signatures-json=signatures.json"
            + "|dive.rule.1.signatures-json|only with sidecar|4",
        "dive.rule.2.path=/dl/**;dive.rule.2.mode=off|dive.rule.2.path|never reached|4",
        "dive.rule.1.path=**;dive.rule.2.path=/a;dive.rule.2.mode=off"
            + "|dive.rule.2.path|never reached|4",
        "dive.stream.memory=1GiB|dive.stream.memory|dive.stream.limit|4",
        "dive.stream.memory=2GiB;dive.stream.limit=4GiB|dive.stream.memory|less than 2GiB|4",
        "dive.key.1.id=a;dive.key.1.file=a.pem;dive.key.2.id=A;dive.key.2.file=b.pem"
            + "|dive.key.2.id|decision 9|6",
        "dive.key.1.id=a;dive.key.1.file=a.pem;dive.key.1.fqdn=dl.example.com"
            + "|dive.key.1.fqdn|decision 8|6",
        "dive.key.1.id=a;dive.key.1.file=a.pem;dive.key.1.passphrase-file=pass;"
            + "dive.key.1.passphrase-env=P|dive.key.1.passphrase-env|one of the two|7",
        "dive.key.1.id=a;dive.key.1.file=a.pem;dive.key.1.agent=s;dive.key.1.passphrase-file=pass"
            + "|dive.key.1.passphrase-file|no passphrase|7",
        "dive.key.1.id=a;dive.key.1.file=a.pem;dive.key.1.agent=s;dive.key.1.passphrase-env=P"
            + "|dive.key.1.passphrase-env|no passphrase|7",
        "dive.key.1.id=a;dive.key.1.file=a.pem;dive.key.1.agent-timeout=1s"
            + "|dive.key.1.agent-timeout|only with an agent|6",
      })
  void read_contradiction_isRefused(String settings, String key, String part, int line)
      throws IOException {
    String text = MINIMAL;
    for (String setting : settings.split(";", -1)) {
      String name = setting.substring(0, setting.indexOf('='));
      text =
          text.contains(name + "=")
              ? text.replaceAll(
                  "(?m)^" + java.util.regex.Pattern.quote(name) + "=.*$",
                  java.util.regex.Matcher.quoteReplacement(setting))
              : text + setting + "\n";
    }
    int expected = key.equals("dive.rule.1.mode") ? 3 : line;
    assertProblem(problem(ErrorCode.SETTINGS_CONTRADICT, text), expected, key, part);
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
    assertEquals(
        List.of(2, 3), settings.rulesOf(a).stream().map(DiveSettings.Rule::number).toList());
    assertEquals(List.of(3), settings.rulesOf(b).stream().map(DiveSettings.Rule::number).toList());
    assertEquals(Optional.empty(), settings.reloadInterval());
  }

  private static List<Integer> numbers(List<DiveSettings.Key> keys) {
    return keys.stream().map(DiveSettings.Key::number).toList();
  }

  @ParameterizedTest(name = "without {0}")
  @CsvSource({
    "dive.hosts, dive.hosts, 0",
    "dive.rule.1.mode, dive.rule.1.mode, 2",
    "dive.rule.1.path, dive.rule.1.path, 2",
    "dive.rule.1, dive.rule.1.path, 0",
  })
  void read_missingSetting_isNamed(String without, String key, int line) throws IOException {
    String text =
        String.join("\n", MINIMAL.lines().filter(setting -> !setting.startsWith(without)).toList());
    assertProblem(problem(ErrorCode.SETTING_MISSING, text), line, key);
  }

  @Test
  void read_signingModeWithoutKey_isMissingAKey() {
    String text = MINIMAL.replace("sidecar", "static");
    assertProblem(problem(ErrorCode.SETTING_MISSING, text), 0, "dive.key.1.id", "rel2026");
  }

  @Test
  void read_keyWithoutFile_isMissingIt() {
    assertProblem(
        problem(ErrorCode.SETTING_MISSING, MINIMAL + "dive.key.1.id=a\n"), 4, "dive.key.1.file");
  }

  @Test
  void allProblemsAreInOneMessage() {
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () -> read("dive.hots=a\ndive.hash=md5\ndive.rule.1.path=x\ndive.stale=a\n"));
    for (String part :
        List.of(":1: dive.hots", ":2: dive.hash", ":3: dive.rule.1.path", ":4: dive.stale")) {
      assertTrue(message(e).contains(part), message(e));
    }
    assertTrue(message(e).contains("dive.rule.1.mode: found nothing"), message(e));
    assertTrue(message(e).contains("dive.hosts: found required"), message(e));
  }

  @Test
  void read_missingFile_isTheOnlyProblem() {
    Path none = directory.resolve("none.properties");
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () ->
                SettingsReader.read(
                    Map.of("dive.config", none.toString()), systemProperties, Map.of()));
    assertEquals(
        "the settings cannot be used:\n  "
            + none
            + ": dive.config: it does not exist; check the path; allowed: a text file of lines"
            + " name = value, in UTF-8",
        message(e));
  }

  @Test
  void read_notUtf8_isRefused() throws IOException {
    Path file = directory.resolve("latin1.properties");
    Files.write(file, "dive.hosts=ä".getBytes(StandardCharsets.ISO_8859_1));
    ConfigException e = assertThrows(ConfigException.class, () -> DiveSettings.load(file));
    assertTrue(message(e).contains("not UTF-8"), message(e));
  }

  @Test
  void theFileIsFoundByParameterPropertyAndVariableInThatOrder() throws Exception {
    Path a = Files.writeString(directory.resolve("a"), MINIMAL.replace("example.com", "a.example"));
    Path b = Files.writeString(directory.resolve("b"), MINIMAL.replace("example.com", "b.example"));
    Path c = Files.writeString(directory.resolve("c"), MINIMAL.replace("example.com", "c.example"));
    Map<String, String> environment = Map.of("DIVE_CONFIG", c.toString());
    assertEquals("c.example", host(Map.of(), environment));
    systemProperties.setProperty("dive.config", b.toString());
    assertEquals("b.example", host(Map.of(), environment));
    assertEquals("a.example", host(Map.of("dive.config", a.toString()), environment));
  }

  private String host(Map<String, String> parameters, Map<String, String> environment)
      throws ConfigException {
    return SettingsReader.read(parameters, systemProperties, environment)
        .hosts()
        .iterator()
        .next()
        .toString();
  }

  @Test
  void read_nothingConfigured_saysWhereSettingsGo() {
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () -> SettingsReader.read(Map.of("other", "x"), systemProperties, Map.of()));
    assertEquals(ErrorCode.SETTING_MISSING, e.code());
    assertTrue(message(e).contains("DIVE_CONFIG"), message(e));
  }

  @Test
  void initParametersOverrideTheFileAndSystemPropertiesOverrideBoth() throws Exception {
    Map<String, String> parameters =
        Map.of(
            "dive.config", file(MINIMAL + "dive.hash=sha384\ndive.stale=fail\n").toString(),
            "dive.hash", "sha512",
            "dive.stale", "serve",
            "unrelated", "x");
    systemProperties.setProperty("dive.hash", "sha3-256");
    DiveSettings settings = SettingsReader.read(parameters, systemProperties, Map.of());
    assertEquals(HashAlgorithm.SHA3_256, settings.hash());
    assertEquals(DiveSettings.Sidecars.Stale.SERVE, settings.sidecars().stale());
  }

  @Test
  void problemsOfOverridesNameTheirSource() {
    systemProperties.setProperty("dive.hash", "md5");
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () ->
                SettingsReader.read(
                    Map.of("dive.config", file(MINIMAL).toString(), "dive.stael", "x"),
                    systemProperties,
                    Map.of()));
    assertTrue(message(e).contains("system property: dive.hash: found \"md5\""));
    assertTrue(message(e).contains("filter init parameter: dive.stael: "), message(e));
    assertTrue(message(e).contains("did you mean dive.stale?"), message(e));
  }

  @Test
  void build_contradiction_isRefusedInCodeToo() {
    DiveSettings.Builder builder = DiveSettings.builder().rule("/a", Mode.OFF, Mode.STREAM);
    String message = message(assertThrows(IllegalArgumentException.class, builder::build));
    assertTrue(message.contains("dive.hosts: required"), message);
    assertTrue(message.contains("dive.rule.1.mode: "), message);
  }

  @Test
  void misplacedSecret_isNotRepeatedInTheMessage() {
    String text =
        """
        dive.hosts = example.com
        dive.key.1.id = k1
        dive.key.1.file = k1.pem
        dive.key.1.file = c2VjcmV0c2VlZA==
        dive.key.1.passphrase-env = correct horse battery
        dive.rule.1.path = /**
        dive.rule.1.mode = static
        """;
    String message = message(assertThrows(ConfigException.class, () -> read(text)));
    assertTrue(message.contains("passphrase-env: found a value that is not shown"), message);
    assertTrue(message.contains("file: found a value that is not shown"), message);
    assertFalse(message.contains("horse") || message.contains("c2Vj"), message);
  }
}
