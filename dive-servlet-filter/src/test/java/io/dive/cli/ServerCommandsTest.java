// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonObject;
import com.sun.net.httpserver.HttpServer;
import io.dive.dns.SignedZone;
import io.dive.sidecar.Sidecar;
import io.dive.zonemd.ZoneFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code sign}, {@code check}, {@code verify} and {@code download} from a key file to a verified
 * download: DNSSEC is real, the files and their sidecars are on disk, HTTP goes over a socket.
 */
@Timeout(300)
class ServerCommandsTest {
  private static final String HOST = "www.site.test";
  private static final String KEY_NAME = "k1._divekey." + HOST;

  private final Path directory;
  private final Path files;
  private final Path key;
  private SignedZone zone;
  private HttpServer web;
  private Path anchor;

  ServerCommandsTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    this.files = Files.createDirectory(directory.resolve("files"));
    this.key = directory.resolve("key.pem");
  }

  @BeforeEach
  void startServers() throws Exception {
    zone = SignedZone.serve("site.test");
    anchor = zone.writeAnchor(directory.resolve("anchor.txt"));
    write("a.txt", "first\n");
    Files.createDirectory(files.resolve("sub"));
    write("sub/b.txt", "second\n");
    Console.runWell("keygen", "--out", key.toString(), "--id", "k1");
    web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.createContext(
        "/",
        exchange -> {
          try (exchange) {
            Path file = files.resolve(exchange.getRequestURI().getPath().substring(1));
            if (!Files.exists(file)) {
              exchange.sendResponseHeaders(404, -1);
              return;
            }
            if (Files.exists(Sidecar.pathFor(file))
                && Sidecar.parse(Files.readAllBytes(Sidecar.pathFor(file)))
                    instanceof Sidecar sidecar) {
              sidecar
                  .body()
                  .fields(java.util.EnumSet.allOf(io.dive.protocol.ProtocolVersion.class))
                  .forEach(f -> exchange.getResponseHeaders().add(f.name(), f.value()));
            }
            byte[] body = Files.readAllBytes(file);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    web.start();
  }

  @AfterEach
  void stopServers() {
    zone.close();
    web.stop(0);
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(files.resolve(name), text);
  }

  private String keyOption() {
    return "--key=k1=" + key;
  }

  private Console sign(String... more) {
    List<String> arguments = new ArrayList<>(List.of("sign", files.toString()));
    arguments.addAll(List.of(more));
    return Console.run(arguments.toArray(String[]::new));
  }

  private void publish() throws IOException {
    Console records = Console.runWell("records", "--host", HOST, keyOption());
    for (String line : records.out().lines().toList()) {
      zone.add(line);
    }
  }

  private Path config() throws IOException {
    return Files.writeString(
        directory.resolve("dive.properties"),
        """
        dive.hosts = %s
        dive.key.1.id = k1
        dive.key.1.file = key.pem
        dive.rule.1.path = /**
        dive.rule.1.mode = sidecar, stream
        dive.rule.1.root = files
        dive.dns.resolver = %s
        dive.dns.trust-anchor = anchor.txt
        dive.check.timeout = 60s
        """
            .formatted(HOST, zone.addressText()));
  }

  private String[] fetching(String command, String path, String... more) {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(List.of("--dns", zone.addressText(), "--trust-anchor", anchor.toString()));
    arguments.addAll(List.of("--timeout", "60"));
    arguments.addAll(List.of("--connect", "127.0.0.1:" + web.getAddress().getPort()));
    arguments.addAll(List.of(more));
    arguments.add("http://" + HOST + path);
    return arguments.toArray(String[]::new);
  }

  private Console fetch(String command, String path, String... more) {
    return Console.run(fetching(command, path, more));
  }

  private Path target() {
    return directory.resolve("target");
  }

  private List<String> namesIn(Path of) throws IOException {
    try (Stream<Path> list = Files.list(of)) {
      return list.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void sign_signsATreeOnceAndSaysSo() throws Exception {
    Console first = sign(keyOption());
    assertEquals(new Console(0, "2 signed, 0 unchanged, 0 failed; 13 bytes hashed\n", ""), first);
    assertEquals(List.of("a.txt", "a.txt.dive", "sub"), namesIn(files));
    assertTrue(sign(keyOption()).out().startsWith("0 signed, 2 unchanged, 0 failed; "));
    assertTrue(sign(keyOption(), "--force").out().startsWith("2 signed, 0 unchanged"));
    write("a.txt", "third\n");
    JsonObject json = sign(keyOption(), "--json").json();
    assertEquals(1, json.getInt("signed"));
    assertEquals(1, json.getInt("unchanged"));
    assertTrue(json.getArray("failures").isEmpty());
  }

  @Test
  void sign_prunesOnRequestOnly() throws Exception {
    sign(keyOption());
    Files.delete(files.resolve("a.txt"));
    Console kept = sign(keyOption());
    assertEquals(0, kept.exitCode());
    assertTrue(kept.out().contains("orphan    " + files.resolve("a.txt.dive")), kept::out);
    assertTrue(Files.exists(files.resolve("a.txt.dive")));
    Console pruned = sign(keyOption(), "--prune");
    assertTrue(pruned.out().contains("deleted   " + files.resolve("a.txt.dive")), pruned::out);
    assertFalse(Files.exists(files.resolve("a.txt.dive")));
  }

  @Test
  void sign_failuresAreListedAndTheRestIsSigned() throws Exception {
    Path absent = directory.resolve("absent");
    Console console = sign(keyOption(), absent.toString());
    assertEquals(1, console.exitCode());
    assertTrue(console.out().contains("failed    " + absent + ": "), console::out);
    assertTrue(console.out().contains("2 signed, 0 unchanged, 1 failed"), console::out);
    JsonObject json = sign(keyOption(), absent.toString(), "--json").json();
    JsonObject failure = json.getArray("failures").getObject(0);
    assertEquals(absent.toString(), failure.getString("path"));
    assertFalse(failure.getString("reason").isEmpty());
  }

  @Test
  void sign_takesKeysFromTheConfiguration() throws Exception {
    assertEquals(0, sign("--config", config().toString()).exitCode());
    assertEquals(0, sign("--config", config().toString()).exitCode());
    for (List<String> wrong :
        List.of(
            List.<String>of(),
            List.of(keyOption(), "--config", config().toString()),
            List.of(keyOption(), "--threads", "0"),
            List.of(keyOption(), "--threads", "x"),
            List.of(keyOption(), "--hash", "md5"))) {
      Console console = sign(wrong.toArray(String[]::new));
      assertEquals(2, console.exitCode(), wrong::toString);
      assertTrue(console.err().startsWith("dive: "), console::err);
    }
    Files.writeString(
        directory.resolve("dive.properties"),
        """
        dive.hosts = a.test
        dive.rule.1.path = /**
        dive.rule.1.mode = sidecar
        dive.rule.1.root = files
        """);
    Console console = sign("--config", directory.resolve("dive.properties").toString());
    assertEquals(2, console.exitCode());
    assertTrue(console.err().contains("names no key"), console::err);
  }

  @Test
  void sign_takesTheKeysOfTheHostsThatTheFilesAreServedFor() throws Exception {
    StringBuilder settings = new StringBuilder("dive.hosts = h1.test");
    for (int i = 2; i <= 5; i++) {
      settings.append(", h%d.test".formatted(i));
    }
    for (int i = 1; i <= 5; i++) {
      settings.append(
          """

          dive.key.%1$d.id = k%1$d
          dive.key.%1$d.file = key.pem
          dive.key.%1$d.hosts = h%1$d.test
          """
              .formatted(i));
    }
    Path config = directory.resolve("dive.properties");
    String rule =
        """
        dive.rule.1.path = /**
        dive.rule.1.mode = sidecar
        dive.rule.1.root = files
        """;
    Files.writeString(config, settings + rule);
    Console tooMany = sign("--config", config.toString());
    assertEquals(2, tooMany.exitCode(), tooMany::out);
    assertTrue(tooMany.err().contains("5 keys"), tooMany::err);
    Files.writeString(config, settings + rule + "dive.rule.1.hosts = h2.test, h4.test\n");
    assertEquals(0, sign("--config", config.toString()).exitCode());
    Sidecar sidecar = (Sidecar) Sidecar.parse(Files.readAllBytes(files.resolve("a.txt.dive")));
    assertEquals(
        List.of("k2", "k4"),
        sidecar.publicKeys().keySet().stream().map(k -> k.serialize()).toList());
  }

  @Test
  void sign_withABrokenKey_saysWhichFile_andNothingOfIt() throws Exception {
    String secret = Files.readAllLines(key).get(1);
    Files.writeString(key, Files.readString(key).replace("-----END", "!----END"));
    for (Console console : List.of(sign(keyOption()), sign(keyOption(), "--json"))) {
      assertEquals(1, console.exitCode());
      String all = console.out() + console.err();
      assertTrue(all.contains(key.getFileName().toString()), all);
      assertFalse(all.contains(secret), all);
    }
  }

  @Test
  void check_passesWhereTheRecordsArePublished() throws Exception {
    publish();
    Console console = Console.runWell("check", "--config", config().toString());
    assertEquals(
        """
        OK       policy-ok  _dive.www.site.test: secure, dive-draft-01, scopes [strict], TTL 300 s, signature ends in 29 days
        OK       key-ok     k1._divekey.www.site.test: secure, ed25519, the key that signs, TTL 300 s, signature ends in 29 days
        passed: a DIVE client finds what it needs
        """,
        console.out());
    Console single =
        Console.runWell(
            "check",
            "--host",
            HOST,
            keyOption(),
            "--dns",
            zone.addressText(),
            "--trust-anchor",
            anchor.toString(),
            "--timeout",
            "60",
            "--json");
    assertTrue(single.json().getBoolean("passed"));
    assertEquals("key-ok", single.json().getArray("findings").getObject(1).getString("code"));
  }

  @Test
  void check_failsWithTheLinesToPublish() throws Exception {
    publish();
    zone.remove(KEY_NAME);
    Console console = Console.run("check", "--config", config().toString());
    assertEquals(1, console.exitCode());
    assertEquals("", console.err());
    String line =
        Console.runWell("records", "--host", HOST, keyOption())
            .out()
            .lines()
            .filter(l -> l.startsWith(KEY_NAME))
            .findFirst()
            .orElseThrow();
    assertTrue(console.out().contains("ERROR    key-missing"), console::out);
    assertTrue(console.out().contains("\n         " + line + "\n"), console::out);
    assertTrue(console.out().endsWith("would refuse downloads or not verify them\n"));
    JsonObject json = Console.run("check", "--config", config().toString(), "--json").json();
    assertFalse(json.getBoolean("passed"));
    assertTrue(json.getArray("findings").getObject(1).getString("remedy").contains(line));
  }

  @Test
  void check_verifiesTheZoneFromTheTrustAnchorOfTheCommandLine() throws Exception {
    publish();
    Path config = config();
    Files.writeString(
        config,
        Files.readString(config)
            + "dive.zone.name = example\ndive.zone.file = "
            + ZoneFiles.vector("A.1.Simple-EXAMPLE-Zone"));
    Console unanchored = Console.run("check", "--config", config.toString());
    assertEquals(0, unanchored.exitCode(), unanchored::out);
    assertTrue(unanchored.out().contains("WARNING  zone-not-anchored"), unanchored::out);
    Path anchors =
        Files.writeString(
            directory.resolve("more.txt"),
            Files.readString(anchor) + "example. IN DS 12 15 2 " + "ab".repeat(32) + "\n");
    Console anchored =
        Console.run("check", "--config", config.toString(), "--trust-anchor", anchors.toString());
    assertEquals(1, anchored.exitCode(), anchored::out);
    assertTrue(anchored.out().contains("ERROR    zone-signature-invalid"), anchored::out);
  }

  @Test
  void check_eachDnsOptionReplacesOnlyItsOwnSetting() throws Exception {
    publish();
    Path config = config();
    Console authorities =
        Console.run("check", "--config", config.toString(), "--dns-ca", anchor.toString());
    assertEquals(2, authorities.exitCode(), authorities::out);
    assertTrue(authorities.err().contains("--dns-ca"), authorities::err);
    Files.writeString(config, Files.readString(config) + "dive.dns.tls-ca = anchor.txt\n");
    Console resolver =
        Console.run("check", "--config", config.toString(), "--dns", zone.addressText());
    assertEquals(2, resolver.exitCode(), resolver::out);
    assertTrue(resolver.err().contains("dive.dns.tls-ca"), resolver::err);
  }

  @Test
  void check_optionsWinOverTheConfiguration() throws Exception {
    publish();
    Path config = config();
    Files.writeString(
        config,
        Files.readString(config)
            .replaceFirst("dive.dns.resolver = .*", "dive.dns.resolver = 127.0.0.1:1"));
    assertEquals(
        0,
        Console.run("check", "--config", config.toString(), "--dns", zone.addressText()).exitCode(),
        "the trust anchor is still the configuration's");
    Console down = Console.run("check", "--config", config.toString(), "--timeout", "2");
    assertEquals(1, down.exitCode());
    assertTrue(down.out().contains("ERROR    dns-server-failure"), down::out);
    assertTrue(down.out().contains("127.0.0.1 port 1"), down::out);
  }

  @Test
  void check_asksTheListedAuthorities() throws Exception {
    publish();
    String list = zone.addressText();
    Console console =
        Console.runWell("check", "--config", config().toString(), "--authorities", list);
    assertTrue(
        console
            .out()
            .contains(
                "OK       authorities-ok  site.test: the same zone, serial 1 and the same records"
                    + " at "
                    + list
                    + "\n"),
        console::out);
    Console off = Console.runWell("check", "--config", config().toString(), "--authorities", "off");
    assertFalse(off.out().contains("authorit"), off::out);
  }

  @Test
  void check_optionsOfTheResolver_thatMakeNoSense_areRefused() throws Exception {
    publish();
    String config = config().toString();
    for (String[] options :
        new String[][] {
          {"--authorities", "ns1.example"},
          {"--trust-ad"},
          {"--dns", "tls://", "--dns-ca", key.toString()}
        }) {
      List<String> command = new ArrayList<>(List.of("check", "--config", config));
      command.addAll(List.of(options));
      Console console = Console.run(command.toArray(String[]::new));
      assertTrue(console.exitCode() > 0, console::out);
      assertEquals("", console.out());
      assertTrue(console.err().contains(options[options.length > 2 ? 2 : 0]), console::err);
    }
  }

  @Test
  void check_bogusDns_isAFindingAndNothingElse() throws Exception {
    publish();
    zone.spoil("_dive." + HOST);
    Console console = Console.run("check", "--config", config().toString());
    assertEquals(1, console.exitCode());
    assertTrue(console.out().contains("ERROR    dns-signature-expired"), console::out);
    assertEquals("", console.err());
  }

  @Test
  void verify_acceptsWhatIsSigned() throws Exception {
    publish();
    sign(keyOption());
    Console console = fetch("verify", "/a.txt");
    assertEquals(
        new Console(
            0,
            "accepted: http://www.site.test/a.txt (6 bytes, key k1, sha256, dive-draft-01)\n",
            ""),
        console);
    JsonObject json = fetch("verify", "/sub/b.txt", "--json").json();
    assertTrue(json.getBoolean("verified"));
    assertEquals("accepted", json.getString("verdict"));
    assertEquals(200, json.getInt("status"));
    assertEquals(7, json.getInt("bytes"));
  }

  @Test
  void download_writesWhatIsVerified() throws Exception {
    publish();
    sign(keyOption());
    Console console = fetch("download", "/a.txt", "-o", target().toString());
    assertEquals(0, console.exitCode(), console::toString);
    assertTrue(console.out().endsWith("\nwritten to " + target() + "\n"), console::out);
    assertArrayEquals("first\n".getBytes(StandardCharsets.US_ASCII), Files.readAllBytes(target()));
  }

  @Test
  void changedFile_isRefusedAndNotWritten() throws Exception {
    publish();
    sign(keyOption());
    write("a.txt", "fir5t\n");
    Console verified = fetch("verify", "/a.txt");
    assertEquals(1, verified.exitCode());
    assertTrue(
        verified
            .out()
            .startsWith(
                "refused: http://www.site.test/a.txt: signature-mismatch (digest-mismatch): key"
                    + " k1: the body is not the one that was signed"),
        verified::out);
    List<String> before = namesIn(directory);
    Console downloaded = fetch("download", "/a.txt", "-o", target().toString());
    assertEquals(1, downloaded.exitCode());
    assertTrue(downloaded.out().endsWith("\nnothing was written\n"), downloaded::out);
    JsonObject json = fetch("download", "/a.txt", "-o", target().toString(), "--json").json();
    assertFalse(json.getBoolean("written"));
    assertEquals("rejected", json.getString("verdict"));
    assertEquals("digest-mismatch", json.getString("detail"));
    assertEquals(before, namesIn(directory));
  }

  @Test
  void changedFile_ofTheOlderRevision_isRefusedInWords() throws Exception {
    publish();
    sign(keyOption());
    zone.put("_dive." + HOST, "v=\"dive-draft-00\", scopes=(\"strict\")");
    assertEquals(0, fetch("verify", "/a.txt").exitCode());
    write("a.txt", "fir5t\n");
    Console console = fetch("verify", "/a.txt");
    assertEquals(1, console.exitCode());
    assertTrue(console.out().contains("the body is not the one that was signed"), console::out);
  }

  @Test
  void notCovered_isWrittenOnRequestOnly() throws Exception {
    Console refused = fetch("download", "/a.txt", "-o", target().toString());
    assertEquals(1, refused.exitCode());
    assertTrue(refused.out().startsWith("not verified: "), refused::out);
    assertFalse(Files.exists(target()));
    Console allowed = fetch("download", "/a.txt", "--allow-not-covered", "-o", target().toString());
    assertEquals(0, allowed.exitCode(), allowed::toString);
    assertTrue(Files.exists(target()));
  }

  @Test
  void unsignedAndAbsentFiles_areNotAccepted() throws Exception {
    publish();
    Console unsigned = fetch("verify", "/a.txt");
    assertEquals(1, unsigned.exitCode());
    assertTrue(unsigned.out().contains("missing-headers"), unsigned::out);
    Console absent = fetch("verify", "/absent");
    assertEquals(1, absent.exitCode());
    assertTrue(absent.out().contains("404"), absent::out);
  }

  @Test
  void dnsThatIsDown_leavesItUndecided() throws Exception {
    sign(keyOption());
    zone.close();
    for (String command : List.of("verify", "download")) {
      String[] arguments =
          command.equals("verify")
              ? fetching(command, "/a.txt")
              : fetching(command, "/a.txt", "-o", target().toString());
      arguments[Arrays.asList(arguments).indexOf("--timeout") + 1] = "1";
      Console console = Console.run(arguments);
      assertEquals(1, console.exitCode());
      assertTrue(console.out().startsWith("undecided: "), console::out);
      assertTrue(
          console.out().contains("127.0.0.1 port " + zone.address().getPort()), console::out);
      assertFalse(Files.exists(target()));
    }
  }

  @Test
  void webServerThatIsDown_isOneSentence() throws Exception {
    publish();
    web.stop(0);
    Console console = fetch("verify", "/a.txt");
    assertEquals(1, console.exitCode());
    assertTrue(console.err().startsWith("dive: http://www.site.test/a.txt: no response"));
    assertEquals(
        "connect-failed",
        fetch("verify", "/a.txt", "--json").json().getObject("error").getString("code"));
  }

  @Test
  void targetThatCannotBeWritten_isOneSentence() throws Exception {
    publish();
    Path nowhere = directory.resolve("absent/target");
    Console console = fetch("download", "/a.txt", "-o", nowhere.toString());
    assertEquals(1, console.exitCode());
    assertTrue(console.err().startsWith("dive: " + directory.resolve("absent")), console::err);
    assertTrue(console.err().endsWith("no such file or directory\n"), console::err);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "verify",
        "verify ::",
        "verify www.site.test/a.txt",
        "verify ftp://www.site.test/a.txt",
        "verify file:///etc/hostname",
        "verify http:///a.txt",
        "verify --connect 127.0.0.1:80 https://www.site.test/",
        "verify --connect 127.0.0.1 http://www.site.test/",
        "verify --connect 127.0.0.1:0 http://www.site.test/",
        "verify --dns localhost http://www.site.test/",
        "verify --trust-anchor absent.txt http://www.site.test/",
        "verify --timeout 0 http://www.site.test/",
        "verify --timeout soon http://www.site.test/",
        "download http://www.site.test/",
        "check",
        "check --config absent.properties"
      })
  void wrongArguments_areUsageErrors(String line) throws Exception {
    Console console = Console.run(line.split(" ", -1));
    assertEquals(2, console.exitCode(), console::toString);
    assertEquals("", console.out());
    assertTrue(console.err().startsWith("dive: "), console::err);
    assertFalse(
        Console.run((line + " --json").split(" ", -1))
            .json()
            .getObject("error")
            .getString("message")
            .isEmpty());
  }

  /** A process with the logging of the command line's jar. */
  @Test
  void logOfTheLibraries_doesNotDisturb() throws Exception {
    publish();
    sign(keyOption());
    zone.spoil("_dive." + HOST);
    List<String> command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-cp",
                Path.of("src/cli")
                    + java.io.File.pathSeparator
                    + System.getProperty("java.class.path"),
                DiveCommand.class.getName()));
    command.addAll(List.of(fetching("verify", "/a.txt")));
    Path err = directory.resolve("err.txt");
    Path out = directory.resolve("out.txt");
    Process process =
        new ProcessBuilder(command)
            .redirectError(err.toFile())
            .redirectOutput(out.toFile())
            .start();
    try {
      assertTrue(process.waitFor(2, TimeUnit.MINUTES));
    } finally {
      process.destroyForcibly();
    }
    assertEquals("", Files.readString(err));
    assertTrue(Files.readString(out).startsWith("undecided: "));
    assertEquals(1, process.exitValue());
  }
}
