// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.grack.nanojson.JsonObject;
import io.dive.sidecar.Sidecar;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** {@code sign}: a tree, the keys, and what cannot be signed. */
class SignCommandTest extends CommandSiteSuite {
  @Test
  void sign_signsATreeOnceAndSaysSo() throws Exception {
    Console first = site.sign(site.keyOption());
    assertEquals(new Console(0, "2 signed, 0 unchanged, 0 failed; 13 bytes hashed\n", ""), first);
    assertEquals(List.of("a.txt", "a.txt.dive", "sub"), CommandSite.namesIn(site.files));
    assertTrue(site.sign(site.keyOption()).out().startsWith("0 signed, 2 unchanged, 0 failed; "));
    assertTrue(site.sign(site.keyOption(), "--force").out().startsWith("2 signed, 0 unchanged"));
    site.write("a.txt", "third\n");
    JsonObject json = site.sign(site.keyOption(), "--json").json();
    assertEquals(1, json.getInt("signed"));
    assertEquals(1, json.getInt("unchanged"));
    assertTrue(json.getArray("failures").isEmpty());
  }

  @Test
  void sign_prunesOnRequestOnly() throws Exception {
    site.sign(site.keyOption());
    Files.delete(site.files.resolve("a.txt"));
    Console kept = site.sign(site.keyOption());
    assertEquals(0, kept.exitCode());
    assertTrue(kept.out().contains("orphan    " + site.files.resolve("a.txt.dive")), kept::out);
    assertTrue(Files.exists(site.files.resolve("a.txt.dive")));
    Console pruned = site.sign(site.keyOption(), "--prune");
    assertTrue(pruned.out().contains("deleted   " + site.files.resolve("a.txt.dive")), pruned::out);
    assertFalse(Files.exists(site.files.resolve("a.txt.dive")));
  }

  @Test
  void sign_failuresAreListedAndTheRestIsSigned() throws Exception {
    Path absent = site.directory.resolve("absent");
    Console console = site.sign(site.keyOption(), absent.toString());
    assertEquals(1, console.exitCode());
    assertTrue(
        console.out().contains("failed    " + absent + ": does not exist; check the path\n"),
        console::out);
    assertTrue(console.out().contains("2 signed, 0 unchanged, 1 failed"), console::out);
    JsonObject json = site.sign(site.keyOption(), absent.toString(), "--json").json();
    JsonObject failure = json.getArray("failures").getObject(0);
    assertEquals(absent.toString(), failure.getString("path"));
    assertFalse(failure.getString("reason").isEmpty());
  }

  @Test
  void sign_saysWhyItSkips() throws Exception {
    Path link = Files.createSymbolicLink(site.files.resolve("link"), site.directory);
    site.sign(site.keyOption());
    Path sidecar = site.files.resolve("a.txt.dive");
    Console console = site.sign(site.keyOption(), sidecar.toString());
    assertEquals(0, console.exitCode());
    assertTrue(
        console
            .out()
            .startsWith(
                "skipped   %s (a sidecar itself)\nskipped   %s (a link to a directory, to nothing, or out of what is signed)\n"
                    .formatted(sidecar, link)),
        console::out);
  }

  /** As in a container whose image sets no locale. */
  @Test
  void sign_namesOutsideAscii_whereTheLocaleHasNoneSuch_areFailuresAndTheRestIsSigned()
      throws Exception {
    assumeTrue("Linux".equals(System.getProperty("os.name")), "names are characters here");
    Path umlaut = Path.of(URI.create(site.files.toUri() + "%C3%A4"));
    Path its = Path.of(URI.create(site.files.toUri() + "%C3%A4.dive"));
    site.sign(site.keyOption());
    Files.writeString(umlaut, "third\n");
    Files.copy(site.files.resolve("a.txt.dive"), its);
    site.write("a.txt", "changed\n");
    Path out = site.directory.resolve("out.txt");
    ProcessBuilder command =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElse("java"),
                "-cp",
                System.getProperty("java.class.path"),
                DiveCommand.class.getName(),
                "sign",
                "--prune",
                site.keyOption(),
                site.files.toString())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile());
    command.environment().put("LC_ALL", "C");
    Process process = command.start();
    try {
      assertTrue(process.waitFor(2, TimeUnit.MINUTES));
    } finally {
      process.destroyForcibly();
    }
    String said = Files.readString(out, StandardCharsets.ISO_8859_1);
    assertTrue(said.contains("1 signed, 1 unchanged, 1 failed"), said);
    assertEquals(1, process.exitValue());
    assertTrue(Files.exists(its));
  }

  @Test
  void sign_takesKeysFromTheConfiguration() throws Exception {
    assertEquals(0, site.sign("--config", site.config().toString()).exitCode());
    assertEquals(0, site.sign("--config", site.config().toString()).exitCode());
    for (List<String> wrong :
        List.of(
            List.<String>of(),
            List.of(site.keyOption(), "--config", site.config().toString()),
            List.of(site.keyOption(), "--threads", "0"),
            List.of(site.keyOption(), "--threads", "x"),
            List.of(site.keyOption(), "--hash", "md5"))) {
      Console console = site.sign(wrong.toArray(String[]::new));
      assertEquals(2, console.exitCode(), wrong::toString);
      assertTrue(console.err().startsWith("dive: "), console::err);
    }
    Files.writeString(
        site.directory.resolve("dive.properties"),
        """
        dive.hosts = a.test
        dive.rule.1.path = /**
        dive.rule.1.mode = sidecar
        dive.rule.1.root = files
        """);
    Console console = site.sign("--config", site.directory.resolve("dive.properties").toString());
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
    Path config = site.directory.resolve("dive.properties");
    String rule =
        """
        dive.rule.1.path = /**
        dive.rule.1.mode = sidecar
        dive.rule.1.root = files
        """;
    Files.writeString(config, settings + rule);
    Console tooMany = site.sign("--config", config.toString());
    assertEquals(2, tooMany.exitCode(), tooMany::out);
    assertTrue(tooMany.err().contains("5 keys"), tooMany::err);
    Files.writeString(config, settings + rule + "dive.rule.1.hosts = h2.test, h4.test\n");
    assertEquals(0, site.sign("--config", config.toString()).exitCode());
    Sidecar sidecar = (Sidecar) Sidecar.parse(Files.readAllBytes(site.files.resolve("a.txt.dive")));
    assertEquals(
        List.of("k2", "k4"),
        sidecar.publicKeys().keySet().stream().map(k -> k.serialize()).toList());
  }

  @Test
  void sign_withABrokenKey_saysWhichFile_andNothingOfIt() throws Exception {
    String secret = Files.readAllLines(site.key).get(1);
    Files.writeString(site.key, Files.readString(site.key).replace("-----END", "!----END"));
    for (Console console :
        List.of(site.sign(site.keyOption()), site.sign(site.keyOption(), "--json"))) {
      assertEquals(1, console.exitCode());
      String all = console.out() + console.err();
      assertTrue(all.contains(site.key.getFileName().toString()), all);
      assertFalse(all.contains(secret), all);
    }
  }
}
