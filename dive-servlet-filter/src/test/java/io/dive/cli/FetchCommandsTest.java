// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** {@code verify} and {@code download} of what was signed and published. */
class FetchCommandsTest extends CommandSiteSuite {
  @Test
  void verify_acceptsWhatIsSigned() throws Exception {
    site.publish();
    site.sign(site.keyOption());
    Console console = site.fetch("verify", "/a.txt");
    assertEquals(
        new Console(
            0,
            "accepted: http://www.site.test/a.txt (6 bytes, key k1, sha256, dive-draft-01)\n",
            ""),
        console);
    JsonObject json = site.fetch("verify", "/sub/b.txt", "--json").json();
    assertTrue(json.getBoolean("verified"));
    assertEquals("accepted", json.getString("verdict"));
    assertEquals(200, json.getInt("status"));
    assertEquals(7, json.getInt("bytes"));
  }

  @Test
  void download_writesWhatIsVerified() throws Exception {
    site.publish();
    site.sign(site.keyOption());
    Console console = site.fetch("download", "/a.txt", "-o", site.target().toString());
    assertEquals(0, console.exitCode(), console::toString);
    assertTrue(console.out().endsWith("\nwritten to " + site.target() + "\n"), console::out);
    assertArrayEquals(
        "first\n".getBytes(StandardCharsets.US_ASCII), Files.readAllBytes(site.target()));
  }

  @Test
  void changedFile_isRefusedAndNotWritten() throws Exception {
    site.publish();
    site.sign(site.keyOption());
    site.write("a.txt", "fir5t\n");
    Console verified = site.fetch("verify", "/a.txt");
    assertEquals(1, verified.exitCode());
    assertTrue(
        verified
            .out()
            .startsWith(
                "refused: http://www.site.test/a.txt: signature-mismatch (digest-mismatch): key"
                    + " k1: the body is not the one that was signed"),
        verified::out);
    List<String> before = CommandSite.namesIn(site.directory);
    Console downloaded = site.fetch("download", "/a.txt", "-o", site.target().toString());
    assertEquals(1, downloaded.exitCode());
    assertTrue(downloaded.out().endsWith("\nnothing was written\n"), downloaded::out);
    JsonObject json =
        site.fetch("download", "/a.txt", "-o", site.target().toString(), "--json").json();
    assertFalse(json.getBoolean("written"));
    assertEquals("rejected", json.getString("verdict"));
    assertEquals("digest-mismatch", json.getString("detail"));
    assertEquals(before, CommandSite.namesIn(site.directory));
  }

  @Test
  void changedFile_ofTheOlderRevision_isRefusedInWords() throws Exception {
    site.publish();
    site.sign(site.keyOption());
    site.zone.put("_dive." + CommandSite.HOST, "v=\"dive-draft-00\", scopes=(\"strict\")");
    assertEquals(0, site.fetch("verify", "/a.txt").exitCode());
    site.write("a.txt", "fir5t\n");
    Console console = site.fetch("verify", "/a.txt");
    assertEquals(1, console.exitCode());
    assertTrue(console.out().contains("the body is not the one that was signed"), console::out);
  }

  @Test
  void notCovered_isWrittenOnRequestOnly() throws Exception {
    Console refused = site.fetch("download", "/a.txt", "-o", site.target().toString());
    assertEquals(1, refused.exitCode());
    assertTrue(refused.out().startsWith("not verified: "), refused::out);
    assertFalse(Files.exists(site.target()));
    Console allowed =
        site.fetch("download", "/a.txt", "--allow-not-covered", "-o", site.target().toString());
    assertEquals(0, allowed.exitCode(), allowed::toString);
    assertTrue(Files.exists(site.target()));
  }

  @Test
  void unsignedAndAbsentFiles_areNotAccepted() throws Exception {
    site.publish();
    Console unsigned = site.fetch("verify", "/a.txt");
    assertEquals(1, unsigned.exitCode());
    assertTrue(unsigned.out().contains("missing-headers"), unsigned::out);
    Console absent = site.fetch("verify", "/absent");
    assertEquals(1, absent.exitCode());
    assertTrue(absent.out().contains("404"), absent::out);
  }

  @Test
  void dnsThatIsDown_leavesItUndecided() throws Exception {
    site.sign(site.keyOption());
    site.zone.close();
    for (String command : List.of("verify", "download")) {
      String[] arguments =
          command.equals("verify")
              ? site.fetching(command, "/a.txt")
              : site.fetching(command, "/a.txt", "-o", site.target().toString());
      arguments[Arrays.asList(arguments).indexOf("--timeout") + 1] = "1";
      Console console = Console.run(arguments);
      assertEquals(1, console.exitCode());
      assertTrue(console.out().startsWith("undecided: "), console::out);
      assertTrue(
          console.out().contains("127.0.0.1 port " + site.zone.address().getPort()), console::out);
      assertFalse(Files.exists(site.target()));
    }
  }

  @Test
  void webServerThatIsDown_isOneSentence() throws Exception {
    site.publish();
    site.web.stop(0);
    Console console = site.fetch("verify", "/a.txt");
    assertEquals(1, console.exitCode());
    assertEquals(
        "dive: http://www.site.test/a.txt: no response (nothing listens there, or a firewall"
            + " refuses)\n",
        console.err());
    assertEquals(
        "connect-failed",
        site.fetch("verify", "/a.txt", "--json").json().getObject("error").getString("code"));
  }

  @Test
  void targetThatCannotBeWritten_isOneSentence() throws Exception {
    site.publish();
    Path nowhere = site.directory.resolve("absent/target");
    Console console = site.fetch("download", "/a.txt", "-o", nowhere.toString());
    assertEquals(1, console.exitCode());
    assertEquals(
        "dive: "
            + nowhere
            + " cannot be written: its directory does not exist; create that first\n",
        console.err());
  }

  /** A process with the logging of the command line's jar. */
  @Test
  void logOfTheLibraries_doesNotDisturb() throws Exception {
    site.publish();
    site.sign(site.keyOption());
    site.zone.spoil("_dive." + CommandSite.HOST);
    List<String> command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-cp",
                Path.of("src/cli")
                    + java.io.File.pathSeparator
                    + System.getProperty("java.class.path"),
                DiveCommand.class.getName()));
    command.addAll(List.of(site.fetching("verify", "/a.txt")));
    Path err = site.directory.resolve("err.txt");
    Path out = site.directory.resolve("out.txt");
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
