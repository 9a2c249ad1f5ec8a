// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import io.dive.demo.nameserver.ZoneFile;
import io.dive.protocol.KeyRecord;
import io.dive.protocol.PolicyRecord;
import java.util.List;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;

/**
 * How long resolvers may remember what the sandbox's zone says, in seconds.
 *
 * @param key records of keys
 * @param policy records of policies
 * @param negative that a name does not exist (RFC 2308 §5)
 */
record ZoneTtls(long key, long policy, long negative) {
  /** What the drafts advise. */
  static final ZoneTtls USUAL =
      new ZoneTtls(KeyRecord.ADVISED_TTL_SECONDS, PolicyRecord.ADVISED_TTL_SECONDS, 60);

  /** For looking on while a key is replaced. */
  static final ZoneTtls SHORT = new ZoneTtls(3, 3, 3);

  /** The same records, remembered as long as this says. */
  List<Record> applied(List<Record> records) {
    return records.stream().map(this::applied).toList();
  }

  private Record applied(Record record) {
    if (record instanceof SOARecord soa) {
      return new SOARecord(
          soa.getName(),
          soa.getDClass(),
          soa.getTTL(),
          soa.getHost(),
          soa.getAdmin(),
          soa.getSerial(),
          soa.getRefresh(),
          soa.getRetry(),
          soa.getExpire(),
          negative);
    }
    if (SandboxZone.isPolicy(record)) {
      return ZoneFile.withTtl(record, policy);
    }
    return SandboxZone.isKey(record) ? ZoneFile.withTtl(record, key) : record;
  }
}
