// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.dive.dns.Authorities;
import io.dive.dns.RecordChange;
import io.dive.dns.SignedZone;
import io.dive.dns.TrustAnchors;
import io.dive.dns.TxtLookup;
import io.dive.dns.Upstream;
import io.dive.dns.ValidatingTxtLookup;
import io.dive.key.KeyFile;
import io.dive.key.SigningKey;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyRecord;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.settings.DiveSettings;
import io.dive.sidecar.Sidecar;
import io.dive.sidecar.SigningProgress;
import io.dive.sidecar.TreeSigner;
import io.dive.verify.SettableClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A site to rotate keys of: a DNSSEC-signed zone, a tree of files with sidecars of key k1, and a
 * web server that sends what the sidecars say, or without a tree what the settings' keys sign. Time
 * passes when somebody waits.
 */
public final class RotationSite implements AutoCloseable {
  public static final String HOST = "www.site.test";
  public static final String POLICY_00 =
      "v=\"dive-draft-00\", scopes=(\"strict\"), cache=900, x-more";
  public static final String POLICY_01 =
      "v=\"dive-draft-01\", scopes=(\"strict\"), directives=(\"https-optional\"), cache=300";
  private static final Duration LIMIT = Duration.ofSeconds(20);

  public final Path settings;
  public final Path state;
  public final Path tree;
  public final SignedZone zone;
  final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T12:00:00.5Z"));
  private final HttpServer web;
  private final TrustAnchors anchors;

  /** Changes each list of fields on its way out. */
  volatile UnaryOperator<List<HeaderField>> change = fields -> fields;

  public RotationSite(Path directory) throws Exception {
    settings = directory.resolve("dive.properties");
    state = directory.resolve("rotation.json");
    tree = directory.resolve("files");
    Files.createDirectories(tree.resolve("sub"));
    Files.writeString(tree.resolve("a.txt"), "first\n");
    Files.writeString(tree.resolve("sub/b.txt"), "second\n");
    zone = SignedZone.serve("site.test");
    anchors = TrustAnchors.read(zone.writeAnchor(directory.resolve("anchor.txt")));
    SigningKey key = SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom());
    KeyFile.of(directory.resolve("k1.pem")).create(key);
    zone.put("_dive.site.test", POLICY_00, POLICY_01, "something else");
    zone.put(
        owner("k1"),
        new KeyRecord(key.publicKey(), Optional.of(List.of(HashAlgorithm.SHA_256)), 900)
            .serialize());
    web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.createContext("/", this::answer);
    web.start();
    Files.writeString(
        settings,
        """
        # the site
        dive.hosts = %s
        dive.key.1.id = k1
        dive.key.1.file = k1.pem
        dive.rule.1.path = /**
        dive.rule.1.mode = sidecar
        dive.rule.1.root = files
        dive.canary.url = http://%s/a.txt
        dive.canary.connect = 127.0.0.1:%d
        """
            .formatted(HOST, HOST, web.getAddress().getPort()));
    sign();
  }

  void sign() throws Exception {
    DiveSettings loaded = DiveSettings.load(settings);
    new TreeSigner(loaded.openSigners(), loaded.hash(), TreeSigner.Options.DEFAULT)
        .sign(List.of(tree), SigningProgress.NONE);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Path file = tree.resolve(exchange.getRequestURI().getPath().substring(1));
      if (Files.exists(Sidecar.pathFor(file))
          && Sidecar.parse(Files.readAllBytes(Sidecar.pathFor(file))) instanceof Sidecar sidecar) {
        change
            .apply(sidecar.body().fields(EnumSet.allOf(ProtocolVersion.class)))
            .forEach(f -> exchange.getResponseHeaders().add(f.name(), f.value()));
      }
      byte[] body = Files.readAllBytes(file);
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  /** Sends what the sidecar of a.txt says now, whatever it says later. */
  void serveAsNow() throws Exception {
    if (Sidecar.parse(Files.readAllBytes(tree.resolve("a.txt.dive"))) instanceof Sidecar sidecar) {
      List<HeaderField> now = sidecar.body().fields(EnumSet.allOf(ProtocolVersion.class));
      change = fields -> now;
    }
  }

  /** Where a key is published. */
  public static String owner(String key) {
    return key + "._divekey.site.test";
  }

  /** Changes the zone as a server would. */
  void publish(RecordChange change) {
    Set<String> now = new HashSet<>(zone.at(change.owner()));
    if (!now.equals(change.after())) {
      if (!now.equals(change.before())) {
        throw new IllegalStateException("conflict: " + change + " but there is " + now);
      }
      if (change.after().isEmpty()) {
        zone.remove(change.owner());
      } else {
        zone.put(change.owner(), change.after().toArray(String[]::new));
      }
    }
  }

  TxtLookup dns() {
    return new ValidatingTxtLookup(Upstream.of(zone.address()), anchors, LIMIT, Clock.systemUTC());
  }

  RotationSetup.Builder setup(RecordPublisher publisher) {
    return setup(publisher, dns(), LIMIT, zone.address());
  }

  /** With other eyes on DNS. */
  RotationSetup.Builder setup(
      RecordPublisher publisher,
      TxtLookup resolver,
      Duration limit,
      InetSocketAddress... authorities) {
    return RotationSetup.of(
            settings,
            state,
            publisher,
            Authorities.listed(
                List.of(authorities),
                Upstream.of(zone.address()),
                anchors,
                limit,
                Clock.systemUTC()),
            resolver)
        .dnsLimit(limit)
        .clock(clock);
  }

  /** What the authoritative servers are, beside a secondary. */
  RotationSetup.Builder setup(SignedZone secondary) {
    return setup(this::publish, dns(), LIMIT, zone.address(), secondary.address());
  }

  RotationSetup.Builder setup() {
    return setup(this::publish);
  }

  /** Key IDs in the sidecars, each in order, which must be the same for every file. */
  public List<String> sidecarKeys() throws IOException {
    Set<List<String>> keys = new HashSet<>();
    for (String name : List.of("a.txt", "sub/b.txt")) {
      if (Sidecar.parse(Files.readAllBytes(Sidecar.pathFor(tree.resolve(name))))
          instanceof Sidecar sidecar) {
        keys.add(sidecar.publicKeys().keySet().stream().map(k -> k.serialize()).toList());
      }
    }
    if (keys.size() != 1) {
      throw new IllegalStateException("the sidecars differ: " + keys);
    }
    return keys.iterator().next();
  }

  /** Key IDs in the settings, in order. */
  public List<String> settingsKeys() throws Exception {
    return DiveSettings.load(settings).keys().stream().map(key -> key.id().value()).toList();
  }

  /** A resource of the site. */
  static URI url(String path) {
    return URI.create("http://" + HOST + path);
  }

  @Override
  public void close() {
    zone.close();
    web.stop(0);
  }
}
