// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dive.dns.Named;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Zones of 300,000 records, both ways with ldns, and the memory they take. */
@Tag("long")
@Timeout(900)
class LargeZoneTest {
  private static final int RECORDS = 300_000;

  private final Path directory;
  private final ZoneFiles files;

  LargeZoneTest(@TempDir Path directory) {
    this.directory = directory;
    this.files = new ZoneFiles(directory);
  }

  @ParameterizedTest
  @CsvSource({"1, SHA_384", "2, SHA_512"})
  void digests_agreeWithLdnsBothWays(int number, ZoneHash hash) throws Exception {
    for (String program : List.of("ldns-signzone", "ldns-verify-zone")) {
      assumeTrue(Named.program(program).isPresent(), program + " is not installed");
    }
    Path unsigned = files.write("unsigned", ZoneFiles.generated(RECORDS));
    Path theirs = directory.resolve("theirs");
    files.runWell(
        "ldns-signzone", "-Z", "-z", "1:" + number, "-o", "example.", "-f", theirs, unsigned);
    ZoneResult result = ZoneFiles.verify(theirs);
    assertEquals(
        RECORDS + 6,
        assertInstanceOf(ZoneResult.Verified.class, result, result.sentence()).zone().records());
    Path ours = files.generate("ours", unsigned, hash);
    files.runWell("ldns-verify-zone", "-Z", ours);
    assertEquals(List.of(), ZoneVerifier.differences(ZoneFiles.read(theirs), ZoneFiles.read(ours)));
  }

  /** What docs/zonemd.md states: 68 octets and the names and data of a record, rounded up. */
  @Test
  void memory_growsWithTheRecords() throws Exception {
    long small = heldBy(RECORDS / 4);
    long large = heldBy(RECORDS);
    assertTrue(small < 150 && large < 150, () -> small + " and " + large + " octets per record");
    assertTrue(Math.abs(small - large) < 16, () -> small + " and " + large + " octets per record");
  }

  /** Octets of heap for each record, garbage apart; compared with what the zone says of itself. */
  private long heldBy(int records) throws Exception {
    Path file = files.write("zone", ZoneFiles.generated(records));
    long before = used();
    Zone zone = ZoneFiles.read(file);
    long held = (used() - before) / zone.size();
    long stated = zone.octetsPerRecord();
    assertTrue(Math.abs(held - stated) <= 16, () -> held + " octets held, " + stated + " stated");
    return held;
  }

  private static long used() {
    Runtime runtime = Runtime.getRuntime();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }
}
