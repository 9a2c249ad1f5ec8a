// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.xbill.DNS.NSEC3PARAMRecord;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import org.xbill.DNS.utils.base32;

/**
 * The NSEC3 records of a zone that were made with the parameters its apex names, by the hash they
 * stand at (RFC 5155 §7.1). Confined to one thread.
 */
final class Nsec3Chain {
  private static final int OPT_OUT = 1;

  private final NSEC3PARAMRecord parameters;
  private final TreeMap<String, NSEC3Record> records = new TreeMap<>();
  private final Set<String> claimed = new HashSet<>();

  private Nsec3Chain(Zone zone, NSEC3PARAMRecord parameters) {
    this.parameters = parameters;
    for (int i = 0; i < zone.size(); i++) {
      if (zone.record(i).type() == Type.NSEC3) {
        NSEC3Record record = (NSEC3Record) zone.record(i).toRecord(zone.apexWire());
        if (isOfThisChain(record)) {
          records.put(record.getName().getLabelString(0).toLowerCase(Locale.ROOT), record);
        }
      }
    }
  }

  private boolean isOfThisChain(NSEC3Record record) {
    return record.getHashAlgorithm() == parameters.getHashAlgorithm()
        && record.getIterations() == parameters.getIterations()
        && Arrays.equals(record.getSalt(), parameters.getSalt());
  }

  /** The chain of a zone; empty if there is none, or its hash algorithm is unknown. */
  static Optional<Nsec3Chain> of(Zone zone) {
    return parameters(zone).map(parameters -> new Nsec3Chain(zone, parameters));
  }

  /** Where the record of the apex stands; empty as for {@link #of}. */
  static Optional<Name> ownerOfApex(Zone zone) throws TextParseException {
    Optional<NSEC3PARAMRecord> parameters = parameters(zone);
    return parameters.isEmpty()
        ? Optional.empty()
        : Optional.of(Name.fromString(hash(parameters.orElseThrow(), zone.apex()), zone.apex()));
  }

  private static Optional<NSEC3PARAMRecord> parameters(Zone zone) {
    return zone.at(zone.apex(), Type.NSEC3PARAM).stream()
        .map(NSEC3PARAMRecord.class::cast)
        .findFirst()
        .filter(first -> first.getHashAlgorithm() == NSEC3Record.SHA1_DIGEST_ID);
  }

  private static String hash(NSEC3PARAMRecord parameters, Name name) {
    try {
      return label(parameters.hashName(name));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }

  private static String label(byte[] hash) {
    return new base32(base32.Alphabet.BASE32HEX, false, false)
        .toString(hash)
        .toLowerCase(Locale.ROOT);
  }

  /** The record of a name that is in the zone. */
  Optional<NSEC3Record> claim(Name name) {
    String hash = hash(parameters, name);
    claimed.add(hash);
    return Optional.ofNullable(records.get(hash));
  }

  /** Whether a name has no record because the one before it says that it need not (§6). */
  boolean optsOut(Name name) {
    Map.Entry<String, NSEC3Record> before = records.lowerEntry(hash(parameters, name));
    Map.Entry<String, NSEC3Record> covering = before == null ? records.lastEntry() : before;
    return covering != null && (covering.getValue().getFlags() & OPT_OUT) != 0;
  }

  /** Where the chain does not lead to the next record, and records of names nobody claimed. */
  List<String> faults() {
    List<String> faults = new ArrayList<>();
    records.forEach(
        (hash, record) -> {
          String next = label(record.getNext());
          String following =
              Objects.requireNonNullElseGet(records.higherKey(hash), records::firstKey);
          if (!next.equals(following)) {
            faults.add(
                "the NSEC3 record of "
                    + hash
                    + " leads to "
                    + next
                    + ", and the next is "
                    + following);
          }
          if (!claimed.contains(hash)) {
            faults.add(
                "the NSEC3 record of " + hash + " is for a name that is not there" + types(record));
          }
        });
    return faults;
  }

  private static String types(NSEC3Record record) {
    return Arrays.stream(record.getTypes())
        .mapToObj(Type::string)
        .collect(Collectors.joining(", ", ", which has ", ""));
  }
}
