// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import io.dive.protocol.ZoneException;
import io.dive.zonemd.ZoneDigest;
import io.dive.zonemd.ZoneHash;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Serial;
import org.xbill.DNS.Type;

/**
 * One version of a DNSSEC-signed zone (RFC 4035 §2): the records given, the DNSKEY record, an NSEC
 * chain over all names that own records, a signature for every RRset, and a digest over the zone
 * (RFC 8976). Immutable.
 *
 * <p>A zone without delegations, DNAME and wildcards; records that would need them are refused.
 */
public final class SignedZone {

  /** The one that RFC 8976 §2.2.3 obliges verifiers to know. */
  private static final ZoneHash DIGEST = ZoneHash.SHA_384;

  private final Name apex;
  private final SignatureValidity validity;
  private final NavigableMap<Name, SortedMap<Integer, SignedRrset>> owners;
  private final List<Record> records;

  private SignedZone(
      Name apex,
      SignatureValidity validity,
      NavigableMap<Name, SortedMap<Integer, SignedRrset>> owners) {
    this.apex = apex;
    this.validity = validity;
    this.owners = Collections.unmodifiableNavigableMap(owners);
    this.records = allRecords(owners);
  }

  /**
   * Builds and signs a zone.
   *
   * @param keys the key of the zone; its name is the apex
   * @param serial the serial number to publish, 0 to 2^32 - 1; it replaces the one in the SOA
   * @param records the zone's data: exactly one SOA and at least one NS record at the apex,
   *     anything else but delegations, DNAME, wildcards and the records of DNSSEC; any order
   * @param validity when the signatures hold
   * @throws IllegalArgumentException if the records do not make such a zone; the message names the
   *     first offending record
   */
  public static SignedZone sign(
      ZoneKeys keys, long serial, List<Record> records, SignatureValidity validity) {
    ZoneContent content = new ZoneContent(keys.apex(), records);
    SOARecord soa = withSerial(content.soa(), serial);
    content.put(List.of(soa));
    content.put(List.of(keys.dnskey()));
    content.put(List.of(ZoneDigest.placeholder(soa, DIGEST)));
    addNsecChain(content, SignedRrset.negativeTtl(soa));
    NavigableMap<Name, SortedMap<Integer, SignedRrset>> signed = new TreeMap<>();
    content
        .owners()
        .forEach(
            (name, rrsets) -> {
              SortedMap<Integer, SignedRrset> types = new TreeMap<>();
              rrsets.forEach(
                  (type, rrset) ->
                      types.put(type, new SignedRrset(rrset, keys.sign(rrset, validity))));
              signed.put(name, types);
            });
    return new SignedZone(keys.apex(), validity, withDigest(signed, keys, validity));
  }

  /** RFC 8976 §3.1: the digest is over all but the ZONEMD RRset, which is signed once more. */
  private static NavigableMap<Name, SortedMap<Integer, SignedRrset>> withDigest(
      NavigableMap<Name, SortedMap<Integer, SignedRrset>> signed,
      ZoneKeys keys,
      SignatureValidity validity) {
    try {
      List<Record> digest = List.of(ZoneDigest.of(allRecords(signed), DIGEST));
      SignedRrset rrset = new SignedRrset(digest, keys.sign(digest, validity));
      signed.computeIfAbsent(keys.apex(), apex -> new TreeMap<>()).put(Type.ZONEMD, rrset);
    } catch (ZoneException e) {
      throw new IllegalArgumentException("zone " + keys.apex() + " has no digest", e);
    }
    signed.replaceAll((name, types) -> Collections.unmodifiableSortedMap(types));
    return signed;
  }

  private static List<Record> allRecords(
      NavigableMap<Name, SortedMap<Integer, SignedRrset>> owners) {
    return owners.values().stream()
        .flatMap(rrsets -> rrsets.values().stream())
        .flatMap(rrset -> Stream.concat(rrset.records().stream(), Stream.of(rrset.signature())))
        .sorted()
        .toList();
  }

  /**
   * Builds the version after this one, with new records or with the same ones signed anew.
   *
   * @param serial higher than {@link #serial()} in serial number arithmetic (RFC 1982)
   * @throws IllegalArgumentException as {@link #sign}, or if the serial is not higher or the key is
   *     another zone's
   */
  public SignedZone next(
      ZoneKeys keys, long serial, List<Record> records, SignatureValidity validity) {
    if (!keys.apex().equals(apex)) {
      throw new IllegalArgumentException("zone " + apex + " cannot be followed by " + keys.apex());
    }
    if (Serial.compare(serial, serial()) <= 0) {
      throw new IllegalArgumentException(
          "zone " + apex + " has serial " + serial() + "; " + serial + " is not higher");
    }
    return sign(keys, serial, records, validity);
  }

  private static SOARecord withSerial(SOARecord soa, long serial) {
    return new SOARecord(
        soa.getName(),
        DClass.IN,
        soa.getTTL(),
        soa.getHost(),
        soa.getAdmin(),
        serial,
        soa.getRefresh(),
        soa.getRetry(),
        soa.getExpire(),
        soa.getMinimum());
  }

  /** RFC 4034 §4: every owner name points to the next, the last one back to the apex. */
  private static void addNsecChain(ZoneContent content, long ttl) {
    List<Name> names = List.copyOf(content.owners().keySet());
    int following = 0;
    for (Map.Entry<Name, NavigableMap<Integer, List<Record>>> owner : content.owners().entrySet()) {
      following = (following + 1) % names.size();
      int[] bitmap =
          Stream.concat(owner.getValue().keySet().stream(), Stream.of(Type.RRSIG, Type.NSEC))
              .mapToInt(Integer::intValue)
              .toArray();
      Name next = names.get(following);
      content.put(List.of(new NSECRecord(owner.getKey(), DClass.IN, ttl, next, bitmap)));
    }
  }

  /** The name of the zone. */
  public Name apex() {
    return apex;
  }

  /** The serial number of the SOA record. */
  public long serial() {
    return ((SOARecord) soa().first()).getSerial();
  }

  /** When the signatures stop to hold; publish the {@link #next} version well before. */
  public Instant expires() {
    return validity.expiration();
  }

  /** All records of the zone, signatures and NSEC chain included, in canonical order. */
  public List<Record> records() {
    return records;
  }

  /** The records that signing did not make, the SOA with this version's serial among them. */
  List<Record> data() {
    return records.stream()
        .filter(record -> !ZoneContent.isMadeBySigning(record.getType()))
        .toList();
  }

  /** The zone as a zone file (RFC 1035 §5): the SOA record first, one record per line. */
  public String toZoneFile() {
    return Stream.concat(Stream.of(soa().first()), recordsWithoutSoa())
        .map(record -> record + "\n")
        .collect(Collectors.joining());
  }

  /** All records but the SOA, in canonical order. */
  Stream<Record> recordsWithoutSoa() {
    return records.stream().filter(record -> record.getType() != Type.SOA);
  }

  SignedRrset soa() {
    return rrset(apex, Type.SOA).orElseThrow();
  }

  /** The RRsets at a name by type; empty if the name owns no records. */
  Map<Integer, SignedRrset> rrsets(Name name) {
    SortedMap<Integer, SignedRrset> types = owners.get(name);
    return types == null ? Map.of() : types;
  }

  Optional<SignedRrset> rrset(Name name, int type) {
    return Optional.ofNullable(rrsets(name).get(type));
  }

  /** Whether the name owns records or is an empty non-terminal (RFC 8499 §7). */
  boolean exists(Name name) {
    Name atOrAfter = owners.ceilingKey(name);
    return atOrAfter != null && atOrAfter.subdomain(name);
  }

  /** The NSEC record at the name, or else the one that covers it. The name is in the zone. */
  SignedRrset nsecAtOrBefore(Name name) {
    Name owner = owners.floorKey(name);
    if (owner == null) {
      throw new IllegalArgumentException(name + " is not in zone " + apex);
    }
    return rrset(owner, Type.NSEC).orElseThrow();
  }

  /** Proof that the name exists without the type asked (RFC 4035 §3.1.3.1). */
  List<SignedRrset> noDataProof(Name name) {
    return List.of(nsecAtOrBefore(name));
  }

  /** Proof that neither the name nor a wildcard for it exists (RFC 4035 §3.1.3.2). */
  List<SignedRrset> nameErrorProof(Name name) {
    int missingLabels = 1;
    while (!exists(new Name(name, missingLabels))) {
      missingLabels++;
    }
    SignedRrset noName = nsecAtOrBefore(name);
    SignedRrset noWildcard = nsecAtOrBefore(name.wild(missingLabels));
    return noName.equals(noWildcard) ? List.of(noName) : List.of(noName, noWildcard);
  }
}
