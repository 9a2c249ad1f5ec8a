// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import io.dive.protocol.ErrorCode;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Carries a question to the upstream's servers in turn until one answers NOERROR or NXDOMAIN; any
 * other end is a failure noted on the {@link Inquiry}.
 */
final class UpstreamResolver extends StatelessResolver {
  private static final int TRIES_OF_ONE_SERVER = 3;
  private static final int MAX_TRIES = 6;

  private final Upstream upstream;
  private final TrustAnchors anchors;
  private final boolean authoritative;

  /** The servers are asked for recursion. */
  UpstreamResolver(Upstream upstream, TrustAnchors anchors) {
    this(upstream, anchors, false);
  }

  private UpstreamResolver(Upstream upstream, TrustAnchors anchors, boolean authoritative) {
    this.upstream = upstream;
    this.anchors = anchors;
    this.authoritative = authoritative;
  }

  /** The servers are asked without recursion, and have to answer with authority. */
  static UpstreamResolver authoritative(Upstream servers, TrustAnchors anchors) {
    return new UpstreamResolver(servers, anchors, true);
  }

  @Override
  public CompletionStage<Message> sendAsync(Message question, Executor executor) {
    Inquiry inquiry = (Inquiry) executor;
    Message query = question.clone();
    if (authoritative) {
      query.getHeader().unsetFlag(Flags.RD);
    }
    int tries =
        upstream.servers() == 1 ? TRIES_OF_ONE_SERVER : Math.min(MAX_TRIES, 2 * upstream.servers());
    return attempt(query, inquiry, 0, tries);
  }

  private CompletableFuture<Message> attempt(
      Message query, Inquiry inquiry, int number, int tries) {
    int server = number % upstream.servers();
    Duration timeout = inquiry.remaining().dividedBy(tries - number);
    if (timeout.isZero()) {
      return CompletableFuture.failedFuture(
          inquiry.failed(ErrorCode.DNS_TIMEOUT, problem(query, server, "did not answer in time")));
    }
    int next = number + 1;
    // A silent server may have lost a packet; one that says no says it again, so ask another.
    return send(query, inquiry, server, timeout)
        .exceptionallyCompose(
            failure ->
                next < tries
                    ? attempt(query, inquiry, next, tries)
                    : CompletableFuture.failedFuture(breakdown(query, inquiry, server, failure)))
        .thenCompose(
            response -> {
              if (isAnswer(response)) {
                return CompletableFuture.completedFuture(RelevantRecords.of(response, anchors));
              }
              return next < upstream.servers()
                  ? attempt(query, inquiry, next, tries)
                  : CompletableFuture.failedFuture(refusal(query, inquiry, server, response));
            });
  }

  private CompletableFuture<Message> send(
      Message query, Inquiry inquiry, int server, Duration timeout) {
    Resolver resolver = upstream.resolver(server, timeout);
    resolver.setEDNS(0, 0, ExtendedFlags.DO, List.of());
    resolver.setIgnoreTruncation(false);
    // The library looks at its own time-outs once a second only.
    return resolver
        .sendAsync(query, inquiry)
        .toCompletableFuture()
        .orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  private boolean isAnswer(Message response) {
    return (response.getRcode() == Rcode.NOERROR || response.getRcode() == Rcode.NXDOMAIN)
        && (authoritative ? response.getHeader().getFlag(Flags.AA) : !stopsAtAlias(response));
  }

  /** Nobody made this server an authority for the zone, although an NS record or a list says so. */
  private boolean isLame(Message response) {
    return authoritative
        && switch (response.getRcode()) {
          case Rcode.REFUSED, Rcode.NOTAUTH -> true;
          case Rcode.NOERROR, Rcode.NXDOMAIN -> !response.getHeader().getFlag(Flags.AA);
          default -> false;
        };
  }

  /** A CNAME with neither the records it leads to nor the SOA that comes with their absence. */
  static boolean stopsAtAlias(Message response) {
    int type = response.getQuestion().getType();
    return type == Type.TXT
        && response.getSection(Section.ANSWER).stream().anyMatch(r -> r.getType() == Type.CNAME)
        && response.getSection(Section.ANSWER).stream().noneMatch(r -> r.getType() == type)
        && response.getSection(Section.AUTHORITY).stream().noneMatch(r -> r.getType() == Type.SOA);
  }

  private IOException refusal(Message query, Inquiry inquiry, int server, Message response) {
    String code = Rcode.string(response.getRcode());
    if (isLame(response)) {
      return inquiry.failed(
          ErrorCode.DNS_LAME,
          problem(query, server, "is not authoritative (it answered " + code + ")"));
    }
    return inquiry.failed(
        ErrorCode.DNS_SERVER_FAILURE,
        problem(
            query,
            server,
            !authoritative && stopsAtAlias(response)
                ? "is not recursive and did not follow a CNAME"
                : "answered " + code));
  }

  private IOException breakdown(Message query, Inquiry inquiry, int server, Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause instanceof TimeoutException || cause instanceof SocketTimeoutException
        ? inquiry.failed(ErrorCode.DNS_TIMEOUT, problem(query, server, "did not answer in time"))
        : inquiry.failed(
            ErrorCode.DNS_SERVER_FAILURE,
            problem(query, server, "cannot be used (" + cause.getClass().getSimpleName() + ")"));
  }

  private String problem(Message query, int server, String problem) {
    Record question = query.getQuestion();
    return "DNS server %s %s when asked for %s %s"
        .formatted(
            upstream.name(server),
            problem,
            question.getName().toString(true),
            Type.string(question.getType()));
  }
}
