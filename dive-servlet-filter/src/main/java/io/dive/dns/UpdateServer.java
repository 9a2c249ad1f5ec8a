// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.DnsUpdateException;
import io.dive.protocol.ErrorCode;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TSIGRecord;

/**
 * The way to a primary server: UDP, then TCP, each message authenticated by TSIG where there is a
 * key. What the server says about the key is a failure; what it says about the update is not.
 */
final class UpdateServer {
  private static final int DNS_PORT = 53;
  private static final int TIME_BYTES = 6;

  private final InetSocketAddress address;
  private final Optional<TsigKey> key;
  private final Clock clock;

  UpdateServer(InetSocketAddress address, Optional<TsigKey> key, Clock clock) {
    this.address = requireNonNull(address, "server");
    this.key = requireNonNull(key, "key");
    this.clock = requireNonNull(clock, "clock");
  }

  /** Asks over UDP for a third of the time, then over TCP, where a firewall may let it through. */
  Message send(Message query, Deadline deadline) throws DnsUpdateException {
    Optional<Message> response = attempt(query, false, deadline.remaining().dividedBy(3));
    if (response.isEmpty()) {
      response = attempt(query, true, deadline.remaining());
    }
    Message answer =
        response.orElseThrow(
            () ->
                new DnsUpdateException(
                    ErrorCode.DNS_TIMEOUT,
                    this
                        + " did not answer in time, neither over UDP nor TCP; check the address and"
                        + " firewalls, and try again"));
    requireAuthentic(answer);
    return answer;
  }

  /** Empty when no answer came. */
  private Optional<Message> attempt(Message query, boolean tcp, Duration time)
      throws DnsUpdateException {
    if (time.isZero()) {
      return Optional.empty();
    }
    SimpleResolver resolver = new SimpleResolver(address);
    resolver.setTCP(tcp);
    resolver.setTimeout(time);
    key.ifPresent(k -> resolver.setTSIGKey(k.tsig(clock)));
    CompletableFuture<Message> pending = resolver.sendAsync(query).toCompletableFuture();
    try {
      // The library looks at its own time-outs once a second only.
      return Optional.of(pending.get(time.toNanos(), TimeUnit.NANOSECONDS));
    } catch (TimeoutException e) {
      pending.cancel(true);
      return Optional.empty();
    } catch (ExecutionException e) {
      if (!tcp || e.getCause() instanceof SocketTimeoutException) {
        return Optional.empty();
      }
      throw new DnsUpdateException(
          ErrorCode.UPDATE_FAILED,
          "%s cannot be reached (%s); check the address, and that the server runs"
              .formatted(this, e.getCause()));
    } catch (InterruptedException e) {
      pending.cancel(true);
      Thread.currentThread().interrupt();
      throw new DnsUpdateException(ErrorCode.DNS_TIMEOUT, "interrupted while waiting for " + this);
    }
  }

  private void requireAuthentic(Message response) throws DnsUpdateException {
    TSIGRecord tsig = response.getTSIG();
    int error = tsig == null ? Rcode.NOERROR : tsig.getError();
    switch (error) {
      case Rcode.BADKEY ->
          throw new DnsUpdateException(
              ErrorCode.TSIG_KEY_REFUSED,
              this
                  + " does not know the key by this name and algorithm (BADKEY); put its statement"
                  + " into the server's configuration, and reload that");
      case Rcode.BADSIG ->
          throw new DnsUpdateException(
              ErrorCode.TSIG_SIGNATURE_REFUSED,
              this + " has another secret for the key (BADSIG); copy the server's key statement");
      case Rcode.BADTIME ->
          throw new DnsUpdateException(
              ErrorCode.TSIG_TIME_REFUSED,
              this + " has another time" + serverTime(tsig) + " (BADTIME); set both clocks right");
      default -> {
        if (key.isPresent() && !response.isVerified()) {
          throw new DnsUpdateException(
              ErrorCode.TSIG_ANSWER_WRONG,
              "the answer of %s (%s) is not signed with the key; check that the server knows it, and whether something between answers instead"
                  .formatted(this, Rcode.string(response.getRcode())));
        }
      }
    }
  }

  private String serverTime(TSIGRecord tsig) {
    byte[] other = tsig.getOther();
    if (other == null || other.length != TIME_BYTES) {
      return "";
    }
    long seconds = 0;
    for (byte octet : other) {
      seconds = seconds << 8 | (octet & 0xff);
    }
    Duration ahead = Duration.between(clock.instant(), Instant.ofEpochSecond(seconds));
    return ", %d s %s this machine's"
        .formatted(ahead.abs().toSeconds(), ahead.isNegative() ? "behind" : "ahead of");
  }

  /** An update that was refused with a code. */
  DnsUpdateException failure(int rcode, Name zone) {
    String name = zone.toString(true);
    return switch (rcode) {
      case Rcode.REFUSED ->
          new DnsUpdateException(
              ErrorCode.UPDATE_REFUSED,
              "%s does not permit the update of zone %s (REFUSED); %s"
                  .formatted(
                      this,
                      name,
                      key.isPresent()
                          ? "permit the key to change TXT records below _dive and _divekey, in update-policy"
                          : "give --tsig with a key that its update-policy permits"));
      case Rcode.NOTAUTH ->
          new DnsUpdateException(
              ErrorCode.UPDATE_NOT_AUTHORITATIVE,
              "%s is not the primary of zone %s (NOTAUTH); name the primary".formatted(this, name));
      case Rcode.NOTZONE ->
          new DnsUpdateException(
              ErrorCode.UPDATE_NOT_IN_ZONE,
              "%s says that the name is not in zone %s (NOTZONE); name the primary of its own zone"
                  .formatted(this, name));
      default ->
          new DnsUpdateException(
              ErrorCode.UPDATE_FAILED,
              "%s did not update zone %s (%s); look into the server's log"
                  .formatted(this, name, Rcode.string(rcode)));
    };
  }

  /** The address and the key's name. */
  @Override
  public String toString() {
    String host = address.getHostString();
    return "name server "
        + (address.getPort() == DNS_PORT ? host : host + " port " + address.getPort())
        + key.map(k -> " (with TSIG key " + k.name() + ")").orElse("");
  }
}
