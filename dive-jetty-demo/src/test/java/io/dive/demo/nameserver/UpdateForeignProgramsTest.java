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
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Updates by BIND's {@code nsupdate}, and what validators say of the zone before and after. */
@Tag("interop")
@Timeout(120)
class UpdateForeignProgramsTest extends SignedUpdateSuite {
  @ParameterizedTest(name = "nsupdate {0}")
  @ValueSource(strings = {"-d", "-v"})
  void nsupdate_everyKindOfPrerequisiteAndChange_taken(String overUdpOrTcp) throws Exception {
    long serial = zone.current().serial();

    ForeignProgram.Result result =
        nsupdate(
            overUdpOrTcp,
            "prereq yxdomain www." + Zones.APEX,
            "prereq nxdomain new." + Zones.APEX,
            "prereq yxrrset www." + Zones.APEX + " A",
            "prereq nxrrset www." + Zones.APEX + " TXT",
            "prereq yxrrset www." + Zones.APEX + " IN A 127.0.0.2",
            "update add new." + Zones.APEX + " 60 TXT \"v=\\\"x\\\"\" \"second\"",
            "update add www." + Zones.APEX + " 60 A 127.0.0.9",
            "update delete alias." + Zones.APEX,
            "update delete mixed.case." + Zones.APEX + " TXT",
            "update delete big." + Zones.APEX + " TXT \"3" + "x".repeat(200) + "\"");

    assertEquals(0, result.exitCode(), result.output());
    SignedZone now = zone.current();
    assertTrue(now.serial() > serial);
    assertEquals(1, now.rrset(Zones.under("new"), Type.TXT).orElseThrow().records().size());
    assertEquals(2, now.rrset(Zones.under("www"), Type.A).orElseThrow().records().size());
    assertEquals(60, now.rrset(Zones.under("www"), Type.A).orElseThrow().first().getTTL());
    assertEquals(11, now.rrset(Zones.under("big"), Type.TXT).orElseThrow().records().size());
    assertFalse(now.exists(Zones.under("alias")));
    assertFalse(now.exists(Zones.under("mixed.case")));
  }

  /** One after another in one go of the program, so that most are signed in the same second. */
  @ParameterizedTest(name = "nsupdate {0}")
  @ValueSource(strings = {"-d", "-v"})
  void nsupdate_manyInASecond_allTaken(String overUdpOrTcp) throws Exception {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      lines.add("update add n" + i + "." + Zones.APEX + " 60 TXT x");
      lines.add("send");
    }

    ForeignProgram.Result result = nsupdate(overUdpOrTcp, lines.toArray(String[]::new));

    assertEquals(0, result.exitCode(), result.output());
    for (int i = 0; i < 20; i++) {
      assertTrue(zone.current().exists(Zones.under("n" + i)), result.output());
    }
  }

  @Test
  void nsupdate_prerequisiteNotMet_saysWhich() throws Exception {
    SignedZone before = zone.current();

    ForeignProgram.Result result =
        nsupdate(
            "-v",
            "prereq nxdomain www." + Zones.APEX,
            "update add new." + Zones.APEX + " 60 TXT x");

    assertEquals(2, result.exitCode(), result.output());
    assertTrue(result.output().contains("update failed: YXDOMAIN"), result.output());
    assertEquals(before, zone.current());
  }

  @Test
  void nsupdate_anotherKeyOrNone_refused() throws Exception {
    SignedZone before = zone.current();
    String add = "update add new." + Zones.APEX + " 60 TXT x";
    ForeignProgram tsigKeygen = ForeignProgram.require("tsig-keygen");
    Path sameName = directory.resolve("same-name.key");
    Path otherName = directory.resolve("other-name.key");
    Files.writeString(sameName, tsigKeygen.run(directory, "update-key").output());
    Files.writeString(otherName, tsigKeygen.run(directory, "other-key").output());

    ForeignProgram.Result wrongSecret = nsupdate(List.of("-k", sameName.toString()), add);
    ForeignProgram.Result wrongName = nsupdate(List.of("-k", otherName.toString()), add);
    ForeignProgram.Result unsigned = nsupdate(List.of(), add);

    assertNotEquals(0, wrongSecret.exitCode());
    assertTrue(wrongSecret.output().contains("NOTAUTH(BADSIG)"), wrongSecret.output());
    assertNotEquals(0, wrongName.exitCode());
    assertTrue(wrongName.output().contains("NOTAUTH(BADKEY)"), wrongName.output());
    assertEquals(2, unsigned.exitCode());
    assertTrue(unsigned.output().contains("update failed: REFUSED"), unsigned.output());
    assertEquals(before, zone.current());
  }

  @Test
  void dig_signedTransferOfManyMessages_noError() throws Exception {
    ForeignProgram dig = ForeignProgram.require("dig");
    String[] adds = new String[100];
    for (int i = 0; i < adds.length; i++) {
      adds[i] = "update add n" + i + "." + Zones.APEX + " 60 TXT " + "y".repeat(250);
    }
    assertEquals(0, nsupdate("-v", adds).exitCode());
    for (String edns : List.of("+edns=0", "+noedns")) {
      ForeignProgram.Result result =
          dig.run(
              directory,
              "-k",
              keyFile.toString(),
              "@127.0.0.1",
              "-p",
              Integer.toString(server.address().getPort()),
              edns,
              "AXFR",
              Zones.APEX.toString());

      String size = result.output().substring(Math.max(0, result.output().indexOf(";; XFR size")));
      assertTrue(size.matches("(?s).*messages [2-9].*"), size);
      assertTrue(size.contains(" " + (zone.current().records().size() + 1) + " records"), size);
      assertFalse(result.output().contains("Couldn't verify"), result.output());
      assertFalse(result.output().contains("tsig verify failure"), result.output());
    }
  }

  @Test
  void unboundAndDelv_beforeAndAfterAnUpdate_validate() throws Exception {
    Path anchor = Files.writeString(directory.resolve("anchor"), Zones.KEYS.trustAnchorDs() + "\n");
    assertAnswers(anchor, "new", Rcode.NXDOMAIN);
    assertAnswers(anchor, "www", Rcode.NOERROR);

    ForeignProgram.Result result =
        nsupdate(
            "-d",
            "update add new." + Zones.APEX + " 60 A 127.0.0.9",
            "update delete www." + Zones.APEX);

    assertEquals(0, result.exitCode(), result.output());
    assertAnswers(anchor, "new", Rcode.NOERROR);
    assertAnswers(anchor, "www", Rcode.NXDOMAIN);
  }

  private void assertAnswers(Path anchor, String name, int rcode) throws Exception {
    try (Unbound unbound = Unbound.start(directory, anchor, Zones.APEX, server.address())) {
      Message response = unbound.ask(name, Type.A);
      Message noData = unbound.ask(name, Type.TXT);

      assertEquals(rcode, response.getRcode(), response.toString());
      assertTrue(response.getHeader().getFlag(Flags.AD), response.toString());
      assertEquals(rcode, noData.getRcode(), noData.toString());
      assertTrue(noData.getHeader().getFlag(Flags.AD), noData.toString());
      assertEquals(List.of(), noData.getSection(Section.ANSWER));
    }
    String delv =
        new Delv(directory, Zones.KEYS.trustAnchorDnskey(), Zones.APEX, server.address())
            .ask(name, Type.A);
    assertTrue(delv.contains("fully validated"), delv);
    assertFalse(delv.contains("unsigned"), delv);
    assertEquals(rcode == Rcode.NXDOMAIN, delv.contains("ncache nxdomain"), delv);
  }

  private ForeignProgram.Result nsupdate(String option, String... lines)
      throws IOException, InterruptedException {
    return nsupdate(List.of(option, "-k", keyFile.toString()), lines);
  }

  private ForeignProgram.Result nsupdate(List<String> options, String... lines)
      throws IOException, InterruptedException {
    ForeignProgram nsupdate = ForeignProgram.require("nsupdate");
    String script =
        "server 127.0.0.1 %d%nzone %s%n%s%nsend%n"
            .formatted(server.address().getPort(), Zones.APEX, String.join("\n", lines));
    Path file = Files.writeString(Files.createTempFile(directory, "update", ".txt"), script);
    String[] arguments =
        Stream.concat(options.stream(), Stream.of(file.toString())).toArray(String[]::new);
    return nsupdate.run(directory, arguments);
  }
}
