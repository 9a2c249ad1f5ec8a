// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The examples of RFC 8976, changed copies of them, and what counts for a digest and what not. */
class ZoneVerifierTest {
  private static final String SIMPLE = "A.1.Simple-EXAMPLE-Zone";
  private static final String COMPLEX = "A.2.Complex-EXAMPLE-Zone";
  private static final String SEVERAL = "A.3.EXAMPLE-Zone-with-multiple-digests";

  private final ZoneFiles files;

  ZoneVerifierTest(@TempDir Path directory) {
    files = new ZoneFiles(directory);
  }

  private static String text(String vector) throws IOException {
    return Files.readString(ZoneFiles.vector(vector), StandardCharsets.ISO_8859_1);
  }

  private ZoneResult verify(String text) throws Exception {
    return ZoneFiles.verify(files.write("zone", text));
  }

  private static ZoneResult.Failure failure(ZoneResult result) {
    return assertInstanceOf(ZoneResult.Failed.class, result, result.sentence()).failure();
  }

  private static ZoneResult.Obstacle obstacle(ZoneResult result) {
    return assertInstanceOf(ZoneResult.NotVerifiable.class, result, result.sentence()).obstacle();
  }

  private static ZoneHash hash(ZoneResult result) {
    return assertInstanceOf(ZoneResult.Verified.class, result, result.sentence()).hash();
  }

  @ParameterizedTest
  @CsvSource({SIMPLE + ", 6", COMPLEX + ", 10", SEVERAL + ", 10"})
  void exampleOfTheRfc_verifies(String vector, int records) throws Exception {
    ZoneResult result = ZoneFiles.verify(ZoneFiles.vector(vector));
    ZoneResult.Verified verified =
        assertInstanceOf(ZoneResult.Verified.class, result, result.sentence());
    assertEquals("example.", verified.zone().name());
    assertEquals(2_018_031_900, verified.zone().serial());
    assertEquals(records, verified.zone().records());
    assertEquals(ZoneHash.SHA_384, verified.hash());
    assertEquals(ZoneResult.Authenticity.UNSIGNED, verified.authenticity());
  }

  /** A.3 with only the ZONEMD records of the given numbers, counted from 0. */
  private static String onlyZonemd(Integer... numbers) throws IOException {
    List<String> parts = new ArrayList<>(List.of(text(SEVERAL).split("(?m)^(?=\\S)")));
    int number = 0;
    StringBuilder kept = new StringBuilder();
    for (String part : parts) {
      if (!part.contains("ZONEMD") || List.of(numbers).contains(number++)) {
        kept.append(part);
      }
    }
    assertEquals(4, number);
    return kept.toString();
  }

  @Test
  void eachOfSeveralDigests_countsAlone() throws Exception {
    assertEquals(ZoneHash.SHA_384, hash(verify(onlyZonemd(0))));
    assertEquals(ZoneHash.SHA_512, hash(verify(onlyZonemd(1))));
    assertEquals(ZoneResult.Obstacle.NO_USABLE_ZONEMD, obstacle(verify(onlyZonemd(2))));
    assertEquals(ZoneResult.Obstacle.NO_USABLE_ZONEMD, obstacle(verify(onlyZonemd(3))));
    assertEquals(ZoneResult.Obstacle.NO_USABLE_ZONEMD, obstacle(verify(onlyZonemd(2, 3))));
    assertEquals(ZoneResult.Obstacle.NO_ZONEMD, obstacle(verify(onlyZonemd())));
  }

  @Test
  void oneWrongDigestOfTwo_doesNotMatter() throws Exception {
    String text = onlyZonemd(0, 1).replace("62e6cf51b02e54b9", "62e6cf51b02e54ba");
    assertEquals(ZoneHash.SHA_512, hash(verify(text)));
  }

  @Test
  void changedAddress_isADigestMismatch() throws Exception {
    ZoneResult result = verify(text(SIMPLE).replace("203.0.113.63", "203.0.113.64"));
    assertEquals(ZoneResult.Failure.DIGEST_MISMATCH, failure(result));
    assertTrue(result.sentence().contains("example."), result.sentence());
  }

  @Test
  void zoneSignedOnlyWithUnsupportedAlgorithms_countsAsUnsignedAndSaysSo() throws Exception {
    String signed =
        text(SIMPLE)
            + "@ 3600 IN DNSKEY 257 3 5 AwEAAcw1\n"
            + "@ 3600 IN RRSIG SOA 5 1 86400 20180401000000 20180301000000 1 example. AwEAAcw1\n";
    Zone zone = ZoneFiles.read(files.write("rsasha1", signed));
    byte[] digest =
        ZoneDigest.of(zone, Set.of(ZoneHash.SHA_512)).values().iterator().next().toByteArray();
    String zonemd = "@ 3600 IN ZONEMD 2018031900 1 2 " + HexFormat.of().formatHex(digest) + "\n";
    ZoneResult.Verified result =
        assertInstanceOf(ZoneResult.Verified.class, verify(signed + zonemd));
    assertEquals(ZoneResult.Authenticity.UNKNOWN_ALGORITHM, result.authenticity());
    assertTrue(result.sentence().contains("no key has a supported algorithm"), result.sentence());
  }

  @Test
  void limitOfMemory_isAShareOfTheHeap() {
    assertTrue(ZoneSource.maxOctets() <= Runtime.getRuntime().maxMemory() / 4);
    assertTrue(ZoneSource.maxOctets() <= 1L << 30);
  }

  @Test
  void changedSerial_isASerialMismatch() throws Exception {
    ZoneResult result = verify(text(SIMPLE).replaceFirst("2018031900", "2018031901"));
    assertEquals(ZoneResult.Failure.SERIAL_MISMATCH, failure(result));
    assertTrue(result.sentence().contains("2018031900"), result.sentence());
    assertTrue(result.sentence().contains("2018031901"), result.sentence());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ns1           3600    IN  A       203.0.113.63\n", // dropped
        "    IN  A  ", // another type
        "3600    IN  A" // another TTL
      })
  void anyOtherChange_isADigestMismatch(String part) throws Exception {
    String text = text(SIMPLE);
    assertTrue(text.contains(part), text);
    String change =
        part.endsWith("\n") ? "" : part.replace("  A  ", "  TXT  ").replace("3600", "3601");
    assertEquals(ZoneResult.Failure.DIGEST_MISMATCH, failure(verify(text.replace(part, change))));
  }

  @Test
  void addedRecord_isADigestMismatch() throws Exception {
    assertEquals(
        ZoneResult.Failure.DIGEST_MISMATCH, failure(verify(text(SIMPLE) + "x 1 IN A 192.0.2.1\n")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "foo.test. 1 IN TXT \"out of the zone\"\n",
        "notexample. 1 IN TXT \"ends like the zone\"\n",
        "\\007example. 1 IN TXT \"looks like the zone in wire form\"\n",
        "NS1.EXAMPLE. 3600 IN A 203.0.113.63\n",
        "ns1 3600 CLASS1 TYPE1 \\# 4 cb00713f\n",
        "\\110s1 3600 IN A 203.0.113.63\n"
      })
  void whatIsOutOfTheZoneOrThereAlready_doesNotCount(String line) throws Exception {
    assertEquals(ZoneHash.SHA_384, hash(verify(text(SIMPLE) + line)));
  }

  @Test
  void caseOfNames_doesNotCount() throws Exception {
    String text = text(SIMPLE).replace("ns1 ", "NS1 ").replace("example.", "eXample.");
    assertEquals(ZoneHash.SHA_384, hash(verify(text)));
  }

  @Test
  void occludedDataAndZonemdBelowTheApex_count() throws Exception {
    assertEquals(
        ZoneResult.Failure.DIGEST_MISMATCH,
        failure(verify(text(COMPLEX).replace("I'm occluded", "I am occluded"))));
    assertEquals(
        ZoneResult.Failure.DIGEST_MISMATCH,
        failure(verify(text(COMPLEX).replace("616c6c6f77656420", "616c6c6f77656421"))));
  }

  @Test
  void twoRecordsOfOneSchemeAndHash_areNotUsable() throws Exception {
    String text =
        text(SIMPLE) + "example. 86400 IN ZONEMD 2018031900 1 1 " + "ab".repeat(48) + "\n";
    ZoneResult result = verify(text);
    assertEquals(ZoneResult.Obstacle.NO_USABLE_ZONEMD, obstacle(result));
    assertTrue(result.sentence().contains("several"), result.sentence());
  }

  @Test
  void sameZonemdTwice_isOne() throws Exception {
    String text = onlyZonemd(1);
    String zonemd = "example." + text.split("(?m)^example\\.", -1)[4];
    assertTrue(zonemd.contains("ZONEMD"), zonemd);
    assertEquals(ZoneHash.SHA_512, hash(verify(text + zonemd)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2018031900 1 1 abcd",
        "2018031900 1 1 abababababababababababab",
        "2018031900 1 2 abababababababababababababababababababababababababababababababababababababababababababababababab",
        "2018031900 0 1 abababababababababababab",
        "2018031900 1 3 abababababababababababab",
        "\\# 6 781aef1c0101",
        "\\# 2 abab",
        "\\# 0"
      })
  void recordThatFitsNothing_isIgnored(String rdata) throws Exception {
    assertEquals(
        ZoneResult.Obstacle.NO_USABLE_ZONEMD,
        obstacle(verify(onlyZonemd() + "example. 86400 IN ZONEMD " + rdata + "\n")));
    boolean is512 = rdata.contains(" 1 2 ");
    assertEquals(
        is512 ? ZoneHash.SHA_384 : ZoneHash.SHA_512,
        hash(verify(onlyZonemd(is512 ? 0 : 1) + "example. 86400 IN TYPE63 " + rdata + "\n")));
  }

  @Test
  void flippedOctetOfTheDigest_isADigestMismatch() throws Exception {
    String text = text(SIMPLE);
    String digest = text.replaceAll("(?s).*ZONEMD\\s+2018031900 1 1 \\(([^)]*)\\).*", "$1");
    int checked = 0;
    for (int i = 0; i < digest.length(); i++) {
      char c = digest.charAt(i);
      if (Character.digit(c, 16) >= 0) {
        String changed = digest.substring(0, i) + (c == '0' ? '1' : '0') + digest.substring(i + 1);
        assertEquals(
            ZoneResult.Failure.DIGEST_MISMATCH, failure(verify(text.replace(digest, changed))));
        checked++;
      }
    }
    assertEquals(96, checked);
  }

  @Test
  void differencesFromAGoodCopy_nameTheRecords() throws Exception {
    Zone good = ZoneFiles.read(ZoneFiles.vector(COMPLEX));
    String damaged =
        text(COMPLEX)
            .replace("7200    IN  NS      ns1", "7200    IN  NS      ns9")
            .replace("ns2           3600", "ns2           3601");
    Zone zone = ZoneFiles.read(files.write("damaged", damaged));
    List<String> lines = ZoneVerifier.differences(zone, good);
    assertEquals(3, lines.size(), lines::toString);
    assertTrue(lines.get(0).contains("other TTL") && lines.get(0).contains("3601"), lines.get(0));
    assertTrue(lines.get(1).matches("only in .*A\\.2.*sub\\.example\\..*ns1\\.example\\."));
    assertTrue(lines.get(2).matches("only in .*damaged.*sub\\.example\\..*ns9\\.example\\."));
    assertEquals(List.of(), ZoneVerifier.differences(good, good));
  }
}
