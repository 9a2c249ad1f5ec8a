// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.Deadline;
import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.ZoneException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** Zone files as people write them, compared with one record per line. */
class ZoneFileReaderTest {
  private static final String SOA = "@ 60 IN SOA ns1 admin 1 1800 900 604800 86400\n";

  private final ZoneFiles files;
  private final Path directory;

  ZoneFileReaderTest(@TempDir Path directory) {
    this.directory = directory;
    files = new ZoneFiles(directory);
  }

  private static List<String> records(String text) throws Exception {
    ZoneFileReader reader =
        new ZoneFileReader(
            new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)),
            Optional.of(Name.fromString("example.")));
    List<String> records = new ArrayList<>();
    for (Record record = reader.next(); record != null; record = reader.next()) {
      records.add(record.toString().replaceAll("\\s+", " "));
    }
    return records;
  }

  private ZoneException refused(String text) throws Exception {
    Path file = files.write("zone", text);
    return assertThrows(ZoneException.class, () -> ZoneFiles.read(file));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a 5 IN A 192.0.2.1",
        "a IN 5 A 192.0.2.1",
        "a 5 A 192.0.2.1",
        "a 5s CLASS1 TYPE1 192.0.2.1",
        "a 5 in a \\# 4 c0000201",
        "a.example. 5 IN A ( 192.0.2.1 ) ; comment",
        "a ( 5 IN ; comment\n A\n\n 192.0.2.1 )"
      })
  void eachWayToWriteARecord(String line) throws Exception {
    assertEquals(List.of("a.example. 5 IN A 192.0.2.1"), records(line));
  }

  @Test
  void missingTtl_isTheDefaultOrTheLastOne() throws Exception {
    assertEquals(
        List.of(
            "a.example. 7 IN A 192.0.2.1",
            "a.example. 7 IN A 192.0.2.2",
            "b.example. 9 IN A 192.0.2.3",
            "b.example. 3600 IN A 192.0.2.4"),
        records("a 7 A 192.0.2.1\n A 192.0.2.2\n$TTL 9\nb A 192.0.2.3\n\t3600 A 192.0.2.4\n"));
  }

  @Test
  void missingTtlOfTheSoaRecord_isItsMinimum() throws Exception {
    assertEquals(
        List.of(
            "example. 86400 IN SOA ns1.example. admin.example. 1 1800 900 604800 86400",
            "a.example. 86400 IN A 192.0.2.1"),
        records("@ IN SOA ns1 admin 1 1800 900 604800 86400\na A 192.0.2.1"));
  }

  @Test
  void origin_completesNamesFromThereOn() throws Exception {
    assertEquals(
        List.of(
            "a.example. 1 IN NS b.example.",
            "a.sub.example. 1 IN NS b.sub.example.",
            "a.sub.example. 1 IN A 192.0.2.1",
            "a.test. 1 IN NS test."),
        records(
            "a 1 NS b\n$ORIGIN sub\na 1 NS b\n A 192.0.2.1\n\n   \n ; comment\n$ORIGIN test.\na NS @\n"));
  }

  @Test
  void generate_isExpanded() throws Exception {
    assertEquals(
        List.of(
            "h1.example. 3 IN A 192.0.2.1",
            "h3.example. 3 IN A 192.0.2.3",
            "last.example. 3 IN A 192.0.2.9"),
        records("$TTL 3\n$GENERATE 1-4/2 h$ A 192.0.2.$\nlast A 192.0.2.9\n"));
  }

  @Test
  void escapesInNames_areOctets() throws Exception {
    assertEquals(
        List.of("a\\.b\\000.example. 1 IN A 192.0.2.1"),
        records("\\097\\.b\\000 1 IN A 192.0.2.1"));
  }

  @Test
  void unknownTypes_areOpaque() throws Exception {
    assertEquals(
        List.of("x.example. 1 IN TYPE65534 \\# 3 ABCDEF"),
        records("x 1 IN TYPE65534 \\# 3 ab cdef"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a 1 IN A\n",
        "a 1 IN A 192.0.2.256\n",
        "a 1 IN NOTYPE x\n",
        "a 1 IN A ) 192.0.2.1\n",
        "a 1 IN TXT \"open\n",
        "a 1x IN A 192.0.2.1\n",
        "a..b 1 IN A 192.0.2.1\n",
        "$UNKNOWN x\n",
        "$INCLUDE /etc/passwd\n",
        "$GENERATE x h$ A 192.0.2.1\n",
        "$GENERATE 5-1 h$ A 192.0.2.1\n",
        "$TTL many\n",
        "@ 1 IN ZONEMD 1 1 1\n",
        "@ 1 IN ZONEMD 1 1 1 abc\n",
        "@ 1 IN ZONEMD \\# 3 ab\n",
        "@ 1 IN ZONEMD 1 256 1 abababababababababababab\n"
      })
  void brokenLine_isNamed(String line) throws Exception {
    ZoneException e = refused(SOA + "\n" + line);
    assertEquals(ErrorCode.ZONE_UNREADABLE, e.code());
    assertTrue(e.toString().contains(directory.resolve("zone").toString()), e.toString());
    assertTrue(e.toString().matches("(?s).*line [34].*"), e.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a 1 IN A 192.0.2.1\n",
        " 1 IN A 192.0.2.1\n",
        "a IN A 192.0.2.1\n",
        "@ 60 CH SOA ns1 admin 1 1 1 1 1\n",
        "@ 60 IN SOA ns1 admin 1 1 1 1 1\n@ 60 IN SOA ns1 admin 2 1 1 1 1\n"
      })
  void whatIsNoZone_isRefused(String text) throws Exception {
    assertEquals(ErrorCode.ZONE_UNREADABLE, refused(text).code());
  }

  @Test
  void relativeNamesWithoutOrigin_askForTheZonesName() throws Exception {
    for (String text : List.of("a 1 IN A 192.0.2.1\n", "example. 1 IN NS ns1\n")) {
      Path file = files.write("zone", text);
      ZoneException e =
          assertThrows(ZoneException.class, () -> ZoneSource.file(file).read(ZoneFiles.noHurry()));
      assertTrue(e.toString().contains("give the zone's name"), e.toString());
    }
  }

  @Test
  void apex_isTheOwnerOfTheSoaRecordWhereverItStands() throws Exception {
    Path file =
        files.write(
            "zone",
            "a.sub.example. 1 IN A 192.0.2.1\nexample. 1 IN A 192.0.2.2\nsub.example. 1 IN SOA a. b. 7 1 1 1 1\n");
    Zone zone = ZoneSource.file(file).read(ZoneFiles.noHurry());
    assertEquals("sub.example.", zone.name());
    assertEquals(7, zone.serial());
    assertEquals(2, zone.size());
  }

  @Test
  void whatIsNoFile_isRefusedByName() {
    for (Path path : List.of(directory, directory.resolve("nothing"))) {
      ZoneException e = assertThrows(ZoneException.class, () -> ZoneFiles.read(path));
      assertEquals(ErrorCode.ZONE_UNREADABLE, e.code());
      assertTrue(e.toString().contains(path.toString()), e.toString());
    }
  }

  @Test
  void endlessZone_endsAtTheDeadline() throws Exception {
    Path file = files.write("zone", SOA + "$GENERATE 0-4294967294 h$ A 192.0.2.1\n");
    ZoneException e =
        assertThrows(
            ZoneException.class,
            () -> ZoneSource.file(file, ZoneFiles.ZONE).read(Deadline.in(Duration.ofMillis(200))));
    assertEquals(ErrorCode.DNS_TIMEOUT, e.code());
  }

  @Test
  void hugeZone_isRefused() throws Exception {
    Zone.Builder builder =
        new Zone.Builder("the test", Optional.empty(), 1000, ZoneFiles.noHurry());
    builder.add(
        Record.fromString(Name.fromString("example."), 6, 1, 1, "a. b. 1 1 1 1 1", Name.root));
    ZoneException e =
        assertThrows(
            ZoneException.class,
            () -> {
              for (int i = 0; i < 100; i++) {
                builder.add(
                    Record.fromString(
                        Name.fromString("h" + i + ".example."), 1, 1, 1, "192.0.2.1", Name.root));
              }
            });
    assertEquals(ErrorCode.TOO_LARGE, e.code());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "localhost", "1.2.3", "1.2.3.4:0", "1.2.3.4:65536", "[::1", "300.1.1.1"})
  void server_isAnAddress(String server) {
    ConfigException e =
        assertThrows(ConfigException.class, () -> ZoneSource.transfer(server, "example"));
    assertEquals(ErrorCode.SETTING_INVALID, e.code());
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 192.0.2.1 port 53",
    "192.0.2.1:5300, 192.0.2.1 port 5300",
    "[2001:db8::1]:5300, 2001:db8:0:0:0:0:0:1 port 5300",
    "2001:db8::1, 2001:db8:0:0:0:0:0:1 port 53"
  })
  void server_standsInMessages(String server, String name) throws Exception {
    assertEquals(
        "transfer of example. from " + name, ZoneSource.transfer(server, "example").toString());
  }

  @Test
  void zoneName_isChecked() {
    assertEquals(
        ErrorCode.SETTING_INVALID,
        assertThrows(ConfigException.class, () -> ZoneSource.file(Path.of("zone"), "not..a.name"))
            .code());
  }
}
