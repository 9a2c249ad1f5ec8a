// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import static io.dive.zonemd.ZoneResult.Failure.SIGNATURE_INVALID;
import static io.dive.zonemd.ZoneResult.Failure.ZONEMD_REMOVED;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * What DNSSEC says about a zone's SOA and ZONEMD records, from the zone's own records and, where
 * there is one, a trust anchor for it (RFC 8976 §4, steps 1 to 3).
 *
 * @param failure why the zone counts as damaged; empty if DNSSEC has no objection
 * @param keys those of the zone's keys that can be relied on as far as the authenticity says
 */
record ApexProof(ZoneResult.Authenticity authenticity, Optional<Objection> failure, ZoneKeys keys) {
  /** Why DNSSEC objects. */
  record Objection(ZoneResult.Failure failure, String sentence) {}

  /** How the proof goes. */
  private record Examination(Zone zone, ZoneKeys keys, List<Record> signatures) {
    Optional<Objection> problem(int type, ZoneKeys by) {
      return by.problem(zone.at(zone.apex(), type), signatures)
          .map(sentence -> new Objection(SIGNATURE_INVALID, sentence));
    }

    Optional<Objection> ofZonemd() {
      return zone.at(zone.apex(), Type.ZONEMD).isEmpty() ? ofAbsence() : problem(Type.ZONEMD, keys);
    }

    /** RFC 4035 §5.4, RFC 5155 §8.5: the apex exists, and its bit map does not name the type. */
    private Optional<Objection> ofAbsence() {
      Name owner = nsecOwner(zone);
      int type = owner.equals(zone.apex()) ? Type.NSEC : Type.NSEC3;
      List<Record> proof = zone.at(owner, type);
      if (proof.isEmpty()) {
        return Optional.of(
            new Objection(
                ZONEMD_REMOVED,
                "the signed zone has no ZONEMD record and no NSEC or NSEC3 record to prove that"));
      }
      Optional<String> invalid = keys.problem(proof, zone.at(owner, Type.RRSIG));
      if (invalid.isPresent()) {
        return invalid.map(sentence -> new Objection(SIGNATURE_INVALID, sentence));
      }
      return proof.stream().anyMatch(ApexProof::namesZonemd)
          ? Optional.of(
              new Objection(
                  ZONEMD_REMOVED,
                  "the apex's "
                      + Type.string(type)
                      + " record names a ZONEMD record, and there is none"))
          : Optional.empty();
    }
  }

  /**
   * Examines a zone.
   *
   * @param anchors DS records of the zone
   * @param anchored whether there have to be any
   */
  static ApexProof of(Zone zone, List<DSRecord> anchors, boolean anchored, Instant at) {
    ZoneKeys keys = ZoneKeys.of(zone, at);
    if (anchored && anchors.isEmpty()) {
      return objection(
          keys,
          "no trust anchor is for the zone " + zone.name() + "; give its own DS or DNSKEY record");
    }
    if (!zone.isSigned()) {
      return anchored
          ? objection(keys, "the zone has a trust anchor, and is not signed")
          : new ApexProof(ZoneResult.Authenticity.UNSIGNED, Optional.empty(), keys);
    }
    if (!anchored && ZoneKeys.areOfUnknownAlgorithms(zone)) {
      return new ApexProof(ZoneResult.Authenticity.UNKNOWN_ALGORITHM, Optional.empty(), keys);
    }
    ZoneKeys entry = anchored ? keys.confirmedBy(anchors) : keys;
    if (entry.keys().isEmpty()) {
      return objection(
          keys,
          anchored
              ? "none of the zone's keys is the one that the trust anchor names"
              : "the zone has signatures and no key that could have made them");
    }
    Examination examination = new Examination(zone, keys, zone.at(zone.apex(), Type.RRSIG));
    Optional<Objection> failure =
        examination
            .problem(Type.DNSKEY, entry)
            .or(() -> examination.problem(Type.SOA, keys))
            .or(examination::ofZonemd);
    return new ApexProof(
        anchored ? ZoneResult.Authenticity.ANCHORED : ZoneResult.Authenticity.SELF_SIGNED,
        failure,
        keys);
  }

  /** Whether the zone is signed in a way that could be examined. */
  boolean isSigned() {
    return switch (authenticity) {
      case UNSIGNED, UNKNOWN_ALGORITHM -> false;
      case SELF_SIGNED, ANCHORED -> true;
    };
  }

  private static ApexProof objection(ZoneKeys keys, String sentence) {
    return new ApexProof(
        ZoneResult.Authenticity.UNSIGNED,
        Optional.of(new Objection(SIGNATURE_INVALID, sentence)),
        keys);
  }

  /** Whether the record that lists the apex's types lists ZONEMD among them. */
  static boolean listsZonemd(Zone zone) {
    Name owner = nsecOwner(zone);
    return zone.at(owner, owner.equals(zone.apex()) ? Type.NSEC : Type.NSEC3).stream()
        .anyMatch(ApexProof::namesZonemd);
  }

  private static boolean namesZonemd(Record record) {
    return record instanceof NSECRecord nsec
        ? nsec.hasType(Type.ZONEMD)
        : record instanceof NSEC3Record nsec3 && nsec3.hasType(Type.ZONEMD);
  }

  /** Where the record stands that lists the apex's types: at the apex, or at its hash. */
  private static Name nsecOwner(Zone zone) {
    Name apex = zone.apex();
    if (!zone.at(apex, Type.NSEC).isEmpty()) {
      return apex;
    }
    try {
      return Nsec3Chain.ownerOfApex(zone).orElse(apex);
    } catch (TextParseException e) {
      return apex; // the name would be too long, so there is no proof
    }
  }
}
