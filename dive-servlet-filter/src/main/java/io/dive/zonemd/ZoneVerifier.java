// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import static java.util.Objects.requireNonNull;

import io.dive.dns.Deadline;
import io.dive.dns.TrustAnchors;
import io.dive.protocol.Bytes;
import java.time.Clock;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** Verifies zones by their ZONEMD records (RFC 8976 §4, decisions 27 and 28). Immutable. */
public final class ZoneVerifier {
  private static final int MAX_DETAILS = 5;

  private final Optional<TrustAnchors> anchors;
  private final Clock clock;

  private ZoneVerifier(Optional<TrustAnchors> anchors, Clock clock) {
    this.anchors = anchors;
    this.clock = requireNonNull(clock, "clock");
  }

  /**
   * Takes a signed zone's own keys as they are; a result says so.
   *
   * @param clock decides whether signatures are valid
   */
  public static ZoneVerifier unanchored(Clock clock) {
    return new ZoneVerifier(Optional.empty(), clock);
  }

  /** Takes only zones that are signed by a key which is anchored itself. */
  public static ZoneVerifier anchored(TrustAnchors anchors, Clock clock) {
    return new ZoneVerifier(Optional.of(anchors), clock);
  }

  /**
   * Verifies a zone.
   *
   * @param deadline until when to look for the place of a damage; the verdict does not depend on it
   */
  public ZoneResult verify(Zone zone, Deadline deadline) {
    ZoneResult.Facts facts = ZoneResult.Facts.of(zone);
    List<DSRecord> named = anchors.map(a -> a.of(zone.apex())).orElse(List.of());
    ApexProof proof = ApexProof.of(zone, named, anchors.isPresent(), clock.instant());
    if (proof.failure().isPresent()) {
      ApexProof.Objection objection = proof.failure().orElseThrow();
      return new ZoneResult.Failed(
          facts,
          objection.failure(),
          prefix(facts) + objection.sentence(),
          damage(zone, proof, deadline));
    }
    List<Record> records = zone.at(zone.apex(), Type.ZONEMD);
    if (records.isEmpty()) {
      return new ZoneResult.NotVerifiable(
          facts,
          ZoneResult.Obstacle.NO_ZONEMD,
          prefix(facts)
              + "there is no ZONEMD record"
              + (proof.isSigned() ? ", and DNSSEC proves that there should be none" : ""));
    }
    Candidates candidates = Candidates.of(records);
    if (candidates.usable().isEmpty()) {
      return new ZoneResult.NotVerifiable(
          facts,
          ZoneResult.Obstacle.NO_USABLE_ZONEMD,
          prefix(facts) + "no ZONEMD record is usable: " + String.join("; ", candidates.ignored()));
    }
    return judge(zone, facts, candidates.usable(), proof, deadline);
  }

  private static String prefix(ZoneResult.Facts facts) {
    return "zone " + facts.name() + " serial " + facts.serial() + ": ";
  }

  /**
   * The ZONEMD records of an apex, sorted out.
   *
   * @param usable at most one for each algorithm
   * @param ignored why each of the others is not
   */
  private record Candidates(Map<ZoneHash, RawZonemd> usable, List<String> ignored) {
    static Candidates of(List<Record> records) {
      Map<String, Integer> count = new LinkedHashMap<>();
      Map<ZoneHash, RawZonemd> usable = new EnumMap<>(ZoneHash.class);
      List<String> ignored = new ArrayList<>();
      for (Record record : records) {
        count.merge(kind((RawZonemd) record), 1, Integer::sum);
      }
      for (Record record : records) {
        RawZonemd zonemd = (RawZonemd) record;
        Optional<String> reason =
            count.getOrDefault(kind(zonemd), 0) > 1
                ? Optional.of("there are several")
                : unusable(zonemd);
        if (reason.isPresent()) {
          ignored.add(kind(zonemd) + ": " + reason.orElseThrow());
        } else {
          usable.put(ZoneHash.fromNumber(zonemd.hashNumber()).orElseThrow(), zonemd);
        }
      }
      return new Candidates(usable, ignored.stream().distinct().toList());
    }

    private static String kind(RawZonemd record) {
      return record.isComplete()
          ? "scheme " + record.scheme() + " hash " + record.hashNumber()
          : "cut record";
    }

    private static Optional<String> unusable(RawZonemd record) {
      if (!record.isComplete()) {
        return Optional.of("it has no digest");
      } else if (record.scheme() != ZoneDigest.SCHEME_SIMPLE) {
        return Optional.of("the scheme is not known");
      }
      Optional<ZoneHash> hash = ZoneHash.fromNumber(record.hashNumber());
      if (hash.isEmpty()) {
        return Optional.of("the hash algorithm is not known");
      }
      int length = record.digest().length;
      return length == hash.orElseThrow().length()
          ? Optional.empty()
          : Optional.of("the digest has " + length + " octets");
    }
  }

  private static ZoneResult judge(
      Zone zone,
      ZoneResult.Facts facts,
      Map<ZoneHash, RawZonemd> usable,
      ApexProof proof,
      Deadline deadline) {
    Map<ZoneHash, RawZonemd> current = new EnumMap<>(ZoneHash.class);
    usable.forEach(
        (hash, record) -> {
          if (record.serial() == zone.serial()) {
            current.put(hash, record);
          }
        });
    if (current.isEmpty()) {
      return new ZoneResult.Failed(
          facts,
          ZoneResult.Failure.SERIAL_MISMATCH,
          prefix(facts)
              + "the ZONEMD record is for serial "
              + usable.values().iterator().next().serial(),
          damage(zone, proof, deadline));
    }
    Map<ZoneHash, Bytes> digests = ZoneDigest.of(zone, current.keySet());
    for (Map.Entry<ZoneHash, RawZonemd> entry : current.entrySet()) {
      if (Objects.equals(Bytes.of(entry.getValue().digest()), digests.get(entry.getKey()))) {
        return new ZoneResult.Verified(facts, entry.getKey(), proof.authenticity());
      }
    }
    return new ZoneResult.Failed(
        facts,
        ZoneResult.Failure.DIGEST_MISMATCH,
        prefix(facts)
            + "the digest of its "
            + facts.records()
            + " records is not the one in the ZONEMD record ("
            + String.join(", ", current.keySet().stream().map(ZoneHash::token).toList())
            + ")",
        damage(zone, proof, deadline));
  }

  private static List<String> damage(Zone zone, ApexProof proof, Deadline deadline) {
    return zone.isSigned() && proof.authenticity() != ZoneResult.Authenticity.UNKNOWN_ALGORITHM
        ? new ZoneDamage(zone, proof.keys(), deadline).find(MAX_DETAILS)
        : List.of();
  }

  /**
   * What a zone has otherwise than another copy of it, for a zone that failed.
   *
   * @param good the copy that is believed
   * @return at most five sentences, the first ones in canonical order; empty if the copies are
   *     equal
   */
  public static List<String> differences(Zone zone, Zone good) {
    return zone.apex().equals(good.apex())
        ? good.differencesFrom(zone, MAX_DETAILS)
        : List.of(good.source() + " is another zone, " + good.name());
  }
}
