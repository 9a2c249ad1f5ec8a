// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * A record of a zone in the form it is sorted and digested in (RFC 4034 §6). Immutable.
 *
 * <p>Everything but the TTL is one array of octets, the key, made so that comparing keys as
 * unsigned octets is the canonical order: the labels below the apex from right to left, each ended
 * by 0, one more 0, the type, the canonical RDATA. Octets 0 and 1 within a label are written as 1 1
 * and 1 2, so that a label that ends sorts before one that goes on. Equal keys are duplicate
 * records.
 */
final class ZoneRecord implements Comparable<ZoneRecord> {
  private static final int FIXED_OCTETS = 10; // type, class, TTL, length of RDATA

  /** Names in their RDATA become lower-case: RFC 4034 §6.2, less NSEC (RFC 6840 §5.1). */
  private static final Set<Integer> NAMES_IN_RDATA =
      Set.of(
          Type.NS,
          Type.MD,
          Type.MF,
          Type.CNAME,
          Type.SOA,
          Type.MB,
          Type.MG,
          Type.MR,
          Type.PTR,
          Type.HINFO,
          Type.MINFO,
          Type.MX,
          Type.RP,
          Type.AFSDB,
          Type.RT,
          Type.SIG,
          Type.PX,
          Type.NXT,
          Type.NAPTR,
          Type.KX,
          Type.SRV,
          Type.DNAME,
          Type.A6,
          Type.RRSIG);

  private final byte[] key;
  private final int nameLength;
  private final int ttl;
  private final byte @Nullable [] spelled;

  private ZoneRecord(byte[] key, int nameLength, int ttl, byte @Nullable [] spelled) {
    this.key = key;
    this.nameLength = nameLength;
    this.ttl = ttl;
    this.spelled = spelled;
  }

  /**
   * The record's form.
   *
   * @param apex the zone's name, canonical wire form
   * @return null if the record's owner is not at or below the apex
   */
  static @Nullable ZoneRecord of(Record record, byte[] apex) {
    byte[] wire = record.toWire(Section.ANSWER);
    int ownerLength = ownerLength(wire);
    byte[] owner = lowerCase(wire, ownerLength);
    byte[] name = nameKey(owner, apex);
    if (name == null) {
      return null;
    }
    int rdata = ownerLength + FIXED_OCTETS;
    byte[] canonical = wire;
    if (NAMES_IN_RDATA.contains(record.getType()) && hasUpperCase(wire, rdata)) {
      canonical = record.rdataToWireCanonical();
      rdata = 0;
    }
    int rdataLength = canonical.length - rdata;
    byte[] key = Arrays.copyOf(name, name.length + 2 + rdataLength);
    key[name.length] = wire[ownerLength];
    key[name.length + 1] = wire[ownerLength + 1];
    System.arraycopy(canonical, rdata, key, name.length + 2, rdataLength);
    boolean differs =
        !Arrays.equals(wire, 0, ownerLength, owner, 0, ownerLength)
            || (rdata == 0
                && !Arrays.equals(
                    wire, ownerLength + FIXED_OCTETS, wire.length, canonical, 0, rdataLength));
    return new ZoneRecord(key, name.length, (int) record.getTTL(), differs ? wire : null);
  }

  private static int ownerLength(byte[] wire) {
    int end = 0;
    while (wire[end] != 0) {
      end += wire[end] + 1;
    }
    return end + 1;
  }

  /** Also lengths of labels may be taken for letters: they are below 64, where there are none. */
  private static byte[] lowerCase(byte[] wire, int length) {
    byte[] lower = Arrays.copyOf(wire, length);
    for (int i = 0; i < length; i++) {
      if (isUpperCase(lower[i])) {
        lower[i] = (byte) (lower[i] + ('a' - 'A'));
      }
    }
    return lower;
  }

  private static boolean hasUpperCase(byte[] wire, int from) {
    for (int i = from; i < wire.length; i++) {
      if (isUpperCase(wire[i])) {
        return true;
      }
    }
    return false;
  }

  private static boolean isUpperCase(byte octet) {
    return octet >= 'A' && octet <= 'Z';
  }

  /**
   * The part of a key that stands for the name.
   *
   * @param owner canonical wire form
   * @return null if the name is not at or below the apex
   */
  static byte @Nullable [] nameKey(byte[] owner, byte[] apex) {
    int below = owner.length - apex.length;
    if (below < 0 || !Arrays.equals(owner, below, owner.length, apex, 0, apex.length)) {
      return null;
    }
    int escapes = 0;
    int position = 0;
    while (position < below) {
      int end = position + owner[position] + 1;
      for (int i = position + 1; i < end; i++) {
        escapes += owner[i] == 0 || owner[i] == 1 ? 1 : 0;
      }
      position = end;
    }
    if (position != below) {
      return null; // the apex matched inside of a label
    }
    byte[] key = new byte[below + escapes + 1];
    int next = key.length - 1; // the last octet stays 0; the rest is filled from the end
    for (int label = 0; label < below; label += owner[label] + 1) {
      next--; // 0
      for (int i = label + owner[label]; i > label; i--) {
        byte octet = owner[i];
        if (octet == 0 || octet == 1) {
          key[--next] = (byte) (octet + 1);
          octet = 1;
        }
        key[--next] = octet;
      }
    }
    return key;
  }

  @Override
  public int compareTo(ZoneRecord other) {
    return Arrays.compareUnsigned(key, other.key);
  }

  /** Whether owner, type and RDATA are the same; the TTL does not count. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ZoneRecord that && Arrays.equals(key, that.key);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(key);
  }

  /** Compares the owner with a name's key. */
  int compareNameTo(byte[] name) {
    return Arrays.compareUnsigned(key, 0, nameLength, name, 0, name.length);
  }

  boolean hasNameOf(ZoneRecord other) {
    return Arrays.equals(key, 0, nameLength, other.key, 0, other.nameLength);
  }

  boolean isAtApex() {
    return nameLength == 1;
  }

  int type() {
    return shortAt(nameLength);
  }

  int ttl() {
    return ttl;
  }

  private int shortAt(int index) {
    return (key[index] & 0xFF) << 8 | (key[index + 1] & 0xFF);
  }

  /** Whether a digest leaves it out (RFC 8976 §3.3.1.1; decision 27). */
  boolean isExcluded() {
    return isAtApex()
        && (type() == Type.ZONEMD
            || (type() == Type.RRSIG && shortAt(nameLength + 2) == Type.ZONEMD));
  }

  /** Whether it was written otherwise than in canonical form. */
  boolean isSpelledOtherwise() {
    return spelled != null;
  }

  /** Octets in memory, as a 64-bit JVM with compressed pointers lays them out. */
  int octetsInMemory() {
    int arrays = padded(16 + key.length) + (spelled == null ? 0 : padded(16 + spelled.length));
    return 32 + 4 + arrays; // this object, the pointer to it, its arrays
  }

  private static int padded(int octets) {
    return (octets + 7) & ~7;
  }

  /** Octets of the canonical form at most, for a buffer. */
  static final int MAX_OCTETS = 255 + FIXED_OCTETS + 65_535;

  /** The owner in canonical wire form. */
  byte[] owner(byte[] apex) {
    byte[] owner = new byte[nameLength - 1 + apex.length];
    int end = owner.length - apex.length;
    System.arraycopy(apex, 0, owner, end, apex.length);
    byte[] label = new byte[64];
    int length = 0;
    for (int i = 0; i < nameLength - 1; i++) {
      byte octet = key[i];
      if (octet == 0) {
        end -= length;
        System.arraycopy(label, 0, owner, end, length);
        owner[--end] = (byte) length;
        length = 0;
      } else {
        label[length++] = octet == 1 ? (byte) (key[++i] - 1) : octet;
      }
    }
    return end == 0 ? owner : Arrays.copyOfRange(owner, end, owner.length); // less the escapes
  }

  /** Appends the canonical form (RFC 4034 §6.2, with the zone's TTL). */
  void writeTo(ByteBuffer buffer, byte[] owner) {
    int rdata = nameLength + 2;
    buffer
        .put(owner)
        .put(key, nameLength, 2)
        .putShort((short) DClass.IN)
        .putInt(ttl)
        .putShort((short) (key.length - rdata))
        .put(key, rdata, key.length - rdata);
  }

  /** The RDATA in canonical form. */
  byte[] rdata() {
    return Arrays.copyOfRange(key, nameLength + 2, key.length);
  }

  /** The record as it was written. */
  Record toRecord(byte[] apex) {
    byte[] wire = spelled;
    if (wire == null) {
      byte[] owner = owner(apex);
      wire = new byte[owner.length + FIXED_OCTETS + key.length - nameLength - 2];
      writeTo(ByteBuffer.wrap(wire), owner);
    }
    try {
      if (type() == Type.ZONEMD) {
        Name owner = new Name(owner(apex));
        return new RawZonemd(owner, Integer.toUnsignedLong(ttl), rdata());
      }
      return Record.fromWire(wire, Section.ANSWER);
    } catch (IOException e) {
      throw new IllegalStateException("was a record before", e);
    }
  }

  /** The key of a name, for {@link #compareNameTo}; null if it is not in the zone. */
  static byte @Nullable [] nameKey(Name name, byte[] apex) {
    return nameKey(name.toWireCanonical(), apex);
  }

  @Override
  public String toString() {
    return "a record of type " + Type.string(type());
  }
}
