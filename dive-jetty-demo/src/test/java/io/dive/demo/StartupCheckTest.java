// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.demo.nameserver.NameServer;
import io.dive.demo.nameserver.SignatureValidity;
import io.dive.demo.nameserver.SignedZone;
import io.dive.demo.nameserver.ZoneKeys;
import io.dive.demo.site.SiteServer;
import io.dive.demo.site.StatusPage;
import io.dive.key.Signer;
import io.dive.key.SigningKey;
import io.dive.protocol.FieldNames;
import io.dive.protocol.Fqdn;
import io.dive.protocol.SignatureAlgorithm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The sandbox's site before a DNS that says something else, or nothing. */
@Timeout(120)
class StartupCheckTest {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private final Fqdn host = Fqdn.parse("sandbox.dive.test");
  private DataDirectory data;
  private SigningKeys keys;
  private Signer signer;

  StartupCheckTest() throws Exception {}

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    data = DataDirectory.open(directory);
    keys = data.signingKeys(Clock.systemUTC());
    signer = keys.signers().get(0);
  }

  @Test
  void enforce_publishedKeyIsAnother_refusesAndNamesKeyFoundAndExpected() throws Exception {
    Signer other =
        SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom()).signer(signer.key());
    try (NameServer dns = publish(other)) {
      IOException refusal =
          assertThrows(IOException.class, () -> site(dns.address(), "enforce").close());

      String message = refusal.toString();
      assertTrue(message.contains("key-mismatch"), message);
      assertTrue(message.contains("sandbox1._divekey.sandbox.dive.test"), message);
      assertTrue(
          message.contains("DNS says ed25519 " + other.publicKey().bytes().toBase64()), message);
      assertTrue(
          message.contains("expected ed25519 " + signer.publicKey().bytes().toBase64()), message);
    }
  }

  @Test
  void enforce_publishedKeyIsTheOneThatSigns_starts() throws Exception {
    try (NameServer dns = publish(signer);
        SiteServer site = site(dns.address(), "enforce")) {
      assertTrue(site.port() > 0);
    }
  }

  @Test
  void enforce_dnsStopped_refusesAndSaysSo() throws Exception {
    InetSocketAddress stopped = stoppedNameServer();

    IOException refusal = assertThrows(IOException.class, () -> site(stopped, "enforce").close());

    assertTrue(refusal.toString().contains("dns-server-failure"), refusal.toString());
  }

  /** The six seconds are the issue's; no look-up is waited for, so it takes far fewer. */
  @Test
  void warn_dnsStopped_startsServesAndHealthIsDown() throws Exception {
    InetSocketAddress stopped = stoppedNameServer();
    try (SiteServer site = assertTimeout(Duration.ofSeconds(6), () -> site(stopped, "warn"))) {
      HttpResponse<String> download = get(site, "/downloads/valid.txt");
      HttpResponse<String> health;
      do { // ends with the time-out of this class
        health = get(site, "/dive/health");
      } while (!health.body().contains("dns-server-failure"));

      assertEquals(200, download.statusCode());
      for (String field : FieldNames.SIGNED_RESPONSE) {
        assertTrue(download.headers().firstValue(field).isPresent(), field);
      }
      assertEquals(503, health.statusCode());
      assertTrue(
          health.body().contains("{\"name\":\"dive-dns\",\"status\":\"DOWN\""), health.body());
      assertTrue(health.body().startsWith("{\"status\":\"DOWN\""), health.body());
    }
  }

  private NameServer publish(Signer published) throws Exception {
    SandboxZone zone =
        SandboxZone.of(
            Sandbox.plan(host, List.of(published)),
            InetAddress.getLoopbackAddress(),
            ZoneTtls.USUAL);
    ZoneKeys zoneKeys = data.zoneKeys(zone.apex());
    SignatureValidity validity =
        SignatureValidity.from(Clock.systemUTC().instant(), Duration.ofDays(1));
    SignedZone signed = SignedZone.sign(zoneKeys, 1, zone.records(), validity);
    return NameServer.start(ANY_PORT, () -> signed);
  }

  private InetSocketAddress stoppedNameServer() throws Exception {
    NameServer dns = publish(signer);
    dns.close();
    return dns.address();
  }

  private SiteServer site(InetSocketAddress dns, String check) throws IOException {
    Path root = data.bundledDownloads();
    return SiteServer.start(
        ANY_PORT,
        root,
        new StatusPage(host, root, () -> new StatusPage.Zone(1, List.of(), List.of())),
        port -> {
          data.writeSettings(
              host, keys, root, dns, new InetSocketAddress(ANY_PORT.getAddress(), port));
          String settings = Files.readString(data.settings());
          String changed = settings.replace("dive.check = enforce", "dive.check = " + check);
          return Files.writeString(data.settings(), changed);
        });
  }

  private HttpResponse<String> get(SiteServer site, String path)
      throws IOException, InterruptedException {
    InetSocketAddress address = new InetSocketAddress(ANY_PORT.getAddress(), site.port());
    URI url = URI.create("http://" + host + ":" + site.port() + path);
    return HttpClient.newBuilder()
        .proxy(ProxySelector.of(address))
        .build()
        .send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString());
  }
}
