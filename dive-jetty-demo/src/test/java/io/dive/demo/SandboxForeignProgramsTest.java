// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.cli.DiveCommand;
import io.dive.demo.nameserver.Delv;
import io.dive.demo.nameserver.ForeignProgram;
import io.dive.demo.nameserver.Unbound;
import io.dive.protocol.FieldNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** The running sandbox before programs that others wrote, given what its line "ready" names. */
@Tag("interop")
@Timeout(120)
class SandboxForeignProgramsTest {
  private static final Name APEX = Name.fromConstantString("sandbox.dive.test.");
  private static final Map<String, Integer> QUESTIONS =
      new TreeMap<>(
          Map.of(
              "@", Rcode.NOERROR, // no TXT there
              "_dive", Rcode.NOERROR,
              "_divekey", Rcode.NOERROR, // no TXT there
              "sandbox1._divekey", Rcode.NOERROR,
              "sandbox2._divekey", Rcode.NXDOMAIN,
              "_dive.deeper.host", Rcode.NXDOMAIN));
  private static final List<String> WITH_TXT = List.of("_dive", "sandbox1._divekey");

  @TempDir private Path directory = Path.of("");

  @Test
  void unbound_withTheTrustAnchorFile_authenticatesEveryAnswer() throws Exception {
    ForeignProgram.require("unbound");
    try (Sandbox sandbox = start()) {
      Ready ready = Ready.parse(sandbox.readyLine());
      try (Unbound unbound = Unbound.start(directory, ready.trustAnchor(), APEX, ready.dns())) {
        for (Map.Entry<String, Integer> question : QUESTIONS.entrySet()) {
          Message response = unbound.ask(question.getKey(), Type.TXT);

          assertEquals(question.getValue(), response.getRcode(), response.toString());
          assertTrue(response.getHeader().getFlag(Flags.AD), response.toString());
          assertEquals(
              WITH_TXT.contains(question.getKey()),
              response.toString().contains("dive-draft-01") || response.toString().contains("key="),
              response.toString());
        }
      }
    }
  }

  @Test
  void delv_withTheTrustAnchor_validatesEveryAnswer() throws Exception {
    try (Sandbox sandbox = start()) {
      Ready ready = Ready.parse(sandbox.readyLine());
      Delv delv = delv(ready);
      for (Map.Entry<String, Integer> question : QUESTIONS.entrySet()) {
        String output = delv.ask(question.getKey(), Type.TXT);

        assertTrue(output.contains("fully validated"), output);
        assertFalse(output.contains("unsigned"), output);
        if (!WITH_TXT.contains(question.getKey())) {
          boolean name = question.getValue() == Rcode.NOERROR;
          String reason = name ? "ncache nxrrset" : "ncache nxdomain";
          assertTrue(output.contains("resolution failed: " + reason), output);
        }
      }
    }
  }

  private Delv delv(Ready ready) throws Exception {
    return new Delv(directory, Files.readString(ready.trustAnchor()), APEX, ready.dns());
  }

  /** The zone as a secondary gets it, before and after an update, and with a record less. */
  @Test
  void ldnsAndBind_transferredZone_verifiedUnlessDamaged() throws Exception {
    try (Sandbox sandbox = start()) {
      Ready ready = Ready.parse(sandbox.readyLine());
      assertVerified(ready, transfer(ready));

      nsupdate(
          ready,
          "update add new." + APEX + " 60 TXT here",
          "update add deep.er." + APEX + " 60 A 127.0.0.9");

      List<String> zone = transfer(ready);
      assertVerified(ready, zone);
      assertTrue(zone.stream().anyMatch(line -> line.startsWith("new." + APEX)), zone.toString());
      List<String> damaged =
          zone.stream().filter(line -> !line.matches("ns\\..*\\sIN\\s+A\\s.*")).toList();
      assertEquals(zone.size() - 1, damaged.size());
      assertNotEquals(0, ldnsVerifyZone(ready, damaged).exitCode());
    }
  }

  /** Our own command, over the transfer itself. */
  @Test
  void zonemdVerify_transferFromTheSandbox_verified() throws Exception {
    try (Sandbox sandbox = start()) {
      Ready ready = Ready.parse(sandbox.readyLine());
      String server = DataDirectory.text(ready.dns());
      List<String> plain = List.of("--axfr", server, "--zone", ready.host());
      List<String> signed = new ArrayList<>(plain);
      signed.addAll(List.of("--tsig", directory.resolve("data/update.key").toString()));
      for (List<String> source : List.of(plain, signed)) {
        List<String> arguments = new ArrayList<>(List.of("zonemd", "verify"));
        arguments.addAll(source);
        arguments.addAll(List.of("--trust-anchor", ready.trustAnchor().toString()));
        try (SandboxProcess command =
            SandboxProcess.start(directory, DiveCommand.class, arguments)) {
          List<String> printed = command.rest();

          assertEquals(0, command.process().exitValue(), printed + " " + command.errors());
          assertTrue(printed.toString().contains("verified"), printed.toString());
        }
      }
    }
  }

  @Test
  void nsupdate_withTheKeyFile_answersForNewNamesValidated() throws Exception {
    try (Sandbox sandbox = start()) {
      Ready ready = Ready.parse(sandbox.readyLine());
      Delv delv = delv(ready);
      assertTrue(delv.ask("new", Type.TXT).contains("ncache nxdomain"));

      nsupdate(ready, "update add new." + APEX + " 60 TXT dive-draft-01");

      String after = delv.ask("new", Type.TXT);
      assertTrue(after.contains("; fully validated"), after);
      assertTrue(after.contains("dive-draft-01"), after);
      try (Unbound unbound = Unbound.start(directory, ready.trustAnchor(), APEX, ready.dns())) {
        Message response = unbound.ask("new", Type.TXT);
        assertTrue(response.getHeader().getFlag(Flags.AD), response.toString());
        assertEquals(2, response.getSection(Section.ANSWER).size(), response.toString());
        Message digest = unbound.ask("@", Type.ZONEMD);
        assertTrue(digest.getHeader().getFlag(Flags.AD), digest.toString());
        assertEquals(2, digest.getSection(Section.ANSWER).size(), digest.toString());
      }
    }
  }

  private void nsupdate(Ready ready, String... changes) throws Exception {
    ForeignProgram nsupdate = ForeignProgram.require("nsupdate");
    Path script =
        Files.writeString(
            directory.resolve("update.txt"),
            "server 127.0.0.1 %d%nzone %s%n%s%nsend%n"
                .formatted(ready.dns().getPort(), APEX, String.join("\n", changes)));
    ForeignProgram.Result result =
        nsupdate.run(
            directory, "-k", directory.resolve("data/update.key").toString(), script.toString());
    assertEquals(0, result.exitCode(), result.output());
  }

  private List<String> transfer(Ready ready) throws Exception {
    ForeignProgram dig = ForeignProgram.require("dig");
    ForeignProgram.Result result =
        dig.run(
            directory,
            "@127.0.0.1",
            "-p",
            Integer.toString(ready.dns().getPort()),
            "+onesoa",
            "+noall",
            "+answer",
            "AXFR",
            APEX.toString());
    List<String> lines =
        result.output().lines().filter(line -> !line.isBlank() && line.charAt(0) != ';').toList();
    assertTrue(lines.size() > 10, result.output());
    return lines;
  }

  private void assertVerified(Ready ready, List<String> zone) throws Exception {
    ForeignProgram.Result ldns = ldnsVerifyZone(ready, zone);
    assertEquals(0, ldns.exitCode(), ldns.output());
    ForeignProgram bind = ForeignProgram.require("dnssec-verify");
    ForeignProgram.Result result =
        bind.run(directory, "-x", "-o", APEX.toString(), zoneFile(zone).toString());
    assertEquals(0, result.exitCode(), result.output());
  }

  private ForeignProgram.Result ldnsVerifyZone(Ready ready, List<String> zone) throws Exception {
    return ForeignProgram.require("ldns-verify-zone")
        .run(directory, "-ZZ", "-k", ready.trustAnchor().toString(), zoneFile(zone).toString());
  }

  private Path zoneFile(List<String> lines) throws Exception {
    return Files.write(Files.createTempFile(directory, "zone", ".txt"), lines);
  }

  @Test
  void curl_http2WithPriorKnowledge_sameFieldsAsHttp11() throws Exception {
    ForeignProgram curl = ForeignProgram.require("curl");
    try (Sandbox sandbox = start()) {
      Ready ready = Ready.parse(sandbox.readyLine());
      for (String path : List.of("/downloads/valid.txt", "/generated/100000")) {
        String http11 = head(curl, ready, "--http1.1", path);
        String http2 = head(curl, ready, "--http2-prior-knowledge", path);

        assertTrue(http11.startsWith("HTTP/1.1 200"), http11);
        assertTrue(http2.startsWith("HTTP/2 200"), http2);
        assertEquals(4, signed(http11).size(), http11);
        assertEquals(signed(http11), signed(http2));
      }
    }
  }

  private String head(ForeignProgram curl, Ready ready, String version, String path)
      throws Exception {
    return curl.run(
            directory,
            version,
            "-sS",
            "--noproxy",
            "*",
            "-D",
            "-",
            "-o",
            directory.resolve("body").toString(),
            "--connect-to",
            "::127.0.0.1:" + ready.port(),
            ready.url(path).toString())
        .output();
  }

  private static Map<String, String> signed(String head) {
    Map<String, String> signed = new TreeMap<>();
    List<String> names =
        FieldNames.SIGNED_RESPONSE.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
    for (String line : head.lines().toList()) {
      int colon = line.indexOf(':');
      String name = colon < 0 ? "" : line.substring(0, colon).toLowerCase(Locale.ROOT);
      if (names.contains(name)) {
        signed.put(name, line.substring(colon + 1).strip());
      }
    }
    return signed;
  }

  private Sandbox start() throws Exception {
    return Sandbox.start(Ready.options(directory.resolve("data")));
  }
}
