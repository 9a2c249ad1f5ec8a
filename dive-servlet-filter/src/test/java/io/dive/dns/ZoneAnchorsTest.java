// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.ErrorCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Name;

/** Whether a zone has to be signed, as its parent says; the parent is a root in this process. */
@Timeout(120)
class ZoneAnchorsTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final String DS = "child. 60 IN DS 7 13 2 " + "ab".repeat(32);

  private final Path directory;
  private final SignedZone root;

  ZoneAnchorsTest(@TempDir Path directory) throws Exception {
    this.directory = directory;
    this.root = SignedZone.serve(".");
  }

  @AfterEach
  void stopRoot() {
    root.close();
  }

  private ZoneAnchor ask(Path anchors, Duration limit) throws Exception {
    return ask(Upstream.of(root.address()), anchors, "child.", limit);
  }

  private static ZoneAnchor ask(Upstream upstream, Path anchors, String zone, Duration limit)
      throws Exception {
    return new ZoneAnchors(upstream, TrustAnchors.read(anchors), LONG, Clock.systemUTC())
        .of(zone, Deadline.in(limit));
  }

  private Path rootAnchor() throws Exception {
    return root.writeAnchor(directory.resolve("root"));
  }

  private static List<Integer> keyTags(ZoneAnchor answer, String zone) throws Exception {
    return assertInstanceOf(ZoneAnchor.Secure.class, answer, answer::toString)
        .anchors()
        .of(Name.fromString(zone))
        .stream()
        .map(DSRecord::getFootprint)
        .toList();
  }

  private static void assertFailed(ErrorCode code, ZoneAnchor answer) {
    ZoneAnchor.Failed failed = assertInstanceOf(ZoneAnchor.Failed.class, answer, answer::toString);
    assertEquals(code, failed.code(), failed::sentence);
  }

  @Test
  void dsRecords_anchorTheZone() throws Exception {
    root.delegate("child.", DS, "child. 60 IN DS 8 5 1 " + "ab".repeat(20));
    assertEquals(List.of(7), keyTags(ask(rootAnchor(), LONG), "child."), "without SHA-1");
  }

  @Test
  void delegationWithoutDs_isInsecure() throws Exception {
    root.delegate("child.");
    assertInstanceOf(ZoneAnchor.Insecure.class, ask(rootAnchor(), LONG));
  }

  @Test
  void unsupportedDsRecordsOnly_areInsecure() throws Exception {
    root.delegate("child.", "child. 60 IN DS 8 5 2 " + "ab".repeat(32));
    ZoneAnchor.Insecure insecure =
        assertInstanceOf(ZoneAnchor.Insecure.class, ask(rootAnchor(), LONG));
    assertTrue(insecure.sentence().contains("not supported"), insecure::sentence);
  }

  @Test
  void spoiltSignature_fails() throws Exception {
    root.delegate("child.", DS).spoil("child.");
    assertFailed(ErrorCode.DNS_SIGNATURE_EXPIRED, ask(rootAnchor(), LONG));
  }

  @Test
  void spoiltAbsence_fails() throws Exception {
    root.delegate("child.").spoil("child.");
    assertInstanceOf(ZoneAnchor.Failed.class, ask(rootAnchor(), LONG));
  }

  @Test
  void foreignRoot_fails() throws Exception {
    root.delegate("child.");
    Path foreign =
        Files.writeString(directory.resolve("foreign"), DS.replace("child.", ".") + "\n");
    assertInstanceOf(ZoneAnchor.Failed.class, ask(foreign, LONG));
  }

  @Test
  void silentServer_fails() throws Exception {
    Path anchor = rootAnchor();
    root.close();
    ZoneAnchor answer = ask(anchor, Duration.ofMillis(300));
    assertInstanceOf(ZoneAnchor.Failed.class, answer);
  }

  @Test
  void anchorOfTheZoneItself_needsNoServer() throws Exception {
    root.close();
    Path own = Files.writeString(directory.resolve("own"), DS + "\n");
    assertEquals(List.of(7), keyTags(ask(own, LONG), "child."));
  }

  @Test
  void noAnchorAbove_fails() throws Exception {
    Path other = Files.writeString(directory.resolve("other"), DS.replace("child", "other") + "\n");
    assertFailed(ErrorCode.TRUST_ANCHOR_UNUSABLE, ask(other, LONG));
  }

  @Test
  void bindsZones_areJudgedAlike() throws Exception {
    Assumptions.assumeTrue(Named.isInstalled(), "named is not installed");
    NamedZones zones = new NamedZones(directory);
    String ds = zones.signed("child.signed.test", "");
    zones.unanchor("child.signed.test");
    zones.unsigned("plain.signed.test", "");
    zones.signed("signed.test", "child NS ns\nplain NS ns\n" + ds + "\n");
    zones.signed("nsec3.test", "plain NS ns\n", "-3", "-");
    Path anchors = zones.anchorFile();
    try (Named named = Named.start(directory, "recursion no;", zones.statements())) {
      Upstream upstream = Upstream.of(named.address());
      assertEquals(
          1,
          keyTags(ask(upstream, anchors, "child.signed.test", LONG), "child.signed.test.").size());
      for (String zone :
          List.of("plain.signed.test", "deep.plain.signed.test", "plain.nsec3.test")) {
        ZoneAnchor answer = ask(upstream, anchors, zone, LONG);
        assertInstanceOf(ZoneAnchor.Insecure.class, answer, () -> zone + " " + answer);
      }
    }
  }
}
