// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.stream.IntStream;
import org.xbill.DNS.Type;

/**
 * A zone as a zone file with absolute names, one record per line, in canonical order but for the
 * SOA record and the new ZONEMD records, which come first. ZONEMD records at the apex are left out.
 */
final class ZoneText {
  private static final int RECORDS_OF_A_CHUNK = 2048;
  private static final int CHUNKS_IN_MEMORY = 64;

  private ZoneText() {}

  static void write(Zone zone, List<String> zonemds, Writer out) throws IOException {
    StringBuilder first = new StringBuilder(zone.soa().toString()).append('\n');
    zonemds.forEach(line -> first.append(line).append('\n'));
    out.write(first.toString());
    int chunks = (zone.size() + RECORDS_OF_A_CHUNK - 1) / RECORDS_OF_A_CHUNK;
    for (int window = 0; window < chunks; window += CHUNKS_IN_MEMORY) {
      List<String> texts =
          IntStream.range(window, Math.min(chunks, window + CHUNKS_IN_MEMORY))
              .parallel()
              .mapToObj(chunk -> chunk(zone, chunk * RECORDS_OF_A_CHUNK))
              .toList();
      for (String text : texts) {
        out.write(text);
      }
    }
    out.flush();
  }

  private static String chunk(Zone zone, int from) {
    StringBuilder text = new StringBuilder(RECORDS_OF_A_CHUNK * 64);
    int to = Math.min(zone.size(), from + RECORDS_OF_A_CHUNK);
    for (int i = from; i < to; i++) {
      ZoneRecord record = zone.record(i);
      if (!record.isExcluded() && !(record.isAtApex() && record.type() == Type.SOA)) {
        text.append(record.toRecord(zone.apexWire())).append('\n');
      }
    }
    return text.toString();
  }
}
