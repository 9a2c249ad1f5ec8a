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
    byte[] owner = {0};
    for (int i = from; i < to; i++) {
      ZoneRecord record = zone.record(i);
      if (i == from || !record.hasNameOf(zone.record(i - 1))) {
        owner = record.owner(zone.apexWire());
      }
      if (record.isExcluded() || (record.isAtApex() && record.type() == Type.SOA)) {
        continue;
      }
      if (record.isSpelledOtherwise() || !append(text, owner, record)) {
        text.append(record.toRecord(zone.apexWire()));
      }
      text.append('\n');
    }
    return text.toString();
  }

  /** Appends a record of one of the most frequent types, many times faster than dnsjava. */
  private static boolean append(StringBuilder text, byte[] owner, ZoneRecord record) {
    switch (record.type()) {
      case Type.A -> {
        appendHeader(text, owner, record).append("A\t");
        byte[] address = record.rdata();
        for (int i = 0; i < address.length; i++) {
          text.append(i == 0 ? "" : ".").append(address[i] & 0xFF);
        }
      }
      case Type.NS -> appendName(appendHeader(text, owner, record).append("NS\t"), record.rdata());
      case Type.CNAME ->
          appendName(appendHeader(text, owner, record).append("CNAME\t"), record.rdata());
      default -> {
        return false;
      }
    }
    return true;
  }

  private static StringBuilder appendHeader(StringBuilder text, byte[] owner, ZoneRecord record) {
    appendName(text, owner);
    return text.append('\t').append(Integer.toUnsignedLong(record.ttl())).append("\tIN\t");
  }

  /** RFC 1035 §5.1: what has a meaning of its own gets a backslash, what is not ASCII a number. */
  private static void appendName(StringBuilder text, byte[] wire) {
    if (wire[0] == 0) {
      text.append('.');
    }
    for (int at = 0; wire[at] != 0; at += wire[at] + 1) {
      for (int i = at + 1; i <= at + wire[at]; i++) {
        int octet = wire[i] & 0xFF;
        if (octet <= ' ' || octet >= 0x7F) {
          text.append('\\')
              .append((char) ('0' + octet / 100))
              .append((char) ('0' + octet / 10 % 10))
              .append((char) ('0' + octet % 10));
        } else {
          if ("\"().;\\@$".indexOf(octet) >= 0) {
            text.append('\\');
          }
          text.append((char) octet);
        }
      }
      text.append('.');
    }
  }
}
