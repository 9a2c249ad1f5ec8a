// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import io.dive.check.CheckPlan;
import io.dive.check.PublishedRecords;
import io.dive.demo.nameserver.ZoneFile;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * What the sandbox's zone publishes when it starts for the first time: the host's address, a policy
 * per revision and the key records.
 */
record SandboxZone(Name apex, List<Record> records, ZoneTtls ttls) {
  private static final String POLICY_LABEL = "_dive";
  private static final String KEY_LABEL = "_divekey";

  SandboxZone {
    records = List.copyOf(records);
  }

  /** The zone of the one host of a plan, named like the host. */
  static SandboxZone of(CheckPlan plan, InetAddress address, ZoneTtls ttls) throws IOException {
    String host = plan.hosts().get(0).name() + ".";
    String type = address instanceof Inet6Address ? "AAAA" : "A";
    String zoneFile =
        """
        %1$s 300 IN SOA ns.%1$s hostmaster.%1$s 1 3600 600 86400 60
        %1$s 300 IN NS ns.%1$s
        %1$s 300 IN %2$s %3$s
        ns.%1$s 300 IN %2$s %3$s
        %4$s
        """
            .formatted(
                host,
                type,
                address.getHostAddress(),
                String.join("\n", PublishedRecords.all(plan)));
    Name apex = Name.fromString(host);
    return new SandboxZone(apex, ttls.applied(ZoneFile.parse(zoneFile)), ttls);
  }

  /**
   * The zone of a later start: what was stored, updates included. The sandbox's own addresses, the
   * SOA but for its serial, and how long things live follow the command line; a key that was made
   * just now takes the place of those whose files are gone.
   */
  SandboxZone after(List<Record> stored, boolean madeKey) throws IOException {
    Name nameServer = Name.fromString("ns", apex);
    Predicate<Record> anew =
        record ->
            switch (record.getType()) {
              case Type.A, Type.AAAA ->
                  record.getName().equals(apex) || record.getName().equals(nameServer);
              case Type.TXT -> madeKey && isKey(record);
              default -> false;
            };
    return new SandboxZone(
        apex,
        Stream.concat(
                ttls.applied(stored).stream().filter(anew.negate()), records.stream().filter(anew))
            .toList(),
        ttls);
  }

  /** The lines of policies and keys among the records of a zone. */
  static List<String> diveRecords(List<Record> records) {
    return records.stream()
        .filter(record -> isPolicy(record) || isKey(record))
        .map(Record::toString)
        .toList();
  }

  static boolean isPolicy(Record record) {
    return record.getType() == Type.TXT && hasLabel(record, POLICY_LABEL);
  }

  static boolean isKey(Record record) {
    return record.getType() == Type.TXT && hasLabel(record, KEY_LABEL);
  }

  private static boolean hasLabel(Record record, String label) {
    Name name = record.getName();
    for (int i = 0; i < name.labels(); i++) {
      if (name.getLabelString(i).equalsIgnoreCase(label)) {
        return true;
      }
    }
    return false;
  }
}
