// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import io.dive.dns.Deadline;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * Looks in a signed zone for the place where its records and its DNSSEC records disagree: gaps in
 * the NSEC or NSEC3 chain, types that such a record names and that are not there or the other way
 * round, wrong signatures. What is not signed (delegations, glue) it cannot judge. Confined to one
 * thread.
 */
final class ZoneDamage {
  /** Types whose RDATA dnsjava puts in a form for signatures that is not the canonical one. */
  private static final Set<Integer> NOT_JUDGED =
      Set.of(Type.HIP, Type.IPSECKEY, Type.SVCB, Type.HTTPS, Type.NSAP_PTR);

  private final Zone zone;
  private final ZoneKeys keys;
  private final Deadline deadline;
  private final boolean hasNsec;
  private final List<String> found = new ArrayList<>();
  private @Nullable NSECRecord previous;
  private @Nullable Name lastOwner;

  ZoneDamage(Zone zone, ZoneKeys keys, Deadline deadline) {
    this.zone = zone;
    this.keys = keys;
    this.deadline = deadline;
    this.hasNsec = !zone.at(zone.apex(), Type.NSEC).isEmpty();
  }

  /**
   * Looks until the deadline.
   *
   * @return at most so many sentences; first those that need no signature verified
   */
  List<String> find(int limit) {
    if (hasNsec) {
      if (walk(limit, this::compareWithNsec)) {
        endOfChain();
      }
    } else {
      Nsec3Chain.of(zone).ifPresent(chain -> compareWithNsec3(chain, limit));
    }
    if (found.isEmpty() && !keys.keys().isEmpty()) {
      walk(limit, this::verifySignatures);
    }
    return found.stream().limit(limit).toList();
  }

  /** What is done with the authoritative RRsets of a name. */
  private interface Look {
    void at(Name owner, Map<Integer, List<Record>> rrsets, boolean isDelegation);
  }

  /** Returns whether it came to the end. */
  private boolean walk(int limit, Look look) {
    Name cut = null;
    for (int i = 0; i < zone.size(); ) {
      TreeMap<Integer, List<Record>> rrsets = new TreeMap<>();
      int first = i;
      for (; i < zone.size() && zone.record(i).hasNameOf(zone.record(first)); i++) {
        Record record = zone.record(i).toRecord(zone.apexWire());
        rrsets.computeIfAbsent(record.getType(), type -> new ArrayList<>()).add(record);
      }
      if (found.size() >= limit || deadline.remaining().isZero()) {
        return false;
      }
      Name owner = rrsets.firstEntry().getValue().get(0).getName();
      if (cut != null && owner.subdomain(cut)) {
        continue; // glue, or occluded
      }
      boolean isDelegation = rrsets.containsKey(Type.NS) && !owner.equals(zone.apex());
      cut = isDelegation || rrsets.containsKey(Type.DNAME) ? owner : null;
      look.at(owner, rrsets, isDelegation);
    }
    return true;
  }

  private void compareWithNsec(
      Name owner, Map<Integer, List<Record>> rrsets, boolean isDelegation) {
    List<Record> nsecs = rrsets.getOrDefault(Type.NSEC, List.of());
    if (nsecs.isEmpty()) {
      found.add(owner + " has no NSEC record");
      return;
    }
    NSECRecord nsec = (NSECRecord) nsecs.get(0);
    if (previous != null && !previous.getNext().equals(owner)) {
      found.add(gap(previous, owner));
    }
    previous = nsec;
    compareTypes(owner, nsec.getTypes(), rrsets, isDelegation, "NSEC");
  }

  private void compareTypes(
      Name owner,
      int[] types,
      Map<Integer, List<Record>> rrsets,
      boolean isDelegation,
      String kind) {
    Set<Integer> listed =
        Arrays.stream(types).boxed().collect(Collectors.toCollection(TreeSet::new));
    Set<Integer> present = new TreeSet<>(rrsets.keySet());
    if (isDelegation) {
      present.retainAll(Set.of(Type.NS, Type.DS, Type.RRSIG, Type.NSEC));
    }
    difference(listed, present)
        .ifPresent(
            t ->
                found.add(
                    owner + " has no " + t + " record, and its " + kind + " record lists it"));
    difference(present, listed)
        .ifPresent(t -> found.add(owner + " " + t + " is not listed by its " + kind + " record"));
  }

  private void compareWithNsec3(Nsec3Chain chain, int limit) {
    boolean atEnd =
        walk(
            limit,
            (owner, rrsets, isDelegation) -> {
              if (!isHash(rrsets)) {
                for (Name name : emptyNonTerminals(owner)) {
                  compareWithNsec3(chain, name, Map.of(), true);
                }
                compareWithNsec3(chain, owner, rrsets, isDelegation);
                lastOwner = owner;
              }
            });
    if (atEnd) {
      found.addAll(chain.faults());
    }
  }

  /** Whether a name is there for an NSEC3 record alone, and its signature. */
  private static boolean isHash(Map<Integer, List<Record>> rrsets) {
    return rrsets.values().stream()
        .flatMap(List::stream)
        .allMatch(record -> record.getRRsetType() == Type.NSEC3);
  }

  /** Those between the last name and this one, for which there are NSEC3 records but no others. */
  private List<Name> emptyNonTerminals(Name owner) {
    List<Name> names = new ArrayList<>();
    if (!owner.equals(zone.apex())) {
      Name name = new Name(owner, 1);
      while (!name.equals(zone.apex()) && (lastOwner == null || !lastOwner.subdomain(name))) {
        names.add(name);
        name = new Name(name, 1);
      }
    }
    return names;
  }

  private void compareWithNsec3(
      Nsec3Chain chain, Name owner, Map<Integer, List<Record>> rrsets, boolean isDelegation) {
    Optional<NSEC3Record> nsec3 = chain.claim(owner);
    if (nsec3.isPresent()) {
      compareTypes(owner, nsec3.orElseThrow().getTypes(), rrsets, isDelegation, "NSEC3");
    } else if (!isDelegation || rrsets.containsKey(Type.DS) || !chain.optsOut(owner)) {
      found.add(owner + " has no NSEC3 record");
    }
  }

  private static Optional<String> difference(Set<Integer> some, Set<Integer> others) {
    return some.stream()
        .filter(type -> !others.contains(type))
        .map(Type::string)
        .reduce((a, b) -> a + ", " + b);
  }

  private void endOfChain() {
    if (previous != null && !previous.getNext().equals(zone.apex())) {
      found.add(gap(previous, zone.apex()));
    }
  }

  private static String gap(NSECRecord nsec, Name following) {
    return "the NSEC record of "
        + nsec.getName()
        + " leads to "
        + nsec.getNext()
        + ", and the next name is "
        + following;
  }

  private void verifySignatures(
      Name owner, Map<Integer, List<Record>> rrsets, boolean isDelegation) {
    List<Record> signatures = rrsets.getOrDefault(Type.RRSIG, List.of());
    rrsets.forEach(
        (type, rrset) -> {
          boolean isSigned = !isDelegation || type == Type.DS || type == Type.NSEC;
          if (isSigned && type != Type.RRSIG && !NOT_JUDGED.contains(type)) {
            keys.problem(rrset, signatures).ifPresent(found::add);
          }
        });
  }
}
