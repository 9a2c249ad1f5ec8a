// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import static java.util.Objects.requireNonNull;

import io.dive.dns.Deadline;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.protocol.ZoneException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Serial;
import org.xbill.DNS.Type;

/**
 * All records of one zone, once each and in canonical order, in a compact form (about 32 octets
 * above its own length for each record, see {@link #octetsPerRecord}). Records outside of the zone
 * are left out (decision 27). Immutable.
 */
public final class Zone {
  private final String source;
  private final Name apex;
  private final byte[] apexWire;
  private final ZoneRecord[] records;
  private final SOARecord soa;

  private Zone(String source, Name apex, ZoneRecord[] sorted) throws ZoneException {
    this.source = source;
    this.apex = apex;
    this.apexWire = apex.toWireCanonical();
    this.records = sorted;
    List<Record> soas = at(apex, Type.SOA);
    if (soas.size() != 1) {
      throw new ZoneException(
          ErrorCode.ZONE_UNREADABLE,
          source
              + " has "
              + (soas.isEmpty() ? "no SOA record" : "several SOA records")
              + " at "
              + apex
              + "; name the right zone, or repair it");
    }
    this.soa = (SOARecord) soas.get(0);
  }

  /** Collects records in any order; confined to one thread. */
  static final class Builder {
    private static final int CHECK_EVERY = 4096;

    private final String source;
    private final long maxOctets;
    private final Deadline deadline;
    private final List<Record> beforeSoa = new ArrayList<>();
    private List<ZoneRecord> records = new ArrayList<>();
    private Optional<Name> apex;
    private byte[] apexWire = {};
    private long octets;
    private int seen;

    /**
     * An empty zone.
     *
     * @param apex the name of the zone; without it, the owner of the first SOA record
     * @param maxOctets the memory that the records may take
     */
    Builder(String source, Optional<Name> apex, long maxOctets, Deadline deadline) {
      this.source = source;
      this.apex = apex;
      this.maxOctets = maxOctets;
      this.deadline = deadline;
      apex.ifPresent(name -> apexWire = name.toWireCanonical());
    }

    void add(Record record) throws ZoneException {
      if (record.getDClass() != DClass.IN) {
        throw new ZoneException(
            ErrorCode.ZONE_UNREADABLE,
            source
                + " has a record of class "
                + DClass.string(record.getDClass())
                + " at "
                + record.getName()
                + "; only class IN is supported");
      }
      if (++seen % CHECK_EVERY == 0 && deadline.remaining().isZero()) {
        throw new ZoneException(
            ErrorCode.DNS_TIMEOUT, source + " could not be read in time; allow it more");
      }
      if (apex.isEmpty()) {
        beforeSoa.add(record);
        if (record.getType() == Type.SOA) {
          apex = Optional.of(record.getName());
          apexWire = record.getName().toWireCanonical();
          for (Record early : beforeSoa) {
            put(early);
          }
          beforeSoa.clear();
        }
        return;
      }
      put(record);
    }

    private void put(Record record) throws ZoneException {
      ZoneRecord compact = ZoneRecord.of(record, apexWire);
      if (compact == null) {
        return;
      }
      octets += compact.octetsInMemory();
      if (octets > maxOctets) {
        throw new ZoneException(
            ErrorCode.TOO_LARGE,
            source
                + " is a zone that takes more than "
                + (maxOctets >> 20)
                + " MiB; it is not read");
      }
      records.add(compact);
    }

    Zone build() throws ZoneException {
      Name name =
          apex.orElseThrow(
              () ->
                  new ZoneException(
                      ErrorCode.ZONE_UNREADABLE,
                      source + " has no SOA record, so it is no zone; name another source"));
      ZoneRecord[] sorted = records.toArray(ZoneRecord[]::new);
      records = new ArrayList<>();
      Arrays.parallelSort(sorted); // stable: of duplicates with two TTLs the first one stays
      int kept = 0;
      for (ZoneRecord record : sorted) {
        if (kept == 0 || !record.equals(sorted[kept - 1])) {
          sorted[kept++] = record;
        }
      }
      return new Zone(source, name, kept == sorted.length ? sorted : Arrays.copyOf(sorted, kept));
    }
  }

  /**
   * A zone of records held in memory, in any order; the first SOA record's owner is the apex.
   *
   * @throws ZoneException with {@code ZONE_UNREADABLE} if they make no zone of class IN
   */
  public static Zone of(Iterable<Record> records) throws ZoneException {
    Builder builder =
        new Builder(
            "the list of records",
            Optional.empty(),
            Long.MAX_VALUE,
            Deadline.in(java.time.Duration.ofDays(1)));
    for (Record record : requireNonNull(records, "records")) {
      builder.add(record);
    }
    return builder.build();
  }

  /** Where it was read from, for messages. */
  public String source() {
    return source;
  }

  /** The zone's name, with the final dot. */
  public String name() {
    return apex.toString();
  }

  /** The serial number of its SOA record. */
  public long serial() {
    return soa.getSerial();
  }

  /** How many records it has, duplicates once. */
  public int size() {
    return records.length;
  }

  /** Memory it takes for each record on average, in octets; 0 is never the answer. */
  public long octetsPerRecord() {
    long octets = 0;
    for (ZoneRecord record : records) {
      octets += record.octetsInMemory();
    }
    return (octets + records.length - 1) / records.length;
  }

  Name apex() {
    return apex;
  }

  byte[] apexWire() {
    return apexWire;
  }

  SOARecord soa() {
    return soa;
  }

  ZoneRecord record(int index) {
    return records[index];
  }

  /** The records of a name and type in canonical order, as they were written. */
  List<Record> at(Name name, int type) {
    byte[] key = ZoneRecord.nameKey(name, apexWire);
    List<Record> found = new ArrayList<>();
    if (key != null) {
      for (int i = firstAt(key); i < records.length && records[i].compareNameTo(key) == 0; i++) {
        if (records[i].type() == type) {
          found.add(records[i].toRecord(apexWire));
        }
      }
    }
    return found;
  }

  private int firstAt(byte[] name) {
    int low = 0;
    int high = records.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (records[middle].compareNameTo(name) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Whether this is an older version of the same zone (RFC 1982 §3.2). */
  public boolean isBehind(Zone other) {
    return apex.equals(other.apex) && Serial.compare(serial(), other.serial()) < 0;
  }

  /** Whether the apex has DNSSEC records. */
  boolean isSigned() {
    return !at(apex, Type.DNSKEY).isEmpty() || !at(apex, Type.RRSIG).isEmpty();
  }

  /**
   * The first records in canonical order that only one of two zones has, or that differ in their
   * TTL.
   *
   * @param limit the most lines to give
   * @return lines that begin with the zone's source
   */
  List<String> differencesFrom(Zone other, int limit) {
    List<String> lines = new ArrayList<>();
    int i = 0;
    int j = 0;
    while (lines.size() < limit && (i < size() || j < other.size())) {
      int order = i == size() ? 1 : j == other.size() ? -1 : records[i].compareTo(other.records[j]);
      if (order < 0) {
        lines.add("only in " + source + ": " + text(i++));
      } else if (order > 0) {
        lines.add("only in " + other.source + ": " + other.text(j++));
      } else {
        if (records[i].ttl() != other.records[j].ttl()) {
          lines.add("other TTL in " + other.source + ": " + other.text(j));
        }
        i++;
        j++;
      }
    }
    return lines;
  }

  private String text(int index) {
    return Excerpt.of(records[index].toRecord(apexWire).toString().replaceAll("\t+", " "));
  }

  /** Source, name and serial. */
  @Override
  public String toString() {
    return source + ": zone " + apex + " serial " + serial();
  }
}
