// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import io.dive.dns.TrustAnchors;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * Keys of a zone, and what they say about its RRsets (RFC 4035 §5.3).
 *
 * @param at the moment at which signatures have to be valid
 */
record ZoneKeys(List<DNSKEYRecord> keys, Instant at) {
  /** Keys and signatures of one key tag may be many, but not in an honest zone. */
  private static final int MAX_TRIES = 16;

  ZoneKeys {
    keys = List.copyOf(keys);
  }

  /** The keys at the apex that may sign. */
  static ZoneKeys of(Zone zone, Instant at) {
    return new ZoneKeys(
        zone.at(zone.apex(), Type.DNSKEY).stream()
            .map(DNSKEYRecord.class::cast)
            .filter(key -> (key.getFlags() & DNSKEYRecord.Flags.ZONE_KEY) != 0)
            .filter(key -> (key.getFlags() & DNSKEYRecord.Flags.REVOKE) == 0)
            .filter(key -> TrustAnchors.supports(key.getAlgorithm()))
            .toList(),
        at);
  }

  /** Whether there are keys, but none that is known here: RFC 4035 §5.2 calls that unsigned. */
  static boolean areOfUnknownAlgorithms(Zone zone) {
    List<Record> keys = zone.at(zone.apex(), Type.DNSKEY);
    return !keys.isEmpty()
        && keys.stream().noneMatch(k -> TrustAnchors.supports(((DNSKEYRecord) k).getAlgorithm()));
  }

  /** Those that a DS record names. */
  ZoneKeys confirmedBy(List<DSRecord> anchors) {
    return new ZoneKeys(
        keys.stream().filter(key -> anchors.stream().anyMatch(ds -> confirms(ds, key))).toList(),
        at);
  }

  private static boolean confirms(DSRecord ds, DNSKEYRecord key) {
    return ds.getFootprint() == key.getFootprint()
        && ds.getAlgorithm() == key.getAlgorithm()
        && Arrays.equals(
            ds.getDigest(),
            new DSRecord(key.getName(), key.getDClass(), 0, ds.getDigestID(), key).getDigest());
  }

  /**
   * What is wrong with the signatures of an RRset; empty if one of them is valid.
   *
   * @param signatures those of its name, for any types
   */
  Optional<String> problem(List<Record> rrset, List<? extends Record> signatures) {
    int type = rrset.get(0).getType();
    Name owner = rrset.get(0).getName();
    RRset records = new RRset(rrset);
    String problem = "has no RRSIG record";
    int tries = 0;
    for (Record record : signatures) {
      RRSIGRecord signature = (RRSIGRecord) record;
      if (signature.getTypeCovered() != type) {
        continue;
      }
      if (problem.startsWith("has no RRSIG")) {
        problem = "has no RRSIG record by a key of the zone";
      }
      for (DNSKEYRecord key : keys) {
        if (signature.getFootprint() != key.getFootprint() || ++tries > MAX_TRIES) {
          continue;
        }
        try {
          DNSSEC.verify(records, signature, key, at);
          return Optional.empty();
        } catch (DNSSEC.KeyMismatchException e) {
          // Another key may have made it.
        } catch (DNSSEC.SignatureExpiredException e) {
          problem = "has a signature that expired at " + signature.getExpire();
        } catch (DNSSEC.SignatureNotYetValidException e) {
          problem = "has a signature that is valid from " + signature.getTimeSigned();
        } catch (DNSSEC.DNSSECException e) {
          problem = "has a wrong signature";
        }
      }
    }
    return Optional.of(owner + " " + Type.string(type) + " " + problem);
  }
}
