// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import java.util.List;
import org.xbill.DNS.DClass;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;

/** The records of one name and type, in canonical order, with their signature. Immutable. */
record SignedRrset(List<Record> records, RRSIGRecord signature) {

  SignedRrset {
    records = List.copyOf(records);
  }

  Record first() {
    return records.get(0);
  }

  /** A SOA RRset whose TTL is that of negative answers (RFC 2308 §3). */
  static SignedRrset negative(SignedRrset soa) {
    SOARecord full = (SOARecord) soa.first();
    RRSIGRecord rrsig = soa.signature();
    long ttl = negativeTtl(full);
    Record shortLived =
        new SOARecord(
            full.getName(),
            DClass.IN,
            ttl,
            full.getHost(),
            full.getAdmin(),
            full.getSerial(),
            full.getRefresh(),
            full.getRetry(),
            full.getExpire(),
            full.getMinimum());
    // The signed TTL stays: validators compute with it, not with the one in the record's header.
    RRSIGRecord signature =
        new RRSIGRecord(
            rrsig.getName(),
            DClass.IN,
            ttl,
            rrsig.getTypeCovered(),
            rrsig.getAlgorithm(),
            rrsig.getOrigTTL(),
            rrsig.getExpire(),
            rrsig.getTimeSigned(),
            rrsig.getFootprint(),
            rrsig.getSigner(),
            rrsig.getSignature());
    return new SignedRrset(List.of(shortLived), signature);
  }

  /** TTL of negative answers and of NSEC records, in seconds (RFC 2308 §5, RFC 9077 §3). */
  static long negativeTtl(SOARecord soa) {
    return Math.min(soa.getTTL(), soa.getMinimum());
  }
}
