// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Answers one query from one zone (RFC 1034 §4.3.2, RFC 4035 §3.1), knowing nothing of sockets or
 * sizes. Used once.
 */
final class Responder {

  /** Largest UDP payload sent and announced; it passes every usual path without fragments. */
  static final int MAX_UDP_PAYLOAD = 1232;

  private static final int FIRST_META_TYPE = 128;
  private static final int LAST_META_TYPE = 255;

  private final SignedZone zone;
  private final boolean dnssecOk;
  private final List<SignedRrset> answer = new ArrayList<>();
  private final List<SignedRrset> authority = new ArrayList<>();
  private final List<Record> bareSignatures = new ArrayList<>();

  private Responder(SignedZone zone, boolean dnssecOk) {
    this.zone = zone;
    this.dnssecOk = dnssecOk;
  }

  /** The response to a query; zone transfers are refused here. */
  static Message answer(SignedZone zone, Message query) {
    if (query.getHeader().getOpcode() != Opcode.QUERY) {
      return response(query, Rcode.NOTIMP);
    }
    if (!isWellFormed(query)) {
      return response(query, Rcode.FORMERR);
    }
    OPTRecord opt = query.getOPT();
    if (opt != null && opt.getVersion() > 0) {
      return response(query, Rcode.BADVERS);
    }
    Record question = query.getQuestion();
    int rcode = unanswerable(zone, question);
    if (rcode != Rcode.NOERROR) {
      return response(query, rcode);
    }
    boolean dnssecOk = opt != null && (opt.getFlags() & ExtendedFlags.DO) != 0;
    Responder responder = new Responder(zone, dnssecOk);
    Message response = response(query, responder.resolve(question));
    response.getHeader().setFlag(Flags.AA);
    responder.fill(response);
    return response;
  }

  /** A response with header, question and EDNS only. */
  static Message response(Message query, int rcode) {
    Message response = new Message();
    response.setHeader(header(query.getHeader(), rcode));
    Record question = query.getQuestion();
    if (question != null && query.getHeader().getOpcode() == Opcode.QUERY) {
      response.addRecord(question, Section.QUESTION);
    }
    OPTRecord opt = query.getOPT();
    if (opt != null) {
      int echoed = opt.getFlags() & ExtendedFlags.DO;
      response.addRecord(new OPTRecord(MAX_UDP_PAYLOAD, rcode >> 4, 0, echoed), Section.ADDITIONAL);
    }
    return response;
  }

  /** A response header: identifier, opcode and RD of the query; everything else clear. */
  static Header header(Header query, int rcode) {
    Header header = new Header(query.getID());
    header.setOpcode(query.getOpcode());
    header.setFlag(Flags.QR);
    if (query.getFlag(Flags.RD)) {
      header.setFlag(Flags.RD);
    }
    header.setRcode(rcode & 0xF);
    return header;
  }

  private static boolean isWellFormed(Message query) {
    List<Record> options =
        query.getSection(Section.ADDITIONAL).stream()
            .filter(record -> record.getType() == Type.OPT)
            .toList();
    return query.getSection(Section.QUESTION).size() == 1
        && options.size() <= 1
        && options.stream().allMatch(option -> option.getName().equals(Name.root));
  }

  private static int unanswerable(SignedZone zone, Record question) {
    int type = question.getType();
    if (question.getDClass() != DClass.IN || !question.getName().subdomain(zone.apex())) {
      return Rcode.REFUSED;
    }
    if (type == Type.AXFR) {
      return Rcode.REFUSED;
    }
    return isMeta(type) && type != Type.ANY ? Rcode.NOTIMP : Rcode.NOERROR;
  }

  /** Types that only questions have, or none. */
  static boolean isMeta(int type) {
    return (type >= FIRST_META_TYPE && type <= LAST_META_TYPE) || type == Type.OPT || type == 0;
  }

  private int resolve(Record question) {
    Name name = question.getName();
    Set<Name> seen = new HashSet<>();
    while (seen.add(name) && name.subdomain(zone.apex())) {
      Map<Integer, SignedRrset> rrsets = zone.rrsets(name);
      SignedRrset alias = rrsets.get(Type.CNAME);
      if (alias == null || answersItself(question.getType())) {
        return resolveAt(name, question.getType());
      }
      answer.add(alias);
      name = ((CNAMERecord) alias.first()).getTarget();
    }
    return Rcode.NOERROR; // the alias leaves the zone, or turns in a circle
  }

  /** Types that exist at the alias itself (RFC 4035 §2.5), and so are not looked up behind it. */
  private static boolean answersItself(int type) {
    return type == Type.CNAME || type == Type.ANY || type == Type.RRSIG || type == Type.NSEC;
  }

  private int resolveAt(Name name, int type) {
    Map<Integer, SignedRrset> rrsets = zone.rrsets(name);
    SignedRrset rrset = rrsets.get(type);
    if (rrset != null) {
      answer.add(rrset);
    } else if (type == Type.ANY && !rrsets.isEmpty()) {
      answer.add(rrsets.values().iterator().next()); // RFC 8482 §4.1: one RRset will do
    } else if (type == Type.RRSIG && !rrsets.isEmpty()) {
      rrsets.values().forEach(covered -> bareSignatures.add(covered.signature()));
    } else {
      boolean exists = zone.exists(name);
      authority.add(SignedRrset.negative(zone.soa()));
      if (dnssecOk) {
        authority.addAll(exists ? zone.noDataProof(name) : zone.nameErrorProof(name));
      }
      return exists ? Rcode.NOERROR : Rcode.NXDOMAIN;
    }
    return Rcode.NOERROR;
  }

  private void fill(Message response) {
    bareSignatures.forEach(signature -> response.addRecord(signature, Section.ANSWER));
    answer.forEach(rrset -> add(response, rrset, Section.ANSWER));
    authority.forEach(rrset -> add(response, rrset, Section.AUTHORITY));
  }

  private void add(Message response, SignedRrset rrset, int section) {
    rrset.records().forEach(record -> response.addRecord(record, section));
    if (dnssecOk) {
      response.addRecord(rrset.signature(), section);
    }
  }
}
