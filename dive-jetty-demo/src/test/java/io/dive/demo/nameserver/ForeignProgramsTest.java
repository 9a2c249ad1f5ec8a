// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** The zone and the server before validators and tools that others wrote. */
@Tag("interop")
@Timeout(120)
class ForeignProgramsTest {

  private record Question(String name, int type, int rcode) {}

  private static final List<Question> POSITIVE =
      List.of(
          new Question("_dive", Type.TXT, Rcode.NOERROR),
          new Question("key1._divekey", Type.TXT, Rcode.NOERROR),
          new Question("mixed.case", Type.TXT, Rcode.NOERROR),
          new Question("big", Type.TXT, Rcode.NOERROR),
          new Question("@", Type.DNSKEY, Rcode.NOERROR),
          new Question("@", Type.AAAA, Rcode.NOERROR),
          new Question("alias2", Type.A, Rcode.NOERROR));

  private static final List<Question> NEGATIVE =
      List.of(
          new Question("_dive", Type.A, Rcode.NOERROR),
          new Question("@", Type.TXT, Rcode.NOERROR),
          new Question("_divekey", Type.TXT, Rcode.NOERROR),
          new Question("b.c.deep", Type.TXT, Rcode.NOERROR),
          new Question("alias", Type.TXT, Rcode.NOERROR),
          new Question("zzz", Type.TXT, Rcode.NXDOMAIN),
          new Question("key2._divekey", Type.TXT, Rcode.NXDOMAIN),
          new Question("x.y.z.www", Type.TXT, Rcode.NXDOMAIN),
          new Question("u.v.w.c.deep", Type.TXT, Rcode.NXDOMAIN),
          new Question("_dive.no.such", Type.TXT, Rcode.NXDOMAIN));

  private final Path directory;

  ForeignProgramsTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void unbound_everyKindOfAnswer_authenticated() throws Exception {
    try (NameServer server = Zones.serve(Zones.signed());
        Unbound unbound = unbound(server)) {
      List<Question> questions = new ArrayList<>(POSITIVE);
      questions.addAll(NEGATIVE);
      for (Question question : questions) {
        Message response = unbound.ask(question.name(), question.type());
        assertEquals(question.rcode(), response.getRcode(), response.toString());
        assertTrue(response.getHeader().getFlag(Flags.AD), response.toString());
      }
    }
  }

  @Test
  void unbound_expiredSignatures_serverFailure() throws Exception {
    SignedZone stale = SignedZone.sign(Zones.KEYS, Zones.SERIAL, Zones.records(), Zones.expired());
    try (NameServer server = Zones.serve(stale);
        Unbound unbound = unbound(server)) {
      assertEquals(Rcode.SERVFAIL, unbound.ask("_dive", Type.TXT).getRcode());
    }
  }

  private Unbound unbound(NameServer server) throws IOException, InterruptedException {
    Path anchor = Files.writeString(directory.resolve("anchor"), Zones.KEYS.trustAnchorDs() + "\n");
    return Unbound.start(directory, anchor, Zones.APEX, server.address());
  }

  private Delv delv(NameServer server) throws IOException {
    return new Delv(directory, Zones.KEYS.trustAnchorDnskey(), Zones.APEX, server.address());
  }

  @Test
  void delv_everyKindOfAnswer_fullyValidated() throws Exception {
    try (NameServer server = Zones.serve(Zones.signed())) {
      Delv delv = delv(server);
      for (Question question : POSITIVE) {
        String output = delv.ask(question.name(), question.type());
        assertTrue(output.contains("; fully validated"), output);
        assertFalse(output.contains("unsigned"), output);
      }
      for (Question question : NEGATIVE) {
        String output = delv.ask(question.name(), question.type());
        String reason = question.rcode() == Rcode.NXDOMAIN ? "ncache nxdomain" : "ncache nxrrset";
        assertTrue(output.contains("fully validated"), output);
        assertFalse(output.contains("unsigned"), output);
        assertTrue(output.contains("resolution failed: " + reason), output);
      }
    }
  }

  @Test
  void delv_expiredSignatures_notValidated() throws Exception {
    SignedZone stale = SignedZone.sign(Zones.KEYS, Zones.SERIAL, Zones.records(), Zones.expired());
    try (NameServer server = Zones.serve(stale)) {
      String output = delv(server).ask("_dive", Type.TXT);
      assertFalse(output.contains("fully validated"), output);
      assertTrue(output.contains("resolution failed"), output);
    }
  }

  @Test
  void ldnsVerifyZone_zoneFile_accepted() throws Exception {
    ForeignProgram ldns = ForeignProgram.require("ldns-verify-zone");
    Path anchor =
        Files.writeString(directory.resolve("anchor"), Zones.KEYS.trustAnchorDnskey() + "\n");

    ForeignProgram.Result good =
        ldns.run(directory, "-k", anchor.toString(), zoneFile(Zones.signed().toZoneFile()));
    ForeignProgram.Result brokenChain =
        ldns.run(directory, "-k", anchor.toString(), zoneFile(withoutLinesOf("www")));

    assertEquals(0, good.exitCode(), good.output());
    assertTrue(good.output().contains("Zone is verified and complete"), good.output());
    assertNotEquals(0, brokenChain.exitCode(), brokenChain.output());
  }

  @Test
  void dnssecVerify_zoneFile_accepted() throws Exception {
    ForeignProgram verify = ForeignProgram.require("dnssec-verify");
    String apex = Zones.APEX.toString();

    ForeignProgram.Result good =
        verify.run(directory, "-x", "-o", apex, zoneFile(Zones.signed().toZoneFile()));
    ForeignProgram.Result brokenChain =
        verify.run(directory, "-x", "-o", apex, zoneFile(withoutLinesOf("www")));

    assertEquals(0, good.exitCode(), good.output());
    assertNotEquals(0, brokenChain.exitCode(), brokenChain.output());
  }

  @Test
  void dig_zoneTransfer_everyRecord() throws Exception {
    ForeignProgram dig = ForeignProgram.require("dig");
    SignedZone zone = Zones.signed();
    try (NameServer server = Zones.serve(zone)) {
      ForeignProgram.Result result =
          dig.run(
              directory,
              "@" + server.address().getAddress().getHostAddress(),
              "-p",
              Integer.toString(server.address().getPort()),
              "+noall",
              "+answer",
              "AXFR",
              Zones.APEX.toString());

      long lines = result.output().lines().filter(l -> !l.isBlank() && l.charAt(0) != ';').count();
      assertEquals(zone.records().size() + 1, lines, result.output());
    }
  }

  private String zoneFile(String text) throws IOException {
    return Files.writeString(Files.createTempFile(directory, "zone", ".zone"), text).toString();
  }

  /** The zone file as if somebody had removed a name after signing. */
  private static String withoutLinesOf(String name) {
    String owner = Zones.under(name) + "\t";
    StringBuilder kept = new StringBuilder();
    Zones.signed()
        .toZoneFile()
        .lines()
        .filter(line -> !line.startsWith(owner))
        .forEach(line -> kept.append(line).append('\n'));
    return kept.toString();
  }
}
