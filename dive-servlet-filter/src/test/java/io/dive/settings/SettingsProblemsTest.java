// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is refused, and in which words. */
class SettingsProblemsTest extends SettingsReaderSuite {
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
  void build_contradiction_isRefusedInCodeToo() {
    DiveSettingsBuilder builder = DiveSettings.builder().rule("/a", Mode.OFF, Mode.STREAM);
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
