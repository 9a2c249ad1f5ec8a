// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;

class ZoneKeysTest {

  private final Path directory;

  ZoneKeysTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void loadOrGenerate_secondTime_sameTrustAnchor() throws IOException {
    Path file = directory.resolve("zone.key");

    ZoneKeys first = ZoneKeys.loadOrGenerate(file, Zones.APEX);
    ZoneKeys second = ZoneKeys.loadOrGenerate(file, Zones.APEX);

    assertEquals(first.trustAnchorDs(), second.trustAnchorDs());
    assertEquals(first.trustAnchorDnskey(), second.trustAnchorDnskey());
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(List.of(file), files.toList(), "no draft is left behind");
    }
  }

  @Test
  void load_storedKey_signsForTheSameDnskey() throws Exception {
    Path file = directory.resolve("zone.key");
    ZoneKeys stored = ZoneKeys.generate(Zones.APEX);
    stored.store(file);
    List<Record> rrset = List.of(Zones.record("www", "A", "127.0.0.1"));

    DNSSEC.verify(
        new RRset(rrset),
        ZoneKeys.load(file).sign(rrset, Zones.valid()),
        stored.dnskey(),
        Zones.now());
  }

  @Test
  void store_existingFile_replaced() throws IOException {
    Path file = directory.resolve("zone.key");
    ZoneKeys.generate(Zones.APEX).store(file);
    ZoneKeys newer = ZoneKeys.generate(Zones.APEX);

    newer.store(file);

    assertEquals(newer.trustAnchorDs(), ZoneKeys.load(file).trustAnchorDs());
  }

  @Test
  void store_posixFileSystem_readableByOwnerOnly() throws IOException {
    assumePosix();
    Path file = directory.resolve("zone.key");

    ZoneKeys.generate(Zones.APEX).store(file);

    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
  }

  @Test
  void load_fileOthersMayRead_refused() throws IOException {
    assumePosix();
    Path file = directory.resolve("zone.key");
    ZoneKeys.generate(Zones.APEX).store(file);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));

    assertThrows(IOException.class, () -> ZoneKeys.load(file));
  }

  @Test
  void load_absentFile_noSuchFile() {
    assertThrows(NoSuchFileException.class, () -> ZoneKeys.load(directory.resolve("none")));
  }

  @Test
  void load_halvesOfTwoKeys_refusedWithoutQuotingThem() throws IOException {
    Path file = directory.resolve("zone.key");
    ZoneKeys.generate(Zones.APEX).store(file);
    String text = Files.readString(file);
    String pem = text.substring(text.indexOf('\n'));
    Files.writeString(file, ZoneKeys.generate(Zones.APEX).trustAnchorDnskey() + pem);

    IOException refused = assertThrows(IOException.class, () -> ZoneKeys.load(file));

    assertFalse(refused.toString().contains(pem.lines().skip(2).findFirst().orElseThrow()));
  }

  @Test
  void load_brokenFiles_refused() throws IOException {
    Path file = directory.resolve("zone.key");
    ZoneKeys.generate(Zones.APEX).store(file);
    String text = Files.readString(file);
    List<String> broken =
        List.of(
            "",
            text.substring(0, text.length() / 2),
            text.replace("DNSKEY", "TXT"),
            text.replace(" 257 ", " 256 ").replace("\t257 ", "\t256 "),
            text.replace("IN\tDNSKEY\t257 3 13", "IN\tDNSKEY\t257 3 8"),
            text.replace("PRIVATE KEY-----\nM", "PRIVATE KEY-----\nN"));
    for (String variant : broken) {
      assertNotEquals(text, variant);
      Files.writeString(file, variant);
      assertThrows(IOException.class, () -> ZoneKeys.load(file), variant);
    }
  }

  @Test
  void loadOrGenerate_keyOfAnotherZone_refusedAndKept() throws IOException {
    Path file = directory.resolve("zone.key");
    ZoneKeys.generate(Zones.name("other.test.")).store(file);
    String before = Files.readString(file);

    assertThrows(IOException.class, () -> ZoneKeys.loadOrGenerate(file, Zones.APEX));

    assertEquals(before, Files.readString(file));
  }

  @Test
  void trustAnchors_namesFlagsAndAlgorithms() {
    ZoneKeys keys = ZoneKeys.generate(Zones.APEX);
    String ds = keys.trustAnchorDs().replaceAll("\\s+", " ");
    String dnskey = keys.trustAnchorDnskey().replaceAll("\\s+", " ");

    assertTrue(ds.matches("sandbox\\.dive\\.test\\. 3600 IN DS \\d+ 13 2 [0-9A-F]{64}"), ds);
    assertTrue(dnskey.startsWith("sandbox.dive.test. 3600 IN DNSKEY 257 3 13 "), dnskey);
  }

  private static void assumePosix() {
    Assumptions.assumeTrue(
        Path.of("").getFileSystem().supportedFileAttributeViews().contains("posix"),
        "the file system has no POSIX permissions");
  }
}
