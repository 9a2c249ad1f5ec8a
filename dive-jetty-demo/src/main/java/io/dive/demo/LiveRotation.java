// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import io.dive.dns.Authorities;
import io.dive.dns.DynamicUpdate;
import io.dive.dns.TrustAnchors;
import io.dive.dns.TxtLookup;
import io.dive.dns.Upstream;
import io.dive.dns.ValidatingTxtLookup;
import io.dive.protocol.DiveException;
import io.dive.protocol.KeyId;
import io.dive.rotation.Progress;
import io.dive.rotation.RecordPublisher;
import io.dive.rotation.Rotation;
import io.dive.rotation.RotationListener;
import io.dive.rotation.RotationSetup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Replaces the key of a running sandbox as an operator would, by dynamic update, and tells line by
 * line how it goes and what clients say meanwhile.
 */
final class LiveRotation {
  private static final Duration OVERLAP = Duration.ofSeconds(5);
  private static final Duration POLL_INTERVAL = Duration.ofMillis(500);
  private static final Duration DNS_LIMIT = Duration.ofSeconds(10);

  /** Enough for each client to have begun, or gone on, with the state reached. */
  private static final int DOWNLOADS_BETWEEN = 40;

  private final DataDirectory data;
  private final InetSocketAddress dns;
  private final InetSocketAddress http;
  private final List<URI> urls;
  private final Consumer<String> lines;
  private final Clock clock = Clock.systemUTC();

  /**
   * A rotation to come.
   *
   * @param dns the sandbox's name server
   * @param http where its HTTP server can be reached
   * @param urls what clients download; at least one
   * @param lines takes what is told
   */
  LiveRotation(
      DataDirectory data,
      InetSocketAddress dns,
      InetSocketAddress http,
      List<URI> urls,
      Consumer<String> lines) {
    this.data = data;
    this.dns = dns;
    this.http = http;
    this.urls = List.copyOf(urls);
    this.lines = lines;
  }

  /**
   * Carries it out, or goes on with one that was interrupted.
   *
   * @return what clients said
   * @throws DiveException if a step fails; a later run goes on from there
   */
  VerifyingClients.Count run() throws IOException, DiveException, InterruptedException {
    TrustAnchors anchors = TrustAnchors.read(data.trustAnchor());
    TxtLookup lookup = new ValidatingTxtLookup(Upstream.of(dns), anchors, DNS_LIMIT, clock);
    List<SigningKeys.Key> before = data.signingKeys(clock).keys();
    KeyId old = before.get(before.size() - 1).id();
    lines.accept(
        "rotating %s; records live 3 s and old answers %d s here, minutes and a day elsewhere"
            .formatted(old, OVERLAP.toSeconds()));
    try (VerifyingClients clients = new VerifyingClients(lookup, http, urls, clock)) {
      clients.await(DOWNLOADS_BETWEEN);
      new Rotation(setup(anchors, lookup, clients))
          .finish(Optional.empty(), time -> TimeUnit.MILLISECONDS.sleep(time.toMillis() + 1));
      clients.await(DOWNLOADS_BETWEEN);
      VerifyingClients.Count count = clients.count();
      KeyId now = data.signingKeys(clock).keys().get(0).id();
      lines.accept("rotated %s -> %s: %s".formatted(old, now, count));
      count.firstProblem().ifPresent(lines);
      return count;
    }
  }

  private RotationSetup setup(TrustAnchors anchors, TxtLookup lookup, VerifyingClients clients)
      throws IOException, DiveException {
    DynamicUpdate update = new DynamicUpdate(dns, Optional.of(data.updateKey()), DNS_LIMIT, clock);
    return RotationSetup.of(
            data.settings(),
            data.rotationState(),
            RecordPublisher.updating(update),
            Authorities.listed(List.of(dns), Upstream.of(dns), anchors, DNS_LIMIT, clock),
            lookup)
        .dnsLimit(DNS_LIMIT)
        .urls(urls)
        .connect(http)
        .overlap(OVERLAP)
        .pollInterval(POLL_INTERVAL)
        .clock(clock)
        .listener(telling(clients))
        .build();
  }

  private RotationListener telling(VerifyingClients clients) {
    return new RotationListener() {
      @Override
      public void done(String action) {
        lines.accept("  %s (%s)".formatted(shortened(action), clients.count()));
      }

      @Override
      public void waiting(Progress.Awaited awaited) {
        lines.accept("  waiting for " + shortened(awaited.sentence()));
      }
    };
  }

  /** Without the directory that everything lies in. */
  private String shortened(String sentence) {
    return sentence.replace(data.path() + "/", "");
  }
}
