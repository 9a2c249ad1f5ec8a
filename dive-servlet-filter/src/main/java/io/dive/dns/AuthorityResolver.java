// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import io.dive.protocol.ErrorCode;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Asks one authoritative server for what lies in its zone, and the recursive resolver for the rest:
 * the chain of trust above the zone, its DS record included, and the targets of CNAMEs that leave
 * it.
 */
final class AuthorityResolver extends StatelessResolver {
  private final Name apex;
  private final UpstreamResolver server;
  private final UpstreamResolver recursive;

  AuthorityResolver(Name apex, UpstreamResolver server, UpstreamResolver recursive) {
    this.apex = apex;
    this.server = server;
    this.recursive = recursive;
  }

  @Override
  public CompletionStage<Message> sendAsync(Message query, Executor executor) {
    Record question = query.getQuestion();
    if (!isInZone(question.getName(), question.getType())) {
      return viaResolver(query, executor);
    }
    return server
        .sendAsync(query, executor)
        .thenCompose(response -> completed(query, response, executor));
  }

  /** What fails here is none of the server's doing, so it has a code of its own. */
  private CompletionStage<Message> viaResolver(Message query, Executor executor) {
    Inquiry inquiry = (Inquiry) executor;
    return recursive
        .sendAsync(query, executor)
        .exceptionallyCompose(
            failure ->
                CompletableFuture.failedFuture(
                    inquiry.failed(
                        ErrorCode.RESOLVER_FAILED,
                        inquiry
                            .failure()
                            .map(Inquiry.UpstreamException::sentence)
                            .orElse("the resolver failed"))));
  }

  private boolean isInZone(Name name, int type) {
    return name.subdomain(apex) && !(type == Type.DS && name.equals(apex));
  }

  /** An authoritative server stops at a CNAME whose target it does not hold (RFC 1034 §4.3.2). */
  private CompletionStage<Message> completed(Message query, Message response, Executor executor) {
    if (!UpstreamResolver.stopsAtAlias(response)) {
      return CompletableFuture.completedFuture(response);
    }
    Name target = query.getQuestion().getName();
    for (Record record : response.getSection(Section.ANSWER)) {
      if (record instanceof CNAMERecord alias) {
        target = alias.getTarget();
      }
    }
    Message further = query.clone();
    further.removeAllRecords(Section.QUESTION);
    Record question = query.getQuestion();
    further.addRecord(
        Record.newRecord(target, question.getType(), question.getDClass()), Section.QUESTION);
    return viaResolver(further, executor)
        .thenApply(
            rest -> {
              response.getHeader().setRcode(rest.getHeader().getRcode());
              for (int section : new int[] {Section.ANSWER, Section.AUTHORITY}) {
                rest.getSection(section).forEach(record -> response.addRecord(record, section));
              }
              return response;
            });
  }
}
