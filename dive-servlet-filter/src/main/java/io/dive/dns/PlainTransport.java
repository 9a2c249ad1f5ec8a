// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.SimpleResolver;

/** UDP and, for an answer that it cuts off, TCP (RFC 7766). */
record PlainTransport(InetSocketAddress address) implements Transport {
  @Override
  public CompletableFuture<Message> send(Message query, Duration timeout, Executor executor) {
    Deadline deadline = Deadline.in(timeout);
    return send(query, false, deadline, executor)
        .thenCompose(
            answer ->
                answer.getHeader().getFlag(Flags.TC)
                    ? overTcp(query, deadline, executor)
                    : CompletableFuture.completedFuture(answer));
  }

  private CompletableFuture<Message> overTcp(Message query, Deadline deadline, Executor executor) {
    return send(query, true, deadline, executor)
        .exceptionallyCompose(
            failure -> CompletableFuture.failedFuture(new TruncatedException(failure)));
  }

  private CompletableFuture<Message> send(
      Message query, boolean tcp, Deadline deadline, Executor executor) {
    Duration timeout = deadline.remaining();
    SimpleResolver resolver = new SimpleResolver(address);
    resolver.setTimeout(timeout);
    resolver.setTCP(tcp);
    resolver.setIgnoreTruncation(true);
    // The library looks at its own time-outs once a second only.
    return resolver
        .sendAsync(query, executor)
        .toCompletableFuture()
        .orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public boolean isAuthenticated() {
    return false;
  }

  @Override
  public String toString() {
    return address.getHostString() + " port " + address.getPort();
  }
}
