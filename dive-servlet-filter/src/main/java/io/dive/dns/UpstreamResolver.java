// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.protocol.IoFault;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Carries a question to the upstream's servers in turn until one answers NOERROR or NXDOMAIN; any
 * other end is a failure noted on the {@link Inquiry}.
 */
final class UpstreamResolver extends StatelessResolver {
  private static final int TRIES_OF_ONE_SERVER = 3;
  private static final int MAX_TRIES = 6;

  /** What fits everywhere without being fragmented. */
  private static final int UDP_PAYLOAD_BYTES = 1232;

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
    if (query.getOPT() == null) {
      query.addRecord(new OPTRecord(UDP_PAYLOAD_BYTES, 0, 0, ExtendedFlags.DO), Section.ADDITIONAL);
    }
    int servers = upstream.servers().size();
    int tries = servers == 1 ? TRIES_OF_ONE_SERVER : Math.min(MAX_TRIES, 2 * servers);
    return attempt(query, inquiry, 0, tries);
  }

  private CompletableFuture<Message> attempt(
      Message query, Inquiry inquiry, int number, int tries) {
    Transport server = upstream.servers().get(number % upstream.servers().size());
    // The last try ends a little before the time does, to be able to say what went wrong.
    Duration timeout = inquiry.remaining().multipliedBy(19).dividedBy(20L * (tries - number));
    if (timeout.isZero()) {
      return CompletableFuture.failedFuture(
          inquiry.failed(ErrorCode.DNS_TIMEOUT, problem(query, server, "did not answer in time")));
    }
    int next = number + 1;
    // A silent server may have lost a packet; one that says no says it again, so ask another.
    return server
        .send(query, timeout, inquiry)
        .exceptionallyCompose(
            failure ->
                next < tries
                    ? attempt(query, inquiry, next, tries)
                    : CompletableFuture.failedFuture(breakdown(query, inquiry, server, failure)))
        .thenCompose(
            response -> {
              if (isAnswer(response)) {
                inquiry.received(response);
                return CompletableFuture.completedFuture(RelevantRecords.of(response, anchors));
              }
              return next < upstream.servers().size()
                  ? attempt(query, inquiry, next, tries)
                  : CompletableFuture.failedFuture(refusal(query, inquiry, server, response));
            });
  }

  private boolean isAnswer(Message response) {
    return (response.getRcode() == Rcode.NOERROR || response.getRcode() == Rcode.NXDOMAIN)
        && (authoritative ? response.getHeader().getFlag(Flags.AA) : !stopsAtAlias(response))
        && !RelevantRecords.areTooMany(response);
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

  private IOException refusal(Message query, Inquiry inquiry, Transport server, Message response) {
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
            RelevantRecords.areTooMany(response)
                ? "answered with more than " + RelevantRecords.MAX_RECORDS + " records"
                : !authoritative && stopsAtAlias(response)
                    ? "is not recursive and did not follow a CNAME"
                    : "answered " + code));
  }

  private static IOException breakdown(
      Message query, Inquiry inquiry, Transport server, Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof Transport.TruncatedException) {
      return inquiry.failed(
          ErrorCode.DNS_TRUNCATED,
          problem(query, server, "cut its answer off over UDP and gave none over TCP"));
    } else if (isTimeout(cause)) {
      return inquiry.failed(
          ErrorCode.DNS_TIMEOUT, problem(query, server, "did not answer in time"));
    } else if (cause instanceof SSLException) {
      return inquiry.failed(
          ErrorCode.DNS_TLS_FAILURE,
          problem(query, server, "could not be trusted (" + reason(cause) + ")"));
    }
    return inquiry.failed(
        ErrorCode.DNS_SERVER_FAILURE,
        problem(query, server, "cannot be used (" + reason(cause) + ")"));
  }

  private static boolean isTimeout(Throwable cause) {
    return cause instanceof TimeoutException
        || cause instanceof SocketTimeoutException
        || cause instanceof HttpTimeoutException;
  }

  private static String reason(Throwable cause) {
    return cause instanceof SSLException || cause instanceof Transport.UnusableException
        ? Excerpt.of(String.valueOf(cause.getMessage()))
        : IoFault.connecting(cause);
  }

  private static String problem(Message query, Transport server, String problem) {
    Record question = query.getQuestion();
    return "DNS server %s %s when asked for %s %s"
        .formatted(
            server, problem, question.getName().toString(true), Type.string(question.getType()));
  }
}
