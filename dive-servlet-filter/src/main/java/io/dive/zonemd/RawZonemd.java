// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import java.io.IOException;
import java.io.Serial;
import java.util.HexFormat;
import java.util.Locale;
import org.xbill.DNS.Compression;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSInput;
import org.xbill.DNS.DNSOutput;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Tokenizer;
import org.xbill.DNS.Type;

/**
 * A ZONEMD record with any RDATA. dnsjava's own refuses digests of a length that does not fit the
 * hash algorithm, and with them the whole zone; RFC 8976 §4 says that a verifier ignores them.
 */
final class RawZonemd extends Record {
  @Serial private static final long serialVersionUID = 1;

  /** Serial, scheme, hash algorithm. */
  private static final int FIXED_OCTETS = 6;

  private byte[] rdata;

  RawZonemd(Name owner, long ttl, byte[] rdata) {
    super(owner, Type.ZONEMD, DClass.IN, ttl);
    this.rdata = rdata.clone();
  }

  /** Reads the RDATA of a zone file's line (RFC 8976 §2.3, or RFC 3597 §5). */
  static RawZonemd parse(Name owner, long ttl, Tokenizer line) throws IOException {
    Tokenizer.Token first = line.get();
    if ("\\#".equals(first.value())) {
      int length = line.getUInt16();
      byte[] rdata = line.getHex(length > 0);
      if ((rdata == null ? 0 : rdata.length) != length) {
        throw line.exception("the RDATA has another length than it says");
      }
      return new RawZonemd(owner, ttl, rdata == null ? new byte[0] : rdata);
    }
    line.unget();
    DNSOutput out = new DNSOutput();
    out.writeU32(line.getUInt32());
    out.writeU8(line.getUInt8());
    out.writeU8(line.getUInt8());
    out.writeByteArray(line.getHex(true));
    return new RawZonemd(owner, ttl, out.toByteArray());
  }

  boolean isComplete() {
    return rdata.length >= FIXED_OCTETS;
  }

  /** The serial number it was computed for. */
  long serial() {
    return Integer.toUnsignedLong(
        (rdata[0] & 0xFF) << 24
            | (rdata[1] & 0xFF) << 16
            | (rdata[2] & 0xFF) << 8
            | (rdata[3] & 0xFF));
  }

  int scheme() {
    return rdata[4] & 0xFF;
  }

  int hashNumber() {
    return rdata[5] & 0xFF;
  }

  byte[] digest() {
    return java.util.Arrays.copyOfRange(rdata, FIXED_OCTETS, rdata.length);
  }

  @Override
  protected void rrFromWire(DNSInput in) {
    rdata = in.readByteArray();
  }

  @Override
  protected void rdataFromString(Tokenizer line, Name origin) throws IOException {
    rdata = parse(getName(), getTTL(), line).rdata;
  }

  @Override
  protected void rrToWire(DNSOutput out, Compression compression, boolean canonical) {
    out.writeByteArray(rdata);
  }

  @Override
  protected String rrToString() {
    HexFormat hex = HexFormat.of();
    return rdata.length <= FIXED_OCTETS
        ? String.format(Locale.ROOT, "\\# %d %s", rdata.length, hex.formatHex(rdata))
        : serial() + " " + scheme() + " " + hashNumber() + " " + hex.formatHex(digest());
  }
}
