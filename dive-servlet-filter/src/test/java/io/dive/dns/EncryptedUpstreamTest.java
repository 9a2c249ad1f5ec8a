// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** DNS over TLS and HTTPS against unbound, and against servers that are of no use. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class EncryptedUpstreamTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(500);
  private static final String LONG = "x".repeat(250);

  private Path directory;
  private TestCertificates certificates;
  private TrustAnchors anchors;
  private Named named;
  private Unbound unbound;
  private TlsTrust trust;

  @BeforeAll
  void startServers(@TempDir Path directory) throws Exception {
    Assumptions.assumeTrue(TestCertificates.canBeMade(), "openssl is not installed");
    Assumptions.assumeTrue(Named.isInstalled(), "named is not installed");
    Assumptions.assumeTrue(Unbound.isInstalled(), "unbound is not installed");
    this.directory = directory;
    certificates = TestCertificates.make(directory);
    trust = TlsTrust.read("ca", certificates.authority());
    NamedZones zones = new NamedZones(directory);
    zones.signed(
        "zone.test",
        "_dive TXT \"hello\"\n"
            + String.join(
                "",
                IntStream.range(0, 40).mapToObj(i -> "long TXT \"" + i + LONG + "\"\n").toList()));
    zones.signed("bogus.test", "_dive TXT \"genuine\"\n");
    zones.tamper("bogus.test", "genuine", "changed");
    zones.unsigned("plain.test", "_dive TXT \"unsigned\"\n");
    anchors = TrustAnchors.read(zones.anchorFile());
    named = Named.start(directory, "recursion no;", zones.statements());
    unbound =
        Unbound.start(
            directory,
            certificates,
            zones.anchorFile(),
            named.address(),
            List.of("zone.test", "bogus.test", "plain.test"));
  }

  @AfterAll
  void stopServers() {
    if (unbound != null) {
      unbound.close();
    }
    if (named != null) {
      named.close();
    }
  }

  private Upstream tls() throws ConfigException {
    return Upstream.parse("dns", "tls://127.0.0.1:" + unbound.tlsPort() + "#resolver.test", trust);
  }

  private Upstream https() throws Exception {
    Assumptions.assumeTrue(Unbound.hasHttps(directory), "unbound was built without nghttp2");
    return Upstream.parse("dns", "https://localhost:" + unbound.httpsPort() + "/dns-query", trust);
  }

  private TxtAnswer ask(Upstream upstream, String name, Duration limit) {
    return new ValidatingTxtLookup(upstream, anchors, LIMIT, Clock.systemUTC()).lookup(name, limit);
  }

  private static TxtAnswer.Failed failed(ErrorCode code, TxtAnswer answer) {
    TxtAnswer.Failed failed =
        assertInstanceOf(TxtAnswer.Failed.class, answer, () -> answer.toString());
    assertEquals(code, failed.code(), failed::sentence);
    return failed;
  }

  private void assertServes(Upstream upstream) {
    TxtAnswer answer = ask(upstream, "_dive.zone.test", LIMIT);
    TxtAnswer.Found found = assertInstanceOf(TxtAnswer.Found.class, answer, answer::toString);
    assertEquals(List.of("hello"), found.values());
    assertEquals(DnssecStatus.SECURE, found.status());
    assertEquals(
        new TxtAnswer.Absent(DnssecStatus.SECURE, false),
        ask(upstream, "_dive.no.zone.test", LIMIT));
    TxtAnswer many = ask(upstream, "long.zone.test", LIMIT);
    assertEquals(40, assertInstanceOf(TxtAnswer.Found.class, many, many::toString).values().size());
    TxtAnswer bogus = ask(upstream, "_dive.bogus.test", LIMIT);
    assertInstanceOf(TxtAnswer.Failed.class, bogus, bogus::toString);
  }

  @Test
  void overTls_answersAreValidatedAsEverywhere() throws Exception {
    assertServes(tls());
  }

  @Test
  void overHttps_answersAreValidatedAsEverywhere() throws Exception {
    assertServes(https());
  }

  @Test
  void certificateForAnotherName_isRefused() throws Exception {
    String port = ":" + unbound.tlsPort();
    for (String text :
        List.of(
            "tls://127.0.0.1" + port + "#other.test",
            "tls://127.0.0.1" + port,
            "https://127.0.0.1:" + unbound.httpsPort())) {
      TxtAnswer.Failed answer =
          failed(
              ErrorCode.DNS_TLS_FAILURE,
              ask(Upstream.parse("dns", text, trust), "_dive.zone.test", LIMIT));
      assertTrue(answer.sentence().contains("could not be trusted"), answer::sentence);
    }
  }

  @Test
  void certificateOfAnUnknownAuthority_isRefused() throws Exception {
    for (String text :
        List.of(
            "tls://localhost:" + unbound.tlsPort(), "https://localhost:" + unbound.httpsPort())) {
      failed(ErrorCode.DNS_TLS_FAILURE, ask(Upstream.parse("dns", text), "_dive.zone.test", LIMIT));
    }
  }

  /** What unbound has validated it says by the AD bit; what it refuses is looked at here. */
  @Test
  void trustedAd_isBelievedAndNothingElse() throws Exception {
    TrustAnchors elsewhere =
        TrustAnchors.parse("other. DS 1 13 2 " + "0".repeat(64), "another anchor");
    for (Upstream upstream : List.of(tls(), https())) {
      for (boolean trusts : new boolean[] {true, false}) {
        Upstream asked = trusts ? upstream.trustingAd("ad") : upstream;
        TxtLookup dns = new ValidatingTxtLookup(asked, elsewhere, LIMIT, Clock.systemUTC());
        TxtAnswer signed = dns.lookup("_dive.zone.test", LIMIT);
        assertEquals(
            trusts ? DnssecStatus.SECURE : DnssecStatus.INDETERMINATE,
            assertInstanceOf(TxtAnswer.Found.class, signed, signed::toString).status());
        TxtAnswer plain = dns.lookup("_dive.plain.test", LIMIT);
        assertEquals(
            DnssecStatus.INDETERMINATE,
            assertInstanceOf(TxtAnswer.Found.class, plain, plain::toString).status());
        TxtAnswer absent = dns.lookup("_dive.no.zone.test", LIMIT);
        assertEquals(
            trusts ? DnssecStatus.SECURE : DnssecStatus.INDETERMINATE,
            assertInstanceOf(TxtAnswer.Absent.class, absent, absent::toString).status());
      }
      TxtAnswer bogus = ask(upstream.trustingAd("ad"), "_dive.bogus.test", LIMIT);
      assertInstanceOf(TxtAnswer.Failed.class, bogus, bogus::toString);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"system", "127.0.0.1", "[::1]:5300"})
  void trustedAd_overPlainDnsIsRefused(String text) throws Exception {
    Upstream plain = Upstream.parse("dns", text);
    ConfigException e = assertThrows(ConfigException.class, () -> plain.trustingAd("dive.ad"));
    assertEquals(ErrorCode.SETTINGS_CONTRADICT, e.code());
    assertEquals("dive.ad", e.setting());
  }

  @Test
  void serverThatAcceptsAndIsSilent_isATimeout() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      for (String scheme : List.of("tls", "https")) {
        String text = scheme + "://localhost:" + silent.getLocalPort();
        failed(
            ErrorCode.DNS_TIMEOUT,
            ask(Upstream.parse("dns", text, trust), "_dive.zone.test", SHORT));
      }
    }
  }

  @Test
  void closedPort_isAServerFailure() throws Exception {
    for (String scheme : List.of("tls", "https")) {
      Upstream closed = Upstream.parse("dns", scheme + "://127.99.7.3:5", trust);
      failed(ErrorCode.DNS_SERVER_FAILURE, ask(closed, "_dive.zone.test", LIMIT));
    }
  }

  private interface HttpsTest {
    void run(Upstream upstream) throws Exception;
  }

  private void withHttps(HttpHandler handler, HttpsTest test) throws Exception {
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    server.setHttpsConfigurator(new HttpsConfigurator(certificates.serverContext()));
    server.createContext("/dns-query", handler);
    server.start();
    try {
      test.run(Upstream.parse("dns", "https://localhost:" + server.getAddress().getPort(), trust));
    } finally {
      server.stop(0);
    }
  }

  private static HttpHandler answering(int status, String type, byte[] body) {
    return exchange -> {
      exchange.getRequestBody().readAllBytes();
      exchange.getResponseHeaders().set("Content-Type", type);
      exchange.sendResponseHeaders(status, body.length);
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(body);
      } catch (IOException e) {
        // The client had enough of it.
      }
    };
  }

  @ParameterizedTest
  @CsvSource({
    "500, application/dns-message, 10, HTTP status 500",
    "302, application/dns-message, 10, HTTP status 302",
    "200, text/html, 10, content type",
    "200, application/dns-message, 10, cannot be used",
    "200, application/dns-message, 70000, longer than a DNS message"
  })
  void httpsServerWithoutDns_isAServerFailure(int status, String type, int length, String words)
      throws Exception {
    withHttps(
        answering(status, type, new byte[length]),
        upstream -> {
          TxtAnswer.Failed answer =
              failed(ErrorCode.DNS_SERVER_FAILURE, ask(upstream, "_dive.zone.test", LIMIT));
          assertTrue(answer.sentence().contains(words), answer::sentence);
        });
  }

  @Test
  void httpsBodyThatNeverEnds_isATimeout() throws Exception {
    withHttps(
        exchange -> {
          exchange.getResponseHeaders().set("Content-Type", "application/dns-message");
          exchange.sendResponseHeaders(200, 100);
          exchange.getResponseBody().flush();
        },
        upstream -> failed(ErrorCode.DNS_TIMEOUT, ask(upstream, "_dive.zone.test", SHORT)));
  }

  @ParameterizedTest
  @CsvSource({
    "tls://192.0.2.1, tls://192.0.2.1",
    "tls://192.0.2.1:853#dns.example, tls://192.0.2.1#dns.example",
    "tls://dns.example:8853, tls://dns.example:8853",
    "tls://[2001:db8::1]:8853#dns.example, tls://[2001:db8::1]:8853#dns.example",
    "https://dns.example, https://dns.example/dns-query",
    "https://dns.example:8443/q, https://dns.example:8443/q"
  })
  void encryptedUpstreams_areReadFromText(String text, String name) throws Exception {
    assertEquals(name, Upstream.parse("dns", text).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tls://",
        "tls://a:0",
        "tls://a:65536",
        "tls://a b",
        "tls://a#",
        "https://",
        "https://u@dns.example/",
        "https://dns.example/#f",
        "https://dns.example/{?dns}",
        "http://dns.example/"
      })
  void otherText_isRefused(String text) {
    ConfigException e = assertThrows(ConfigException.class, () -> Upstream.parse("dns", text));
    assertEquals(ErrorCode.SETTING_INVALID, e.code());
  }

  @Test
  void addresses_areSeparatedByCommas() throws Exception {
    assertEquals(
        List.of("192.0.2.1", "[0:0:0:0:0:0:0:1]:5300"),
        Upstream.addresses("list", "192.0.2.1, [::1]:5300").stream().map(Upstream::text).toList());
    for (String text : List.of("", "192.0.2.1,", "a.example", "tls://192.0.2.1")) {
      assertThrows(ConfigException.class, () -> Upstream.addresses("list", text), text);
    }
  }

  @Test
  void fileWithoutCertificates_isRefused() throws Exception {
    Path file = directory.resolve("no-certificates");
    for (Optional<String> content :
        List.of(
            Optional.<String>empty(),
            Optional.of(""),
            Optional.of("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))) {
      if (content.isPresent()) {
        Files.writeString(file, content.orElseThrow());
      }
      ConfigException e = assertThrows(ConfigException.class, () -> TlsTrust.read("dive.ca", file));
      assertEquals(ErrorCode.SETTING_INVALID, e.code());
      assertEquals("dive.ca", e.setting());
      assertTrue(String.valueOf(e.getMessage()).contains("no-certificates"), e::getMessage);
    }
  }
}
