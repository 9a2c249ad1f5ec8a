// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Serial;
import org.xbill.DNS.Type;

/**
 * What a dynamic update makes of a zone (RFC 2136 §3): all of it, or nothing. Knows neither sockets
 * nor who may update. Used once.
 */
final class ZoneUpdate {

  /** Bounds the time it takes to sign a version. */
  private static final int MAX_RECORDS = 10_000;

  private record RrsetKey(Name name, int type) {}

  private final SignedZone zone;
  private final List<Record> data;

  private ZoneUpdate(SignedZone zone) {
    this.zone = zone;
    this.data = new ArrayList<>(zone.data());
  }

  /**
   * The zone's data after the update, in no particular order.
   *
   * @param zone the version that the update meets; its prerequisites see all of it, NSEC and DNSKEY
   *     records included
   * @throws UpdateRefusedException if the update is malformed or for another zone, a prerequisite
   *     does not hold, or the zone would be one that the server cannot serve
   */
  static List<Record> apply(SignedZone zone, Message update) throws UpdateRefusedException {
    ZoneUpdate work = new ZoneUpdate(zone);
    work.checkZone(update.getSection(Section.ZONE));
    work.checkPrerequisites(update.getSection(Section.PREREQ));
    List<Record> changes = update.getSection(Section.UPDATE);
    for (Record change : changes) {
      work.checkForm(change);
    }
    changes.forEach(work::change);
    work.checkResult();
    return work.data;
  }

  private void checkZone(List<Record> section) throws UpdateRefusedException {
    if (section.size() != 1 || section.get(0).getType() != Type.SOA) {
      throw new UpdateRefusedException(Rcode.FORMERR, "its zone section is not one SOA question");
    }
    Record question = section.get(0);
    if (question.getDClass() != DClass.IN || !question.getName().equals(zone.apex())) {
      throw new UpdateRefusedException(
          Rcode.NOTAUTH, "it is for " + question.getName() + ", another zone");
    }
  }

  /** RFC 2136 §3.2; those with values are compared last, RRset by RRset. */
  private void checkPrerequisites(List<Record> prerequisites) throws UpdateRefusedException {
    Map<RrsetKey, Set<Record>> values = new LinkedHashMap<>();
    for (Record prerequisite : prerequisites) {
      if (prerequisite.getTTL() != 0) {
        throw malformed(prerequisite);
      }
      requireInZone(prerequisite);
      switch (prerequisite.getDClass()) {
        case DClass.ANY -> checkPresent(prerequisite);
        case DClass.NONE -> checkAbsent(prerequisite);
        case DClass.IN ->
            values
                .computeIfAbsent(
                    new RrsetKey(prerequisite.getName(), prerequisite.getType()),
                    key -> new HashSet<>())
                .add(prerequisite);
        default -> throw malformed(prerequisite);
      }
    }
    for (Map.Entry<RrsetKey, Set<Record>> rrset : values.entrySet()) {
      SignedRrset found = zone.rrsets(rrset.getKey().name()).get(rrset.getKey().type());
      if (found == null || !Set.copyOf(found.records()).equals(rrset.getValue())) {
        throw unmet(Rcode.NXRRSET, rrset.getValue().iterator().next());
      }
    }
  }

  private void checkPresent(Record prerequisite) throws UpdateRefusedException {
    requireNoData(prerequisite);
    Map<Integer, SignedRrset> found = zone.rrsets(prerequisite.getName());
    if (prerequisite.getType() == Type.ANY
        ? found.isEmpty()
        : !found.containsKey(type(prerequisite))) {
      throw unmet(
          prerequisite.getType() == Type.ANY ? Rcode.NXDOMAIN : Rcode.NXRRSET, prerequisite);
    }
  }

  private void checkAbsent(Record prerequisite) throws UpdateRefusedException {
    requireNoData(prerequisite);
    Map<Integer, SignedRrset> found = zone.rrsets(prerequisite.getName());
    if (prerequisite.getType() == Type.ANY
        ? !found.isEmpty()
        : found.containsKey(type(prerequisite))) {
      throw unmet(
          prerequisite.getType() == Type.ANY ? Rcode.YXDOMAIN : Rcode.YXRRSET, prerequisite);
    }
  }

  private static Integer type(Record record) {
    return record.getType();
  }

  /** RFC 2136 §3.4.1, and no records that the server makes itself. */
  private void checkForm(Record change) throws UpdateRefusedException {
    requireInZone(change);
    int type = change.getType();
    boolean wellFormed =
        switch (change.getDClass()) {
          case DClass.IN -> !Responder.isMeta(type) && hasData(change);
          case DClass.ANY ->
              change.getTTL() == 0
                  && !hasData(change)
                  && (type == Type.ANY || !Responder.isMeta(type));
          case DClass.NONE -> change.getTTL() == 0 && !Responder.isMeta(type);
          default -> false;
        };
    if (!wellFormed) {
      throw malformed(change);
    }
    if (ZoneContent.isMadeBySigning(type)) {
      throw new UpdateRefusedException(
          Rcode.REFUSED, "the server makes records of type " + Type.string(type) + " itself");
    }
  }

  /** RFC 2136 §3.4.2. */
  private void change(Record change) {
    Name name = change.getName();
    boolean apex = name.equals(zone.apex());
    int type = change.getType();
    switch (change.getDClass()) {
      case DClass.IN -> add(change);
      case DClass.NONE -> {
        boolean lastNameServer = apex && type == Type.NS && rrset(name, type).size() == 1;
        if (type != Type.SOA && !lastNameServer) {
          data.removeIf(record -> isSame(record, change));
        }
      }
      default ->
          data.removeIf(
              record ->
                  record.getName().equals(name)
                      && (type == Type.ANY || record.getType() == type)
                      && !(apex && isOfApex(record.getType())));
    }
  }

  /** An alias and other data keep each other out; of a CNAME and the SOA there is one. */
  private void add(Record added) {
    Name name = added.getName();
    int type = added.getType();
    boolean alias = type == Type.CNAME;
    if (data.stream()
        .filter(record -> record.getName().equals(name))
        .anyMatch(record -> (record.getType() == Type.CNAME) != alias)) {
      return;
    }
    if (type == Type.SOA && !isNewer(added)) {
      return;
    }
    List<Record> others = rrset(name, type);
    data.removeAll(others);
    if (!alias && type != Type.SOA) {
      others.stream()
          .filter(record -> !isSame(record, added))
          .map(
              record ->
                  ZoneFile.withTtl(record, added.getTTL())) // RFC 2181 §5.2: one TTL per RRset
          .forEach(data::add);
    }
    data.add(added);
  }

  private boolean isNewer(Record soa) {
    return soa.getName().equals(zone.apex())
        && Serial.compare(((SOARecord) soa).getSerial(), zone.serial()) > 0;
  }

  private List<Record> rrset(Name name, int type) {
    Predicate<Record> member = r -> r.getType() == type && r.getName().equals(name);
    return data.stream().filter(member).toList();
  }

  private void checkResult() throws UpdateRefusedException {
    if (data.size() > MAX_RECORDS) {
      throw new UpdateRefusedException(
          Rcode.REFUSED, "the zone would have more than " + MAX_RECORDS + " records");
    }
    try {
      new ZoneContent(zone.apex(), data);
    } catch (IllegalArgumentException e) {
      throw new UpdateRefusedException(Rcode.REFUSED, String.valueOf(e.getMessage()));
    }
  }

  private void requireInZone(Record record) throws UpdateRefusedException {
    if (!record.getName().subdomain(zone.apex())) {
      throw new UpdateRefusedException(Rcode.NOTZONE, record.getName() + " is not in the zone");
    }
  }

  private static void requireNoData(Record prerequisite) throws UpdateRefusedException {
    if (hasData(prerequisite)) {
      throw malformed(prerequisite);
    }
  }

  private static UpdateRefusedException malformed(Record record) {
    return new UpdateRefusedException(
        Rcode.FORMERR, "RFC 2136 has no meaning for its " + described(record));
  }

  private static UpdateRefusedException unmet(int rcode, Record prerequisite) {
    return new UpdateRefusedException(
        rcode, "the prerequisite " + described(prerequisite) + " does not hold");
  }

  private static String described(Record record) {
    return record.getName()
        + " "
        + DClass.string(record.getDClass())
        + " "
        + Type.string(record.getType());
  }

  private static boolean hasData(Record record) {
    return record.rdataToWireCanonical().length > 0;
  }

  private static boolean isOfApex(int type) {
    return type == Type.SOA || type == Type.NS;
  }

  /** The same record but for class and TTL. */
  private static boolean isSame(Record one, Record other) {
    return one.getType() == other.getType()
        && one.getName().equals(other.getName())
        && Arrays.equals(one.rdataToWireCanonical(), other.rdataToWireCanonical());
  }
}
