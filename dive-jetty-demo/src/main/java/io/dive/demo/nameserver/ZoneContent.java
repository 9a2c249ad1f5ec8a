// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * The records of a zone before signing, grouped by owner name and type in canonical order (RFC 4034
 * §6). An instance is proof that the server can answer from them: one zone without delegations,
 * DNAME or wildcards. Confined to the thread that builds the zone.
 */
final class ZoneContent {

  /** Keeps any answer, and any message of a zone transfer, well below 65,535 octets. */
  private static final int MAX_RRSET_OCTETS = 16_384;

  private static final Set<Integer> MADE_BY_SIGNING =
      Set.of(Type.RRSIG, Type.NSEC, Type.NSEC3, Type.NSEC3PARAM, Type.DNSKEY, Type.ZONEMD);
  private static final Set<Integer> ONLY_AT_APEX = Set.of(Type.SOA, Type.NS);
  private static final Set<Integer> UNSUPPORTED = Set.of(Type.DS, Type.DNAME);

  private final Name apex;
  private final NavigableMap<Name, NavigableMap<Integer, List<Record>>> owners = new TreeMap<>();

  /**
   * Groups the records; exact duplicates count once.
   *
   * @throws IllegalArgumentException if they do not make a zone
   */
  ZoneContent(Name apex, Collection<Record> records) {
    this.apex = apex;
    for (Record record : new TreeSet<>(records)) {
      check(record);
      rrsets(record.getName())
          .computeIfAbsent(record.getType(), type -> new ArrayList<>())
          .add(record);
    }
    checkSameTtl(records);
    owners.forEach(ZoneContent::checkName);
    if (rrset(apex, Type.SOA).size() != 1 || rrset(apex, Type.NS).isEmpty()) {
      throw new IllegalArgumentException(
          "zone " + apex + " needs exactly one SOA and at least one NS record at its apex");
    }
  }

  /** Whether the server makes the records of this type itself, and takes them from nobody. */
  static boolean isMadeBySigning(int type) {
    return MADE_BY_SIGNING.contains(type);
  }

  private void check(Record record) {
    Name name = record.getName();
    int type = record.getType();
    if (!name.subdomain(apex) || record.getDClass() != DClass.IN) {
      throw refused(record, "it is not in zone " + apex + " of class IN");
    }
    if (!Type.isRR(type) || isMadeBySigning(type)) {
      throw refused(record, "the server makes records of this type itself");
    }
    if (UNSUPPORTED.contains(type) || (ONLY_AT_APEX.contains(type) && !name.equals(apex))) {
      throw refused(record, "zone cuts and DNAME are not supported");
    }
    for (int i = 0; i < name.labels(); i++) {
      if (name.getLabelString(i).equals("*")) {
        throw refused(record, "wildcards are not supported; list the names one by one");
      }
    }
  }

  /** RFC 2181 §5.2; asked of all records, since the set of distinct ones ignores the TTL. */
  private void checkSameTtl(Collection<Record> records) {
    for (Record record : records) {
      if (rrset(record.getName(), record.getType()).get(0).getTTL() != record.getTTL()) {
        throw refused(record, "records of one name and type must have the same TTL");
      }
    }
  }

  private static void checkName(Name name, NavigableMap<Integer, List<Record>> rrsets) {
    List<Record> aliases = rrsets.getOrDefault(Type.CNAME, List.of());
    if (aliases.size() > 1 || (!aliases.isEmpty() && rrsets.size() > 1)) {
      throw new IllegalArgumentException(name + " has a CNAME record beside other data");
    }
    for (List<Record> rrset : rrsets.values()) {
      int octets = rrset.stream().mapToInt(record -> record.toWire(Section.ANSWER).length).sum();
      if (octets > MAX_RRSET_OCTETS) {
        throw refused(rrset.get(0), "its RRset is larger than " + MAX_RRSET_OCTETS + " octets");
      }
    }
  }

  private static IllegalArgumentException refused(Record record, String reason) {
    return new IllegalArgumentException(
        "zone cannot hold "
            + record.getName()
            + " "
            + Type.string(record.getType())
            + ": "
            + reason);
  }

  /** Adds records that signing makes itself, in canonical order and of one name and type. */
  void put(List<Record> rrset) {
    rrsets(rrset.get(0).getName()).put(rrset.get(0).getType(), rrset);
  }

  SOARecord soa() {
    return (SOARecord) rrset(apex, Type.SOA).get(0);
  }

  /** Owner names in canonical order, with their RRsets by type; live. */
  NavigableMap<Name, NavigableMap<Integer, List<Record>>> owners() {
    return owners;
  }

  private List<Record> rrset(Name name, int type) {
    NavigableMap<Integer, List<Record>> types = owners.get(name);
    return types == null ? List.of() : types.getOrDefault(type, List.of());
  }

  private NavigableMap<Integer, List<Record>> rrsets(Name name) {
    return owners.computeIfAbsent(name, n -> new TreeMap<>());
  }
}
