// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import org.xbill.DNS.dnssec.ValidatingResolver;

/**
 * Looks up TXT records and validates them in this process, whatever the upstream says about them
 * (draft-callec-dive-01 §DNSSEC as Trust Anchor, "stub validator"; decision 21), unless {@link
 * Upstream#trustingAd} says to believe it. Answers are not cached, keys of zones are. Safe for use
 * by many threads; they share nothing but that cache.
 *
 * <p>An upstream that is authoritative only is enough for names in its anchored zone; for others,
 * and for CNAMEs that leave the zone, the upstream has to be recursive. The network runs on
 * dnsjava's process-wide selector thread, a daemon; an application that ends for good may stop it
 * with {@code org.xbill.DNS.NioClient.close()}.
 */
public final class ValidatingTxtLookup implements TxtLookup {
  private static final Logger log = LoggerFactory.getLogger(ValidatingTxtLookup.class);
  private static final int MAX_NAME_LENGTH = 253;

  private final Resolver upstream;
  private final boolean trustsAd;
  private final ValidatingResolver validator;
  private final TrustAnchors anchors;
  private final Duration limit;
  private final Clock clock;

  /**
   * A look-up with its own settings; nothing is read from the process's DNS settings.
   *
   * @param limit longest time for one look-up, all its questions and repetitions included
   * @param clock decides whether signatures are valid
   */
  public ValidatingTxtLookup(Upstream upstream, TrustAnchors anchors, Duration limit, Clock clock) {
    this(new UpstreamResolver(upstream, anchors), upstream.trustsAd(), anchors, limit, clock);
  }

  ValidatingTxtLookup(
      Resolver upstream, boolean trustsAd, TrustAnchors anchors, Duration limit, Clock clock) {
    this.upstream = upstream;
    this.trustsAd = trustsAd;
    this.anchors = anchors;
    this.limit = requireNonNull(limit, "limit");
    this.clock = requireNonNull(clock, "clock");
    this.validator = validator(upstream, anchors, clock);
  }

  /** A validator that remembers nothing yet and knows nothing but the anchors. */
  static ValidatingResolver validator(Resolver upstream, TrustAnchors anchors, Clock clock) {
    ValidatingResolver validator = new ValidatingResolver(upstream, clock);
    // Its constructor has read the system properties; this takes everything back.
    validator.getTrustAnchors().clear();
    try {
      validator.init(defaults());
    } catch (IOException e) {
      throw new IllegalStateException("the validator reads no file here", e);
    }
    anchors.sets().forEach(validator.getTrustAnchors()::store);
    validator.setAddReasonToAdditional(true);
    return validator;
  }

  private static Properties defaults() {
    Properties defaults = new Properties();
    defaults.setProperty("dnsjava.dnssec.harden_algo_downgrade", "true");
    defaults.setProperty("dnsjava.dnssec.algorithm_rsa_min_key_size", "1024");
    defaults.setProperty("dnsjava.dnssec.max_ds_match_failures", "4");
    defaults.setProperty("dnsjava.dnssec.max_validate_rrsigs", "8");
    defaults.setProperty("dnsjava.dnssec.keycache.max_ttl", "900");
    defaults.setProperty("dnsjava.dnssec.keycache.max_size", "1000");
    return defaults;
  }

  @Override
  public TxtAnswer lookup(String ownerName, Duration limit) {
    if (ownerName.length() > MAX_NAME_LENGTH) {
      return new TxtAnswer.Absent(DnssecStatus.SECURE, false);
    }
    Name name;
    try {
      name = Name.fromString(ownerName, Name.root);
    } catch (TextParseException e) {
      throw new IllegalArgumentException("not a domain name: " + Excerpt.of(ownerName), e);
    }
    Duration time = limit.compareTo(this.limit) < 0 ? limit : this.limit;
    Deadline deadline = Deadline.in(time);
    TxtAnswer answer = believed(name, deadline).orElseGet(() -> validated(name, deadline));
    log.debug("TXT {}: {}", ownerName, answer);
    return answer;
  }

  private TxtAnswer validated(Name name, Deadline deadline) {
    TxtAnswer answer = ask(name, validator, new Inquiry(deadline));
    if (answer instanceof TxtAnswer.Failed failed && failed.code().failsValidation()) {
      // It may have failed for a key that the validator remembers; only the key itself says why.
      TxtAnswer again = ask(name, validator(upstream, anchors, clock), new Inquiry(deadline));
      return again instanceof TxtAnswer.Failed fresh && !fresh.code().failsValidation()
          ? answer
          : again;
    }
    return answer;
  }

  /** What the upstream says that it has validated; anything else has to be judged here. */
  private Optional<TxtAnswer> believed(Name name, Deadline deadline) {
    if (!trustsAd) {
      return Optional.empty();
    }
    Message query = question(name);
    query.getHeader().setFlag(Flags.AD);
    Inquiry inquiry = new Inquiry(deadline);
    CompletableFuture<Message> pending = upstream.sendAsync(query, inquiry).toCompletableFuture();
    try {
      Message response =
          pending.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS).normalize(query);
      return response.getHeader().getFlag(Flags.AD)
          ? Optional.of(answer(response, DnssecStatus.SECURE))
          : Optional.empty();
    } catch (TimeoutException | ExecutionException e) {
      pending.cancel(true);
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private static Message question(Name name) {
    return Message.newQuery(Record.newRecord(name, Type.TXT, DClass.IN));
  }

  private TxtAnswer ask(Name name, ValidatingResolver validator, Inquiry inquiry) {
    Message query = question(name);
    // Without an anchor there is nothing to validate, and the validator takes some answers ill.
    boolean anchored = anchors.covering(name).isPresent();
    CompletableFuture<Message> pending = null;
    try {
      CompletionStage<Message> stage =
          anchored
              ? validator.sendAsync(query, inquiry)
              : upstream.sendAsync(query, inquiry).thenApply(m -> m.normalize(query));
      pending = stage.toCompletableFuture();
      Message response = pending.get(inquiry.remaining().toNanos(), TimeUnit.NANOSECONDS);
      return answer(name, response, anchored, inquiry);
    } catch (TimeoutException e) {
      pending.cancel(true);
      return inquiry.failure().map(Inquiry.UpstreamException::answer).orElseGet(() -> late(name));
    } catch (ExecutionException e) {
      return inquiry
          .failure()
          .map(Inquiry.UpstreamException::answer)
          .orElseGet(
              () -> bogus(name, "the answer breaks the validator: " + e.getCause(), inquiry));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new TxtAnswer.Failed(
          ErrorCode.DNS_TIMEOUT, "interrupted while waiting for " + name.toString(true) + " TXT");
    }
  }

  private static TxtAnswer.Failed late(Name name) {
    return new TxtAnswer.Failed(
        ErrorCode.DNS_TIMEOUT, "no validated answer for " + name.toString(true) + " TXT in time");
  }

  private TxtAnswer.Failed bogus(Name name, String reason, Inquiry inquiry) {
    ValidationFault fault =
        ValidationFault.in(inquiry, anchors, clock.instant())
            .orElseGet(() -> new ValidationFault(ErrorCode.DNS_BOGUS, Excerpt.of(reason)));
    return new TxtAnswer.Failed(
        fault.code(),
        "DNSSEC validation of " + name.toString(true) + " TXT failed: " + fault.sentence());
  }

  private TxtAnswer answer(Name name, Message response, boolean anchored, Inquiry inquiry) {
    boolean secure = anchored && response.getHeader().getFlag(Flags.AD);
    // A chain of trust with a question unanswered is no proof that a zone is unsigned.
    if (!secure && inquiry.failure().isPresent()) {
      return inquiry.failure().orElseThrow().answer();
    }
    int rcode = response.getRcode();
    Optional<String> reason = reason(response);
    // "Insecure" comes with the proof's name. Without one the validator stumbled over an absence on
    // the way and says nothing, which whoever forged the answer would like to pass for insecure.
    boolean concluded = secure || !anchored || reason.isPresent();
    if (!concluded || (rcode != Rcode.NOERROR && rcode != Rcode.NXDOMAIN)) {
      return bogus(name, reason.orElse("the validator came to no conclusion"), inquiry);
    }
    return answer(
        response,
        secure
            ? DnssecStatus.SECURE
            : anchored ? DnssecStatus.INSECURE : DnssecStatus.INDETERMINATE);
  }

  private static TxtAnswer answer(Message response, DnssecStatus status) {
    List<RRset> answers = response.getSectionRRsets(Section.ANSWER);
    Optional<RRset> texts = answers.stream().filter(s -> s.getType() == Type.TXT).findFirst();
    return texts
        .<TxtAnswer>map(set -> found(set, answers, status))
        .orElseGet(() -> new TxtAnswer.Absent(status, response.getRcode() == Rcode.NOERROR));
  }

  private static TxtAnswer found(RRset texts, List<RRset> chain, DnssecStatus status) {
    return new TxtAnswer.Found(
        texts.rrs(false).stream().map(record -> value((TXTRecord) record)).toList(),
        status,
        Duration.ofSeconds(chain.stream().mapToLong(RRset::getTTL).min().orElse(0)),
        texts.getName().canonicalize().toString(true),
        texts.sigs().stream().map(RRSIGRecord::getExpire).min(Comparator.naturalOrder()));
  }

  private static String value(TXTRecord record) {
    StringBuilder value = new StringBuilder();
    for (byte[] string : record.getStringsAsByteArrays()) {
      value.append(new String(string, StandardCharsets.ISO_8859_1));
    }
    return value.toString();
  }

  /** The validator leaves its reason as a TXT record of a class of its own. */
  static Optional<String> reason(Message response) {
    return response.getSection(Section.ADDITIONAL).stream()
        .filter(r -> r.getDClass() == ValidatingResolver.VALIDATION_REASON_QCLASS)
        .filter(TXTRecord.class::isInstance)
        .map(r -> value((TXTRecord) r))
        .findFirst();
  }
}
