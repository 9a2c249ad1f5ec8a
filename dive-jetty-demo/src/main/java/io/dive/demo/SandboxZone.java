// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import io.dive.check.CheckPlan;
import io.dive.check.PublishedRecords;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/**
 * What the sandbox's zone publishes: the host's address, a policy per revision and the key records.
 *
 * @param diveRecords the lines of policies and keys, as an operator would publish them
 */
record SandboxZone(Name apex, List<Record> records, List<String> diveRecords) {
  SandboxZone {
    records = List.copyOf(records);
    diveRecords = List.copyOf(diveRecords);
  }

  /** The zone of the one host of a plan, named like the host. */
  static SandboxZone of(CheckPlan plan, InetAddress address) throws IOException {
    String host = plan.hosts().get(0).name() + ".";
    String type = address instanceof Inet6Address ? "AAAA" : "A";
    List<String> diveRecords = PublishedRecords.all(plan);
    String zoneFile =
        """
        %1$s 300 IN SOA ns.%1$s hostmaster.%1$s 1 3600 600 86400 60
        %1$s 300 IN NS ns.%1$s
        %1$s 300 IN %2$s %3$s
        ns.%1$s 300 IN %2$s %3$s
        %4$s
        """
            .formatted(host, type, address.getHostAddress(), String.join("\n", diveRecords));
    return new SandboxZone(Name.fromString(host), parse(zoneFile), diveRecords);
  }

  private static List<Record> parse(String zoneFile) throws IOException {
    List<Record> records = new ArrayList<>();
    try (Master master =
        new Master(new ByteArrayInputStream(zoneFile.getBytes(StandardCharsets.US_ASCII)))) {
      for (Record record = master.nextRecord(); record != null; record = master.nextRecord()) {
        records.add(record);
      }
    }
    return records;
  }
}
