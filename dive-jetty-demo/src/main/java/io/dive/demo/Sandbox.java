// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import io.dive.check.CheckPlan;
import io.dive.demo.nameserver.NameServer;
import io.dive.demo.nameserver.PrimaryZone;
import io.dive.demo.nameserver.SignedZone;
import io.dive.demo.nameserver.ZoneFile;
import io.dive.demo.nameserver.ZoneKeys;
import io.dive.demo.site.SiteServer;
import io.dive.demo.site.StatusPage;
import io.dive.key.Signer;
import io.dive.protocol.DiveException;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.ProtocolVersion;
import io.dive.sidecar.Sidecar;
import io.dive.sidecar.SigningProgress;
import io.dive.sidecar.SigningSummary;
import io.dive.sidecar.TreeSigner;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Record;

/** The running sandbox: name server, signed files, HTTP server. */
final class Sandbox implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Sandbox.class);
  private static final int FAILURES_LOGGED = 10;
  private static final int FILES_DOWNLOADED = 20;
  private static final Duration ZONE_LIFETIME = Duration.ofDays(14);
  private static final Duration ZONE_RESIGNING = Duration.ofDays(1);

  private final Fqdn host;
  private final DataDirectory data;
  private final Closeable claim;
  private final Path root;
  private final InetAddress httpAddress;
  private final NameServer nameServer;
  private final SiteServer siteServer;
  private final ScheduledExecutorService resigning;

  private Sandbox(
      Fqdn host,
      DataDirectory data,
      Closeable claim,
      Path root,
      InetAddress httpAddress,
      NameServer nameServer,
      SiteServer siteServer,
      ScheduledExecutorService resigning) {
    this.host = host;
    this.data = data;
    this.claim = claim;
    this.root = root;
    this.httpAddress = httpAddress;
    this.nameServer = nameServer;
    this.siteServer = siteServer;
    this.resigning = resigning;
  }

  /**
   * Starts everything; returns when downloads can be verified.
   *
   * @throws IOException if a port is taken, a directory not usable, or the startup check fails;
   *     nothing keeps running then
   */
  static Sandbox start(SandboxOptions options)
      throws IOException, DiveException, InterruptedException {
    DataDirectory data = DataDirectory.open(options.data());
    Closeable claim = data.claim();
    boolean started = false;
    try {
      Sandbox sandbox = start(options, data, claim);
      started = true;
      return sandbox;
    } finally {
      if (!started) {
        claim.close();
      }
    }
  }

  private static Sandbox start(SandboxOptions options, DataDirectory data, Closeable claim)
      throws IOException, DiveException, InterruptedException {
    Clock clock = Clock.systemUTC();
    Fqdn host = options.host();
    InetSocketAddress http = new InetSocketAddress(options.bind(), options.port());
    SigningKeys keys = data.signingKeys(clock);
    List<Signer> signers = keys.signers();
    SandboxZone firstZone =
        SandboxZone.of(
            plan(host, signers),
            reachable(http.getAddress()),
            options.rotate() ? ZoneTtls.SHORT : ZoneTtls.USUAL);
    PrimaryZone zone = zone(data, firstZone, keys.made(), clock);
    Path root = root(options, data);
    sign(root, signers);

    NameServer nameServer = NameServer.start(options.dns(), zone, data.updateKey(), clock);
    try {
      SiteServer siteServer =
          SiteServer.start(
              http,
              root,
              new StatusPage(host, root, () -> onStatusPage(zone.current(), data)),
              port -> {
                data.writeSettings(
                    host,
                    keys,
                    root,
                    reachable(nameServer.address()),
                    reachable(new InetSocketAddress(http.getAddress(), port)));
                return data.settings();
              });
      return new Sandbox(
          host,
          data,
          claim,
          root,
          reachable(http.getAddress()),
          nameServer,
          siteServer,
          resign(zone));
    } catch (IOException | RuntimeException e) {
      nameServer.close();
      throw e;
    }
  }

  /** What DNS has to say about a host with these signers. */
  static CheckPlan plan(Fqdn host, List<Signer> signers) {
    List<CheckPlan.Key> keys =
        signers.stream().map(s -> new CheckPlan.Key(s.key(), s.publicKey())).toList();
    return new CheckPlan(
        List.of(new CheckPlan.Host(host, keys, false)),
        EnumSet.allOf(ProtocolVersion.class),
        HashAlgorithm.SHA_256);
  }

  private static InetSocketAddress reachable(InetSocketAddress bound) {
    return new InetSocketAddress(reachable(bound.getAddress()), bound.getPort());
  }

  /** The address under which others on this machine reach a socket bound to the given one. */
  private static InetAddress reachable(InetAddress bound) {
    return bound.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : bound;
  }

  private static Path root(SandboxOptions options, DataDirectory data) throws IOException {
    if (options.root().isEmpty()) {
      return data.bundledDownloads();
    }
    Path root = options.root().orElseThrow();
    if (!Files.isDirectory(root)) {
      throw new IOException("--root " + root + " is not a directory");
    }
    root = root.toRealPath();
    if (data.path().startsWith(root)) {
      throw new IOException(
          "--root %s contains the private keys in %s: choose a --data outside"
              .formatted(root, data.path()));
    }
    return root;
  }

  private static void sign(Path root, List<Signer> signers)
      throws IOException, InterruptedException {
    SigningSummary summary =
        new TreeSigner(signers, HashAlgorithm.SHA_256, TreeSigner.Options.DEFAULT)
            .sign(List.of(root), SigningProgress.NONE);
    LOG.info(
        "signed {} files below {}, {} were signed already, {} could not be",
        summary.signed(),
        root,
        summary.unchanged(),
        summary.failures().size());
    summary.failures().stream()
        .limit(FAILURES_LOGGED)
        .forEach(f -> LOG.warn("{} is not signed: {}", f.path(), f.sentence()));
  }

  /** The zone as updates left it when the sandbox ran last, or else the first one. */
  private static PrimaryZone zone(
      DataDirectory data, SandboxZone first, boolean madeKey, Clock clock) throws IOException {
    ZoneKeys keys = data.zoneKeys(first.apex());
    ZoneFile file = data.zoneFile();
    Optional<List<Record>> stored = file.read();
    SandboxZone zone = stored.isEmpty() ? first : first.after(stored.get(), madeKey);
    if (stored.isPresent()) {
      LOG.info("the zone is what updates left in {}; remove it to start anew", file.path());
    }
    try {
      return PrimaryZone.open(keys, file, zone.records(), clock, ZONE_LIFETIME);
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "%s cannot be served (%s): restore it, or remove it to start anew"
              .formatted(file.path(), e.getMessage()),
          e);
    }
  }

  private static StatusPage.Zone onStatusPage(SignedZone zone, DataDirectory data) {
    List<String> diveRecords = SandboxZone.diveRecords(zone.records());
    return new StatusPage.Zone(zone.serial(), data.signingKeyIds(), diveRecords);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // failures are logged by the task itself
  private static ScheduledExecutorService resign(PrimaryZone zone) {
    ScheduledExecutorService executor =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "zone-resigning");
              thread.setDaemon(true);
              return thread;
            });
    executor.scheduleAtFixedRate(
        () -> {
          try {
            zone.resign();
          } catch (IOException | RuntimeException e) { // thread boundary
            LOG.error("The zone could not be signed anew; it will be tried again", e);
          }
        },
        ZONE_RESIGNING.toSeconds(),
        ZONE_RESIGNING.toSeconds(),
        TimeUnit.SECONDS);
    return executor;
  }

  /** The one line that says where everything is. */
  String readyLine() {
    return "ready http://%s:%d/ dns %s trust-anchor %s"
        .formatted(
            host, siteServer.port(), DataDirectory.text(nameServer.address()), data.trustAnchor());
  }

  /**
   * Replaces the signing key while clients download.
   *
   * @param lines takes what is told, line by line
   * @return what the clients said
   */
  VerifyingClients.Count rotate(Consumer<String> lines)
      throws IOException, DiveException, InterruptedException {
    return new LiveRotation(
            data,
            reachable(nameServer.address()),
            new InetSocketAddress(httpAddress, siteServer.port()),
            downloads(),
            lines)
        .run();
  }

  /** One page, one response made on the fly, and some of the files. */
  private List<URI> downloads() throws IOException {
    List<String> paths = new ArrayList<>(List.of("/", "/generated/5000"));
    try (Stream<Path> files = Files.walk(root)) {
      files
          .filter(file -> !file.toString().endsWith(Sidecar.SUFFIX) && Files.isRegularFile(file))
          .map(file -> "/downloads/" + root.relativize(file).toString().replace('\\', '/'))
          .filter(path -> !path.equals(SiteServer.INTRUDED))
          .limit(FILES_DOWNLOADED)
          .forEach(paths::add);
    }
    List<URI> urls = new ArrayList<>();
    for (String path : paths) {
      try {
        urls.add(new URI("http", null, host.name(), siteServer.port(), path, null, null));
      } catch (URISyntaxException e) {
        throw new IOException("no URL for " + path, e);
      }
    }
    return urls;
  }

  /** Waits until the HTTP server stops. */
  void join() throws InterruptedException {
    siteServer.join();
  }

  /** Stops everything; a second call does nothing. */
  @Override
  public void close() {
    resigning.shutdownNow();
    siteServer.close();
    try (claim) {
      nameServer.close();
    } catch (IOException e) {
      LOG.warn("The name server did not stop cleanly", e);
    }
  }
}
