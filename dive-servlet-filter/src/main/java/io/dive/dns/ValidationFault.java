// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import io.dive.protocol.ErrorCode;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Why the answers to an inquiry failed validation. The validator's own reason is a sentence, and
 * its code the same for most, so the answers are looked at once more; what is found explains a
 * failure and never makes one.
 *
 * @param sentence what is wrong with which records
 */
record ValidationFault(ErrorCode code, String sentence) {
  /**
   * Whoever makes an answer chooses how many pairs of key and signature it has (CVE-2023-50387).
   */
  static final int MAX_VERIFICATIONS = 16;

  /** Judges one signature. */
  @FunctionalInterface
  interface Verification {
    void verify(RRset set, RRSIGRecord signature, DNSKEYRecord key, Instant now)
        throws DNSSEC.DNSSECException;
  }

  /**
   * The first fault that explains the failure; empty if none does, or if it could not be found with
   * the verifications and the time that the inquiry may take.
   *
   * @param inquiry with its answers as they came
   */
  static Optional<ValidationFault> in(Inquiry inquiry, TrustAnchors anchors, Instant now) {
    return in(inquiry, anchors, now, DNSSEC::verify);
  }

  static Optional<ValidationFault> in(
      Inquiry inquiry, TrustAnchors anchors, Instant now, Verification verification) {
    Evidence evidence = new Evidence(inquiry, anchors, now, verification);
    return evidence
        .ofSets(evidence::timeFault)
        .or(() -> evidence.ofSets(evidence::wrongSignature))
        .or(evidence::foreignKeys)
        .or(() -> evidence.ofSets(evidence::missingSignature))
        .or(evidence::missingDenial)
        .filter(fault -> fault.code() != ErrorCode.DNS_BOGUS && !evidence.gaveUp);
  }

  private static final class Evidence {
    private final Inquiry inquiry;
    private final List<Message> answers;
    private final TrustAnchors anchors;
    private final Instant now;
    private final Verification verification;
    private int verifications;
    private boolean gaveUp;

    Evidence(Inquiry inquiry, TrustAnchors anchors, Instant now, Verification verification) {
      this.inquiry = inquiry;
      this.answers = inquiry.answers();
      this.anchors = anchors;
      this.now = now;
      this.verification = verification;
    }

    /** Whether one more costly operation is allowed; what was not done proves nothing. */
    private boolean mayGoOn() {
      if (verifications == MAX_VERIFICATIONS || inquiry.remaining().isZero()) {
        gaveUp = true;
      } else {
        verifications++;
      }
      return !gaveUp;
    }

    private interface Examination {
      Optional<ValidationFault> of(RRset set);
    }

    /** Delegations and glue are not signed; everything else here has to be. */
    private static Stream<RRset> signedSets(Message answer) {
      return Stream.concat(
          answer.getSectionRRsets(Section.ANSWER).stream(),
          answer.getSectionRRsets(Section.AUTHORITY).stream()
              .filter(
                  set ->
                      switch (set.getType()) {
                        case Type.SOA, Type.NSEC, Type.NSEC3, Type.DS -> true;
                        default -> false;
                      }));
    }

    private Optional<ValidationFault> ofSets(Examination examination) {
      return answers.stream()
          .flatMap(Evidence::signedSets)
          .flatMap(set -> examination.of(set).stream())
          .findFirst();
    }

    private Stream<Record> answered(int type) {
      return answers.stream()
          .flatMap(answer -> answer.getSection(Section.ANSWER).stream())
          .filter(record -> record.getType() == type);
    }

    private static String text(RRset set) {
      return set.getName().toString(true) + " " + Type.string(set.getType());
    }

    private static boolean all(RRset set, Predicate<RRSIGRecord> condition) {
      return !set.sigs().isEmpty() && set.sigs().stream().allMatch(condition);
    }

    Optional<ValidationFault> timeFault(RRset set) {
      if (all(set, signature -> signature.getExpire().isBefore(now))) {
        return Optional.of(
            new ValidationFault(
                ErrorCode.DNS_SIGNATURE_EXPIRED,
                "the signature over %s expired at %s"
                    .formatted(text(set), set.sigs().get(0).getExpire())));
      } else if (all(set, signature -> signature.getTimeSigned().isAfter(now))) {
        return Optional.of(
            new ValidationFault(
                ErrorCode.DNS_SIGNATURE_NOT_YET_VALID,
                "the signature over %s is valid from %s only; it is %s here"
                    .formatted(text(set), set.sigs().get(0).getTimeSigned(), now)));
      }
      return Optional.empty();
    }

    /** A signature whose key is at hand and does not confirm it, and no other one that is right. */
    Optional<ValidationFault> wrongSignature(RRset set) {
      boolean wrong = false;
      for (RRSIGRecord signature : set.sigs()) {
        for (DNSKEYRecord key : keysOf(signature)) {
          if (!mayGoOn()) {
            return Optional.empty();
          }
          try {
            verification.verify(set, signature, key, now);
            return Optional.empty();
          } catch (DNSSEC.DNSSECException | IllegalArgumentException e) {
            wrong = true;
          }
        }
      }
      return wrong
          ? Optional.of(
              new ValidationFault(
                  ErrorCode.DNS_SIGNATURE_WRONG,
                  "the signature over %s does not fit it".formatted(text(set))))
          : Optional.empty();
    }

    /** Keys that may have made the signature, of the zone that it says has made it. */
    private List<DNSKEYRecord> keysOf(RRSIGRecord signature) {
      return !isOfZoneOf(signature)
          ? List.of()
          : answered(Type.DNSKEY)
              .map(DNSKEYRecord.class::cast)
              .filter(key -> key.getName().equals(signature.getSigner()))
              .filter(key -> key.getFootprint() == signature.getFootprint())
              .filter(key -> key.getAlgorithm() == signature.getAlgorithm())
              .distinct()
              .toList();
    }

    /** Keys of a zone of which none is the one that its DS records or its anchor name. */
    Optional<ValidationFault> foreignKeys() {
      return answers.stream()
          .filter(answer -> answer.getQuestion().getType() == Type.DNSKEY)
          .filter(
              answer -> {
                List<DSRecord> named =
                    Stream.concat(
                            anchors.sets().stream().flatMap(set -> set.rrs().stream()),
                            answered(Type.DS))
                        .map(DSRecord.class::cast)
                        .filter(ds -> ds.getName().equals(answer.getQuestion().getName()))
                        .toList();
                List<DNSKEYRecord> keys =
                    answer.getSection(Section.ANSWER).stream()
                        .filter(DNSKEYRecord.class::isInstance)
                        .map(DNSKEYRecord.class::cast)
                        .toList();
                return !named.isEmpty()
                    && !keys.isEmpty()
                    && keys.stream()
                        .noneMatch(key -> named.stream().anyMatch(ds -> names(ds, key)));
              })
          .map(answer -> new ValidationFault(ErrorCode.DNS_BOGUS, "no key is named by a DS record"))
          .findFirst();
    }

    private boolean names(DSRecord ds, DNSKEYRecord key) {
      return ds.getFootprint() == key.getFootprint()
          && mayGoOn()
          && Arrays.equals(
              ds.getDigest(),
              new DSRecord(key.getName(), key.getDClass(), 0, ds.getDigestID(), key).getDigest());
    }

    Optional<ValidationFault> missingSignature(RRset set) {
      // The CNAME that a DNAME makes has none (RFC 6672 §5.3.1).
      boolean made = set.getType() == Type.CNAME && answered(Type.DNAME).findAny().isPresent();
      return !made && set.sigs().stream().noneMatch(this::isOfZoneOf)
          ? Optional.of(
              new ValidationFault(
                  ErrorCode.DNS_SIGNATURE_MISSING,
                  "%s came without a signature".formatted(text(set))))
          : Optional.empty();
    }

    private boolean isOfZoneOf(RRSIGRecord signature) {
      Name zone = signature.getSigner();
      return signature.getName().subdomain(zone)
          && anchors.covering(signature.getName()).map(zone::subdomain).orElse(true);
    }

    /** An absence, or a wildcard that stands in for a name, that nothing proves. */
    Optional<ValidationFault> missingDenial() {
      return answers.stream()
          .filter(answer -> isNegative(answer) || isFromWildcard(answer))
          .map(
              answer ->
                  new ValidationFault(
                      ErrorCode.DNS_DENIAL_MISSING,
                      "no NSEC or NSEC3 record proves that %s %s does not exist"
                          .formatted(
                              answer.getQuestion().getName().toString(true),
                              Type.string(answer.getQuestion().getType()))))
          .findFirst();
    }

    private static boolean isNegative(Message answer) {
      int type = answer.getQuestion().getType();
      return answer.getSection(Section.ANSWER).stream().noneMatch(r -> r.getType() == type);
    }

    private static boolean isFromWildcard(Message answer) {
      return answer.getSection(Section.ANSWER).stream()
          .filter(RRSIGRecord.class::isInstance)
          .map(RRSIGRecord.class::cast)
          .anyMatch(signature -> signature.getLabels() < signature.getName().labels() - 1);
    }
  }
}
