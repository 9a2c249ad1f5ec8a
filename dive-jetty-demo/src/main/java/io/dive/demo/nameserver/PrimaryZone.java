// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Serial;
import org.xbill.DNS.Type;

/**
 * A zone that changes: signs each version of it and keeps its data in a file. Readers see the old
 * version or the new one, never a mixture. Safe for use by several threads.
 */
public final class PrimaryZone {

  private static final Logger LOG = LoggerFactory.getLogger(PrimaryZone.class);

  private final ZoneKeys keys;
  private final ZoneFile file;
  private final Clock clock;
  private final Duration signatureLifetime;
  private final Object changing = new Object();
  private volatile SignedZone current;

  private PrimaryZone(
      ZoneKeys keys,
      ZoneFile file,
      Clock clock,
      Duration signatureLifetime,
      List<Record> records,
      long serial) {
    this.keys = keys;
    this.file = file;
    this.clock = clock;
    this.signatureLifetime = signatureLifetime;
    this.current = SignedZone.sign(keys, serial, records, validity());
  }

  /**
   * Signs the first version since the start, with a serial higher than the one in the records, and
   * writes it to the file.
   *
   * @param records the zone's data, as {@link SignedZone#sign} takes them
   * @param signatureLifetime how long the signatures of a version hold
   * @throws IOException if the file cannot be written
   * @throws IllegalArgumentException as {@link SignedZone#sign}
   */
  public static PrimaryZone open(
      ZoneKeys keys, ZoneFile file, List<Record> records, Clock clock, Duration signatureLifetime)
      throws IOException {
    PrimaryZone zone =
        new PrimaryZone(
            keys, file, clock, signatureLifetime, records, serialAfter(soaSerial(records), clock));
    file.write(zone.current.data());
    return zone;
  }

  /** The version to answer from. */
  public SignedZone current() {
    return current;
  }

  /**
   * Publishes a version with the same data and new signatures.
   *
   * @throws IOException if the file cannot be written; the version before stays
   */
  public void resign() throws IOException {
    synchronized (changing) {
      publish(current.data());
    }
  }

  /**
   * Carries out an update whose sender may do so (RFC 2136 §3).
   *
   * @return the response code; unless it is NOERROR nothing has changed
   */
  int update(Message update) {
    synchronized (changing) {
      try {
        List<Record> records = ZoneUpdate.apply(current, update);
        if (!asText(records).equals(asText(current.data()))) {
          publish(records);
        }
        return Rcode.NOERROR;
      } catch (UpdateRefusedException e) {
        LOG.info(
            "an update of zone {} is answered {}: {}",
            current.apex(),
            Rcode.string(e.rcode()),
            e.getMessage());
        return e.rcode();
      } catch (IOException e) {
        LOG.error(
            "an update of zone {} is lost, {} cannot be written", current.apex(), file.path(), e);
        return Rcode.SERVFAIL;
      }
    }
  }

  /** With TTLs, which the equality of records ignores. */
  private static Set<String> asText(Collection<Record> records) {
    return records.stream().map(Record::toString).collect(Collectors.toSet());
  }

  private void publish(List<Record> records) throws IOException {
    long asked = soaSerial(records);
    long serial =
        Serial.compare(asked, current.serial()) > 0 ? asked : serialAfter(current.serial(), clock);
    SignedZone next = current.next(keys, serial, records, validity());
    file.write(next.data());
    current = next;
    LOG.info("zone {} serial {} published", next.apex(), serial);
  }

  private SignatureValidity validity() {
    return SignatureValidity.from(clock.instant(), signatureLifetime);
  }

  private static long soaSerial(List<Record> records) {
    return records.stream()
        .filter(record -> record.getType() == Type.SOA)
        .map(record -> ((SOARecord) record).getSerial())
        .findFirst()
        .orElse(0L);
  }

  /** The time in seconds, as long as that is higher. */
  private static long serialAfter(long serial, Clock clock) {
    long now = clock.instant().getEpochSecond();
    return Serial.compare(now, serial) > 0 ? now : Serial.increment(serial);
  }
}
