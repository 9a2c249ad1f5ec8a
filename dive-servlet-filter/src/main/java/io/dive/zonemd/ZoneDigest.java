// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.Bytes;
import io.dive.protocol.ZoneException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.ZoneMDRecord;

/**
 * The digest over a zone by the scheme SIMPLE (RFC 8976 §3.3.1), and its record. Stateless.
 *
 * <p>A zone signed with DNSSEC gets its record in three steps (§3.1): a {@link #placeholder} goes
 * into the zone before it is signed, so that the apex's NSEC or NSEC3 record counts it; {@link #of}
 * gives the true record; it takes the placeholder's place, and the ZONEMD RRset is signed once
 * more.
 */
public final class ZoneDigest {
  /** RFC 8976 §5.2. */
  static final int SCHEME_SIMPLE = 1;

  /** No digest may be shorter (RFC 8976 §2.2.4). */
  static final int MIN_LENGTH = 12;

  private ZoneDigest() {}

  /**
   * The ZONEMD record of a zone given as records in memory. ZONEMD records at the apex and their
   * signatures may be among them and do not count.
   *
   * @throws ZoneException with {@code ZONE_UNREADABLE} if the records make no zone of class IN
   */
  public static ZoneMDRecord of(Iterable<org.xbill.DNS.Record> records, ZoneHash hash)
      throws ZoneException {
    Zone zone = Zone.of(records);
    return record(zone, hash, requireNonNull(of(zone, Set.of(hash)).get(hash), "was asked for"));
  }

  /** A record with a digest of zeros, to be signed together with the rest of the zone. */
  public static ZoneMDRecord placeholder(SOARecord soa, ZoneHash hash) {
    return record(soa, hash, new byte[hash.length()]);
  }

  static ZoneMDRecord record(Zone zone, ZoneHash hash, Bytes digest) {
    return record(zone.soa(), hash, digest.toByteArray());
  }

  private static ZoneMDRecord record(SOARecord soa, ZoneHash hash, byte[] digest) {
    return new ZoneMDRecord(
        soa.getName(),
        soa.getDClass(),
        soa.getTTL(),
        soa.getSerial(),
        SCHEME_SIMPLE,
        hash.number(),
        digest);
  }

  /** The digests of a zone by several algorithms, in one pass. */
  static Map<ZoneHash, Bytes> of(Zone zone, Set<ZoneHash> hashes) {
    Map<ZoneHash, MessageDigest> digests = new EnumMap<>(ZoneHash.class);
    hashes.forEach(hash -> digests.put(hash, hash.newDigest()));
    byte[] apex = zone.apexWire();
    ByteBuffer buffer = ByteBuffer.allocate(2 * ZoneRecord.MAX_OCTETS);
    byte[] owner = apex;
    for (int i = 0; i < zone.size(); i++) {
      ZoneRecord record = zone.record(i);
      if (record.isExcluded()) {
        continue;
      }
      if (i == 0 || !record.hasNameOf(zone.record(i - 1))) {
        owner = record.owner(apex);
      }
      if (buffer.remaining() < ZoneRecord.MAX_OCTETS) {
        flush(buffer, digests);
      }
      record.writeTo(buffer, owner);
    }
    flush(buffer, digests);
    Map<ZoneHash, Bytes> values = new EnumMap<>(ZoneHash.class);
    digests.forEach((hash, digest) -> values.put(hash, Bytes.of(digest.digest())));
    return values;
  }

  private static void flush(ByteBuffer buffer, Map<ZoneHash, MessageDigest> digests) {
    digests.values().forEach(digest -> digest.update(buffer.duplicate().flip()));
    buffer.clear();
  }
}
