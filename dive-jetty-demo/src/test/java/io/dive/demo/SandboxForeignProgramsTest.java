// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.demo.nameserver.ForeignProgram;
import io.dive.demo.nameserver.Unbound;
import io.dive.protocol.FieldNames;
import java.nio.file.Files;
import java.nio.file.Path;
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
    ForeignProgram delv = ForeignProgram.require("delv");
    try (Sandbox sandbox = start()) {
      Ready ready = Ready.parse(sandbox.readyLine());
      for (Map.Entry<String, Integer> question : QUESTIONS.entrySet()) {
        String output = delv(delv, ready, question.getKey());

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

  private String delv(ForeignProgram delv, Ready ready, String name) throws Exception {
    String[] dnskey = Files.readString(ready.trustAnchor()).strip().split("\\s+", 8);
    Path anchor =
        Files.writeString(
            directory.resolve("anchors.conf"),
            "trust-anchors { \"%s\" static-key %s %s %s \"%s\"; };\n"
                .formatted(dnskey[0], dnskey[4], dnskey[5], dnskey[6], dnskey[7]));
    return delv.run(
            directory,
            "@" + ready.dns().getAddress().getHostAddress(),
            "-p",
            Integer.toString(ready.dns().getPort()),
            "-a",
            anchor.toString(),
            "+root=" + APEX,
            name.equals("@") ? APEX.toString() : name + "." + APEX,
            "TXT")
        .output();
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
