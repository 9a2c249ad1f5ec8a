// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonObject;
import io.dive.key.KeyFile;
import io.dive.key.Passphrase;
import io.dive.protocol.SignatureAlgorithm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code keygen} and {@code records}. */
class KeyCommandsTest {
  private final Path directory;
  private final String out;

  KeyCommandsTest(@TempDir Path directory) {
    this.directory = directory;
    this.out = directory.resolve("key.pem").toString();
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  private String passphrase() throws IOException {
    Path file = write("passphrase", "correct horse\n");
    if (Files.getFileStore(directory).supportsFileAttributeView("posix")) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
    return file.toString();
  }

  private String publicKey(Optional<Passphrase> passphrase) throws Exception {
    return new KeyFile(Path.of(out), passphrase, false).read().publicKey().bytes().toBase64();
  }

  /** The base64 lines of the file, which nothing may print. */
  private void assertNoKeyMaterial(Console console) throws IOException {
    for (String line : Files.readAllLines(Path.of(out))) {
      if (!line.startsWith("-----")) {
        assertFalse((console.out() + console.err()).contains(line), console::toString);
      }
    }
  }

  @Test
  void keygen_makesAFileForItsOwnerOnly() throws Exception {
    Console console = Console.runWell("keygen", "--out", out, "--id", "k1");
    if (Files.getFileStore(directory).supportsFileAttributeView("posix")) {
      assertEquals(
          "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(Path.of(out))));
    }
    assertTrue(console.out().contains("Key ID       k1\n"), console::out);
    assertTrue(console.out().contains(publicKey(Optional.empty())), console::out);
    assertTrue(console.out().contains("dive records --host HOST --key k1=" + out), console::out);
    assertNoKeyMaterial(console);
  }

  @Test
  void keygen_doesNotOverwrite() throws Exception {
    Console.runWell("keygen", "--out", out);
    byte[] before = Files.readAllBytes(Path.of(out));
    Console console = Console.run("keygen", "--out", out);
    assertEquals(1, console.exitCode());
    assertTrue(console.err().startsWith("dive: "), console::err);
    assertTrue(console.err().contains(out), console::err);
    assertArrayEquals(before, Files.readAllBytes(Path.of(out)));
    assertNoKeyMaterial(console);
  }

  @Test
  void keygen_jsonHasNoSecret() throws Exception {
    Console console = Console.runWell("keygen", "--out", out, "--alg", "ed448", "--json");
    JsonObject json = console.json();
    assertEquals("ed448", json.getString("algorithm"));
    assertTrue(json.getString("id").matches("key[0-9a-z]+"), console::out);
    assertEquals(publicKey(Optional.empty()), json.getString("public-key"));
    assertEquals(
        SignatureAlgorithm.ED448,
        new KeyFile(Path.of(out), Optional.empty(), false).read().publicKey().algorithm());
    assertNoKeyMaterial(console);
  }

  @Test
  void keygen_encrypts() throws Exception {
    String passphrase = passphrase();
    Console console =
        Console.runWell("keygen", "--out", out, "--encrypt", "--passphrase-file", passphrase);
    assertTrue(Files.readString(Path.of(out)).contains("BEGIN ENCRYPTED PRIVATE KEY"));
    assertFalse(console.out().contains("correct horse"));
    assertTrue(
        console.out().contains(publicKey(Optional.of(new Passphrase.InFile(Path.of(passphrase))))));
    Console locked = Console.run("records", "--host", "example.com", "--key", "k1=" + out);
    assertEquals(1, locked.exitCode());
    assertTrue(locked.err().contains(out), locked::err);
    Console.runWell(
        "records", "--host", "example.com", "--key", "k1=" + out, "--passphrase-file", passphrase);
  }

  @Test
  void passphraseMayComeFromTheEnvironment() throws Exception {
    Map.Entry<String, String> variable =
        System.getenv().entrySet().stream()
            .filter(e -> e.getKey().matches("[A-Z]+") && e.getValue().length() > 3)
            .filter(e -> e.getValue().lines().count() == 1)
            .findFirst()
            .orElseThrow();
    Console console =
        Console.runWell("keygen", "--out", out, "--encrypt", "--passphrase-env", variable.getKey());
    assertEquals(
        List.of(publicKey(Optional.of(new Passphrase.InEnvironment(variable.getKey())))),
        console
            .out()
            .lines()
            .filter(line -> line.startsWith("public key "))
            .map(line -> line.substring("public key   ".length()))
            .toList());
  }

  @Test
  void contradictoryOptions_areUsageErrors() throws Exception {
    for (List<String> arguments :
        List.of(
            List.of("keygen", "--out", out, "--encrypt"),
            List.of("keygen", "--out", out, "--passphrase-file", passphrase()),
            List.of(
                "keygen",
                "--out",
                out,
                "--encrypt",
                "--passphrase-file",
                passphrase(),
                "--passphrase-env",
                "HOME"),
            List.of("keygen", "--out", out, "--alg", "rsa"),
            List.of("keygen", "--out", out, "--id", "a-b"),
            List.of("keygen", "--out", out, "--id", "a", "surplus"),
            List.of("keygen"))) {
      Console console = Console.run(arguments.toArray(String[]::new));
      assertEquals(2, console.exitCode(), arguments::toString);
      assertEquals("", console.out(), arguments::toString);
      assertTrue(console.err().startsWith("dive: "), console::err);
      assertFalse(Files.exists(Path.of(out)), arguments::toString);
    }
  }

  @Test
  void records_areTheExactLines() throws Exception {
    Console.runWell("keygen", "--out", out);
    String expected =
        """
        _dive.example.com. 300 IN TXT "v=\\"dive-draft-01\\", scopes=(\\"strict\\"), cache=300"
        _dive.example.com. 300 IN TXT "v=\\"dive-draft-00\\", scopes=(\\"strict\\"), cache=300"
        k1._divekey.example.com. 900 IN TXT "sig=\\"ed25519\\", key=:%s:,\
         allowed-hash=(\\"sha256\\"), cache=900"
        """
            .formatted(publicKey(Optional.empty()));
    assertEquals(
        expected, Console.runWell("records", "--host", "example.com", "--key", "k1=" + out).out());
    Path config =
        write(
            "dive.properties",
            """
            dive.hosts = example.com
            dive.key.1.id = k1
            dive.key.1.file = key.pem
            dive.rule.1.path = /**
            dive.rule.1.mode = stream
            """);
    assertEquals(expected, Console.runWell("records", "--config", config.toString()).out());
    JsonObject json = Console.runWell("records", "--config", config.toString(), "--json").json();
    assertEquals(expected.lines().toList(), List.copyOf(json.getArray("records")));
    Path pub = write("key.pub", publicKey(Optional.empty()) + "\n");
    assertEquals(
        expected, Console.runWell("records", "--host", "example.com", "--key", "k1=" + pub).out());
  }

  @Test
  void records_withoutAnyKey_warnThatThePolicyAloneRefusesEverything() {
    Console console = Console.run("records", "--host", "example.com");
    assertEquals(0, console.exitCode());
    assertEquals(2, console.out().lines().count(), console::out);
    assertTrue(console.err().contains("no key is known"), console::err);
  }

  @Test
  void records_ofOneRevisionAndAnotherHash() throws Exception {
    Console.runWell("keygen", "--out", out);
    Console console =
        Console.runWell(
            "records",
            "--host",
            "a.example",
            "--host",
            "b.example",
            "--drafts",
            "00",
            "--hash",
            "sha3-512",
            "--key",
            "k1@example=" + out);
    List<String> lines = console.out().lines().toList();
    assertEquals(
        List.of("_dive.a.example.", "k1._divekey.example.", "_dive.b.example."),
        lines.stream().map(line -> line.split(" ", -1)[0]).toList());
    assertTrue(lines.get(0).contains("dive-draft-00"));
    assertTrue(lines.get(1).contains("sha3-512"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "records",
        "records --host -",
        "records --host example.com --key k1",
        "records --host example.com --key k1=",
        "records --host example.com --key k-1=x.pem",
        "records --host example.com --key k1=x.pem --key K1=y.pem",
        "records --host example.com --key a=a --key b=b --key c=c --key d=d",
        "records --host example.com --drafts 02",
        "records --host example.com --hash SHA256",
        "records --config absent.properties",
        "records --config absent.properties --host example.com",
        "records --unknown",
        "publish"
      })
  void wrongArguments_areUsageErrors(String line) throws Exception {
    Console console = Console.run(line.split(" ", -1));
    assertEquals(2, console.exitCode(), console::toString);
    assertEquals("", console.out());
    assertTrue(console.err().startsWith("dive: "), console::err);
    Console json = Console.run((line + " --json").split(" ", -1));
    assertEquals(2, json.exitCode());
    JsonObject error = json.json().getObject("error");
    assertTrue(error.getString("code").startsWith("setting"), json::out);
    assertFalse(error.getString("message").isEmpty());
  }

  @Test
  void configExcludesTheSingleOptions() throws Exception {
    Path config =
        write(
            "dive.properties",
            "dive.hosts = example.com\ndive.rule.1.path = /**\ndive.rule.1.mode = off\n");
    for (List<String> more :
        List.of(
            List.of("--host", "example.org"),
            List.of("--key", "k1=x"),
            List.of("--drafts", "00"),
            List.of("--hash", "sha512"))) {
      Console console =
          Console.run("records", "--config", config.toString(), more.get(0), more.get(1));
      assertEquals(2, console.exitCode(), more::toString);
      assertTrue(console.err().contains("--config"), console::err);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "keygen",
        "records",
        "sign",
        "check",
        "verify",
        "download",
        "rotate",
        "revoke",
        "zonemd verify",
        "zonemd generate"
      })
  void help_speaksOfAConfigurationOnlyWhereThereIsOne(String command) {
    String help = Console.runWell((command + " --help").split(" ", -1)).out();
    assertTrue(help.contains("--config") || !help.contains("configuration"), help);
    assertEquals(
        help.contains("--config") && help.contains("--dns"), help.contains("dive.dns.*"), help);
  }

  @Test
  void help_listsTheExitCodesOnePerLine() {
    String help = Console.runWell("--help").out();
    for (int code = 0; code <= 3; code++) {
      String start = "  " + code + "  ";
      assertEquals(1, help.lines().filter(line -> line.startsWith(start)).count(), help);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "keygen", "records", "sign", "check", "verify", "download"})
  void help_saysWhatTheCommandIsForAndItsOptions(String command) {
    Console console =
        command.isEmpty() ? Console.runWell("--help") : Console.runWell(command, "--help");
    assertTrue(console.out().startsWith("Usage: dive " + command), console::out);
    assertTrue(console.out().contains("--help"), console::out);
    assertFalse(console.out().contains("${"), console::out);
    assertTrue(console.out().lines().allMatch(line -> line.length() <= 80), console::out);
  }

  @Test
  void version_namesTheRevisions() {
    for (Console console :
        List.of(Console.runWell("--version"), Console.runWell("verify", "--version"))) {
      assertTrue(console.out().startsWith("dive "), console::out);
      assertTrue(console.out().contains("draft-callec-dive-01"), console::out);
    }
  }

  @Test
  void withoutACommand_saysWhichThereAre() {
    Console console = Console.run();
    assertEquals(2, console.exitCode());
    assertTrue(console.err().contains("--help"), console::err);
  }
}
