// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Finds the trust anchor of a whole zone: one that is configured for it, or its DS records, which
 * are validated in this process as {@link ValidatingTxtLookup} does. Safe for use by many threads.
 */
public final class ZoneAnchors {
  private final Resolver upstream;
  private final TrustAnchors anchors;
  private final Duration limit;
  private final Clock clock;

  /**
   * Anchors by way of an upstream, which needs no trust.
   *
   * @param limit longest time for one zone
   * @param clock decides whether signatures are valid
   */
  public ZoneAnchors(Upstream upstream, TrustAnchors anchors, Duration limit, Clock clock) {
    this.upstream = new UpstreamResolver(upstream, anchors);
    this.anchors = anchors;
    this.limit = requireNonNull(limit, "limit");
    this.clock = requireNonNull(clock, "clock");
  }

  /**
   * Finds the anchor of a zone.
   *
   * @param zone its name
   * @param deadline ends the look-up where the limit does not
   * @throws IllegalArgumentException if that is no domain name
   */
  public ZoneAnchor of(String zone, Deadline deadline) {
    Name apex;
    try {
      apex = Name.fromString(zone, Name.root);
    } catch (TextParseException e) {
      throw new IllegalArgumentException("not a domain name: " + Excerpt.of(zone), e);
    }
    if (!anchors.of(apex).isEmpty()) {
      return new ZoneAnchor.Secure(TrustAnchors.of(anchors.of(apex)));
    }
    if (anchors.covering(apex).isEmpty()) {
      return new ZoneAnchor.Failed(
          ErrorCode.TRUST_ANCHOR_UNUSABLE, "no trust anchor is for " + apex + " or above it");
    }
    Duration time = deadline.remaining();
    return lookup(apex, new Inquiry(Deadline.in(time.compareTo(limit) < 0 ? time : limit)));
  }

  private ZoneAnchor lookup(Name apex, Inquiry inquiry) {
    Message query = Message.newQuery(Record.newRecord(apex, Type.DS, DClass.IN));
    // A fresh one: zones are checked seldom, and what it remembers may be why it failed.
    CompletableFuture<Message> pending =
        ValidatingTxtLookup.validator(upstream, anchors, clock)
            .sendAsync(query, inquiry)
            .toCompletableFuture();
    try {
      return judge(apex, pending.get(inquiry.remaining().toNanos(), TimeUnit.NANOSECONDS), inquiry);
    } catch (TimeoutException e) {
      pending.cancel(true);
      return unanswered(inquiry)
          .orElseGet(() -> late("no validated answer for " + apex + " DS in time"));
    } catch (ExecutionException e) {
      return unanswered(inquiry)
          .orElseGet(
              () -> bogus(apex, "the answer breaks the validator: " + e.getCause(), inquiry));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return late("interrupted while waiting for " + apex + " DS");
    }
  }

  private ZoneAnchor judge(Name apex, Message response, Inquiry inquiry) {
    boolean secure = response.getHeader().getFlag(Flags.AD);
    Optional<String> reason = ValidatingTxtLookup.reason(response);
    Optional<ZoneAnchor> unanswered = unanswered(inquiry);
    if (!secure && unanswered.isPresent()) {
      return unanswered.orElseThrow();
    }
    // As for TXT: "insecure" without the name of its proof is no conclusion.
    if ((!secure && reason.isEmpty())
        || (response.getRcode() != Rcode.NOERROR && response.getRcode() != Rcode.NXDOMAIN)) {
      return bogus(apex, reason.orElse("the validator came to no conclusion"), inquiry);
    }
    if (!secure) {
      return new ZoneAnchor.Insecure("DNS proves that a zone above " + apex + " is not signed");
    }
    List<DSRecord> published =
        response.getSection(Section.ANSWER).stream()
            .filter(record -> record.getType() == Type.DS && record.getName().equals(apex))
            .map(DSRecord.class::cast)
            .toList();
    if (published.isEmpty()) {
      return new ZoneAnchor.Insecure("DNS proves that " + apex + " has no DS record");
    }
    List<DSRecord> usable = published.stream().filter(TrustAnchors::isSupported).toList();
    // RFC 4035 §5.2: a zone that is signed only in ways not known here counts as unsigned.
    return usable.isEmpty()
        ? new ZoneAnchor.Insecure(
            "every DS record of " + apex + " has an algorithm or digest that is not supported")
        : new ZoneAnchor.Secure(TrustAnchors.of(usable));
  }

  private static Optional<ZoneAnchor> unanswered(Inquiry inquiry) {
    return inquiry
        .failure()
        .map(failure -> new ZoneAnchor.Failed(failure.code(), failure.sentence()));
  }

  private static ZoneAnchor late(String sentence) {
    return new ZoneAnchor.Failed(ErrorCode.DNS_TIMEOUT, sentence);
  }

  private ZoneAnchor bogus(Name apex, String reason, Inquiry inquiry) {
    ValidationFault fault =
        ValidationFault.in(inquiry, anchors, clock.instant())
            .orElseGet(() -> new ValidationFault(ErrorCode.DNS_BOGUS, Excerpt.of(reason)));
    return new ZoneAnchor.Failed(
        fault.code(), "DNSSEC validation of " + apex + " DS failed: " + fault.sentence());
  }
}
