// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Leaves out of an answer what cannot have to do with the question. The validator judges every set
 * of records by the zone that its owner or its signer names, and one set in an unsigned zone makes
 * the whole answer "insecure". Whoever can forge packets would add such a set, or such a signer,
 * and so hide a signed policy (RFC 4035 §5.3.1: the signer is the zone that holds the records).
 */
final class RelevantRecords {
  private static final int FLAGS = 16;

  /** More than resolvers follow. */
  private static final int MAX_ALIASES = 16;

  /** Far more than any answer here needs; the validator's work grows with their square. */
  static final int MAX_RECORDS = 512;

  private final Message response;
  private final TrustAnchors anchors;
  private final Set<Name> asked = new LinkedHashSet<>();
  private final Set<Covered> signed = new HashSet<>();

  /** A set of records that a relevant signature speaks of. */
  private record Covered(Name name, int type) {}

  private RelevantRecords(Message response, TrustAnchors anchors) {
    this.response = response;
    this.anchors = anchors;
    asked.add(response.getQuestion().getName());
    for (Record record : response.getSection(Section.ANSWER)) {
      if (record instanceof CNAMERecord alias && asked.size() <= MAX_ALIASES) {
        asked.add(alias.getTarget());
      }
    }
    for (Record record : response.getSection(Section.AUTHORITY)) {
      if (record instanceof RRSIGRecord signature && isAboutQuestion(signature)) {
        signed.add(new Covered(signature.getName(), signature.getTypeCovered()));
      }
    }
  }

  /** Whether the answer has more records than are worth a look. */
  static boolean areTooMany(Message response) {
    return response.getSection(Section.ANSWER).size()
            + response.getSection(Section.AUTHORITY).size()
        > MAX_RECORDS;
  }

  /** A copy with the relevant records only, each once. */
  static Message of(Message response, TrustAnchors anchors) {
    return new RelevantRecords(response, anchors).copy();
  }

  private Message copy() {
    Message copy = new Message(response.getHeader().getID());
    Header header = copy.getHeader();
    header.setOpcode(response.getHeader().getOpcode());
    header.setRcode(response.getHeader().getRcode());
    for (int flag = 0; flag < FLAGS; flag++) {
      if (Flags.isFlag(flag) && response.getHeader().getFlag(flag)) {
        header.setFlag(flag);
      }
    }
    copy.addRecord(response.getQuestion(), Section.QUESTION);
    for (Record record : once(Section.ANSWER)) {
      if (!(record instanceof RRSIGRecord signature) || isOfZoneOf(signature)) {
        copy.addRecord(record, Section.ANSWER);
      }
    }
    for (Record record : once(Section.AUTHORITY)) {
      if (isAboutQuestion(record)) {
        copy.addRecord(record, Section.AUTHORITY);
      }
    }
    OPTRecord opt = response.getOPT();
    if (opt != null) {
      copy.addRecord(opt, Section.ADDITIONAL);
    }
    return copy;
  }

  private Set<Record> once(int section) {
    return new LinkedHashSet<>(response.getSection(section));
  }

  /** Whether the zone can hold the name: at or above it, but not above its trust anchor. */
  private boolean canHold(Name zone, Name name) {
    return name.subdomain(zone) && anchors.covering(name).map(zone::subdomain).orElse(true);
  }

  private boolean isOfZoneOf(RRSIGRecord signature) {
    return canHold(signature.getSigner(), signature.getName());
  }

  private boolean isAtOrAboveQuestion(Name zone) {
    return asked.stream().anyMatch(name -> canHold(zone, name));
  }

  private boolean isAboutQuestion(Record record) {
    if (record instanceof RRSIGRecord signature) {
      return isOfZoneOf(signature) && isAtOrAboveQuestion(signature.getSigner());
    }
    return switch (record.getType()) {
      // Their owner lies anywhere in the zone, so only a signature says which zone that is.
      case Type.NSEC, Type.NSEC3 ->
          signed.contains(new Covered(record.getName(), record.getType()));
      default -> isAtOrAboveQuestion(record.getName());
    };
  }
}
