// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.Authorities;
import io.dive.dns.DynamicUpdate;
import io.dive.dns.DynamicZone;
import io.dive.dns.TrustAnchors;
import io.dive.dns.TsigKey;
import io.dive.dns.TxtLookup;
import io.dive.dns.Upstream;
import io.dive.dns.ValidatingTxtLookup;
import io.dive.protocol.CharacterStrings;
import io.dive.protocol.Fqdn;
import io.dive.protocol.KeyId;
import io.dive.rotation.RecordPublisher;
import io.dive.rotation.Rotation;
import io.dive.rotation.RotationSetup;
import io.dive.rotation.RotationSite;
import io.dive.servlet.FilterContainer.Running;
import io.dive.settings.CheckSettings;
import io.dive.settings.DiveSettings;
import io.dive.settings.Mode;
import io.dive.settings.PathPattern;
import io.dive.settings.RuleSettings;
import io.dive.verify.DiveClient;
import io.dive.verify.Fetched;
import io.dive.verify.Verdict;
import io.dive.verify.Verifier;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A whole rotation by dynamic update of BIND, while clients download from Jetty. The server has no
 * private key: it serves sidecars, which are signed anew in place.
 */
@Timeout(300)
class RotationDownloadsTest {
  private static final int DOWNLOADS = 1_000;
  private static final Duration LIMIT = Duration.ofSeconds(20);

  /** Clients that download and verify without a pause, until told to stop. */
  private static final class Clients implements AutoCloseable {
    private final List<Thread> threads = new ArrayList<>();
    private final Set<KeyId> keys = ConcurrentHashMap.newKeySet();
    private final List<String> refused = new ArrayList<>();
    private int accepted;
    private boolean stopped;

    /** One that remembers policies and keys, and one that comes for the first time each time. */
    Clients(TxtLookup dns, InetSocketAddress server) {
      DiveClient regular = client(dns, server);
      threads.add(new Thread(() -> run(() -> regular, "a.txt"), "regular client"));
      threads.add(new Thread(() -> run(() -> client(dns, server), "sub/b.txt"), "new client"));
      threads.forEach(Thread::start);
    }

    private static DiveClient client(TxtLookup dns, InetSocketAddress server) {
      return DiveClient.builder(new Verifier(dns, Clock.systemUTC(), LIMIT, "test"))
          .connectTo(server)
          .build();
    }

    private void run(java.util.function.Supplier<DiveClient> client, String file) {
      URI url = URI.create("http://" + RotationSite.HOST + "/" + file);
      while (!isStopped()) {
        try {
          Fetched fetched = client.get().verify(url);
          if (fetched.outcome().verdict() instanceof Verdict.Accepted verdict) {
            keys.add(verdict.key().keyId());
            count(Optional.empty());
          } else {
            count(Optional.of(fetched.outcome().verdict().toString()));
          }
        } catch (IOException e) {
          count(Optional.of(e.toString()));
        } catch (InterruptedException e) {
          return;
        }
      }
    }

    private synchronized boolean isStopped() {
      return stopped;
    }

    private synchronized void count(Optional<String> refusal) {
      refusal.ifPresentOrElse(refused::add, () -> accepted++);
      notifyAll();
    }

    /** Lets time pass, and in it a good part of the downloads. */
    synchronized void downloadFor(Duration time) throws InterruptedException {
      long end = System.nanoTime() + time.toNanos();
      int enough = accepted + DOWNLOADS / 2;
      while (refused.isEmpty() && (System.nanoTime() < end || accepted < enough)) {
        wait(Math.max(1, Math.min(100, (end - System.nanoTime()) / 1_000_000)));
      }
    }

    synchronized int accepted() {
      return accepted;
    }

    synchronized List<String> refused() {
      return List.copyOf(refused);
    }

    @Override
    public void close() {
      synchronized (this) {
        stopped = true;
      }
      try {
        for (Thread thread : threads) {
          thread.join();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Test
  void noDownloadIsRefusedDuringARotation(@TempDir Path directory) throws Exception {
    Assumptions.assumeTrue(DynamicZone.isPossible(), "named or tsig-keygen is not installed");
    try (RotationSite site = new RotationSite(Files.createDirectory(directory.resolve("site")));
        DynamicZone zone = zone(Files.createDirectory(directory.resolve("named")), site)) {
      TxtLookup dns =
          new ValidatingTxtLookup(
              Upstream.of(zone.resolver()),
              TrustAnchors.read(zone.anchor()),
              LIMIT,
              Clock.systemUTC());
      Running jetty =
          FilterContainer.JETTY.start(
              site.tree, List.of(new DiveFilter(serverSettings(site))), Map.of());
      InetSocketAddress server =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), jetty.port());
      try (Clients clients = new Clients(dns, server)) {
        Rotation rotation = new Rotation(setup(site, zone, dns, server));
        rotation.finish(Optional.of(new KeyId("k1")), clients::downloadFor);
        int during = clients.accepted();
        clients.downloadFor(Duration.ofSeconds(2));
        assertEquals(List.of(), clients.refused());
        assertTrue(during >= DOWNLOADS, () -> "only " + during + " downloads");
        assertEquals(2, clients.keys.size(), clients.keys::toString);
      } finally {
        jetty.close();
      }
      assertEquals(1, site.settingsKeys().size());
      assertEquals(site.settingsKeys(), site.sidecarKeys());
    }
  }

  private static DynamicZone zone(Path directory, RotationSite site) throws Exception {
    String records =
        Stream.of("_dive.site.test", RotationSite.owner("k1"))
            .flatMap(
                owner ->
                    site.zone.at(owner).stream()
                        // Clients hold what they find for a second, like resolvers.
                        .map(value -> value.replaceAll("cache=[0-9]+", "cache=1"))
                        .map(value -> CharacterStrings.zoneFileLine(owner, 1, value)))
            .collect(Collectors.joining("\n"));
    return DynamicZone.start(directory, "site.test", records, true);
  }

  private static DiveSettings serverSettings(RotationSite site) {
    return DiveSettings.builder()
        .host(new Fqdn(RotationSite.HOST))
        .rule(
            new RuleSettings(
                1,
                new PathPattern("/**"),
                List.of(Mode.SIDECAR),
                Optional.of(site.tree),
                Optional.empty()))
        .checks(
            new CheckSettings(
                CheckSettings.Level.OFF, Duration.ofMinutes(5), Duration.ofSeconds(5)))
        .build();
  }

  private static RotationSetup setup(
      RotationSite site, DynamicZone zone, TxtLookup dns, InetSocketAddress server)
      throws Exception {
    TrustAnchors anchors = TrustAnchors.read(zone.anchor());
    return RotationSetup.of(
            site.settings,
            site.state,
            RecordPublisher.updating(
                new DynamicUpdate(
                    zone.primary(),
                    Optional.of(TsigKey.read(zone.tsig())),
                    LIMIT,
                    Clock.systemUTC())),
            Authorities.listed(
                zone.servers(), Upstream.of(zone.resolver()), anchors, LIMIT, Clock.systemUTC()),
            dns)
        .dnsLimit(LIMIT)
        .connect(server)
        .overlap(Duration.ofSeconds(2))
        .pollInterval(Duration.ofMillis(200))
        .build();
  }
}
