// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import io.dive.protocol.Bytes;
import io.dive.protocol.ZoneException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.xbill.DNS.Master;
import org.xbill.DNS.Record;

/** The digest of a zone in memory, and making that zone of records. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ZoneDigestBenchmark {
  private static final String HEAD =
      """
      example. 86400 IN SOA ns1.example. admin.example. 1 1800 900 604800 86400
      example. 86400 IN NS ns1.example.
      """;

  @Param({"1000", "30000"})
  public int hosts = 1000;

  @Param public ZoneHash hash = ZoneHash.SHA_384;

  private List<Record> records = records(1);
  private Zone zone = zone();

  @Setup
  public void read() {
    records = records(hosts);
    zone = zone();
  }

  private static List<Record> records(int hosts) {
    StringBuilder text = new StringBuilder(HEAD);
    for (int i = 0; i < hosts; i++) {
      text.append(
          "host%d.example. 3600 IN A 10.%d.%d.%d\n".formatted(i, i >> 16, i >> 8 & 255, i & 255));
    }
    try (Master master =
        new Master(
            new java.io.ByteArrayInputStream(
                text.toString().getBytes(java.nio.charset.StandardCharsets.US_ASCII)))) {
      List<Record> records = new ArrayList<>();
      for (Record next = master.nextRecord(); next != null; next = master.nextRecord()) {
        records.add(next);
      }
      return records;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private Zone zone() {
    try {
      return Zone.of(records);
    } catch (ZoneException e) {
      throw new IllegalStateException(e);
    }
  }

  @Benchmark
  public Map<ZoneHash, Bytes> digest() {
    return ZoneDigest.of(zone, Set.of(hash));
  }

  @Benchmark
  public Zone sorted() {
    return zone();
  }
}
