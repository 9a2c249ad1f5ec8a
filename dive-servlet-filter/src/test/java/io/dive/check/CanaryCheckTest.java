// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsServer;
import io.dive.dns.ScriptedDns;
import io.dive.key.SigningKey;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyRecord;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.sign.BodyDigester;
import io.dive.sign.ResponseSigner;
import io.dive.verify.DiveClient;
import io.dive.verify.LoopbackTls;
import io.dive.verify.Verifier;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.GZIPOutputStream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Over real sockets; only DNS is scripted. */
@Timeout(120)
class CanaryCheckTest {
  private static final byte[] BODY = "canary\n".getBytes(StandardCharsets.US_ASCII);
  private static final String POLICY = "_dive.example.com";
  private static final String STRICT = "v=\"dive-draft-01\", scopes=(\"strict\")";
  private static final URI URL = URI.create("http://www.example.com/canary.txt");

  private final ScriptedDns dns = new ScriptedDns();
  private final SigningKey key =
      SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;

  /** What the server sends instead of the body, as a proxy might. */
  private volatile byte[] sent = BODY;

  private volatile boolean compresses;
  private volatile boolean asksNobody;

  /** Whether plain HTTP leads to https. */
  private volatile boolean redirects;

  private List<HeaderField> fields = List.of();

  @BeforeEach
  void start() throws Exception {
    fields =
        new ResponseSigner(
                List.of(key.signer(KeyReference.parse("k1"))),
                EnumSet.allOf(ProtocolVersion.class),
                0)
            .fields(BodyDigester.digest(HashAlgorithm.SHA_256, BODY));
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", exchange -> answer(exchange, fields));
    server.start();
    dns.put(POLICY, STRICT);
    dns.put(
        "k1._divekey.example.com", new KeyRecord(key.publicKey(), Optional.empty(), 0).serialize());
  }

  @AfterEach
  void stop() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange, List<HeaderField> fields) throws IOException {
    try (exchange) {
      if (redirects && !(exchange instanceof HttpsExchange)) {
        exchange.getResponseHeaders().add("Location", "https://localhost/");
        exchange.sendResponseHeaders(301, -1);
        return;
      }
      fields.forEach(f -> exchange.getResponseHeaders().add(f.name(), f.value()));
      byte[] body = sent;
      boolean asked = "gzip".equals(exchange.getRequestHeaders().getFirst("Accept-Encoding"));
      if (compresses && (asked || asksNobody)) {
        exchange.getResponseHeaders().add("Content-Encoding", "gzip");
        body = gzip(body);
      }
      boolean head = exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(200, head ? -1 : body.length);
      if (!head) {
        exchange.getResponseBody().write(body);
      }
    }
  }

  private static byte[] gzip(byte[] body) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(body);
    }
    return bytes.toByteArray();
  }

  private DiveClient client(String acceptEncoding) {
    return DiveClient.builder(
            new Verifier(dns, Clock.systemUTC(), Duration.ofMinutes(1), "tests/1.0"))
        .acceptEncoding(acceptEncoding)
        .connectTo(server.getAddress())
        .build();
  }

  private CheckReport run() {
    return new CanaryCheck(URL, client("identity"), client("gzip"), Clock.systemUTC()).run();
  }

  private Finding only(FindingCode code) {
    CheckReport report = run();
    assertEquals(
        List.of(code), report.findings().stream().map(Finding::code).toList(), report::table);
    Finding finding = report.findings().get(0);
    assertEquals(URL.toString(), finding.subject());
    return finding;
  }

  @Test
  void verifiedDownload_isOk() {
    Finding finding = only(FindingCode.CANARY_OK);
    assertTrue(finding.sentence().contains("key k1, sha256, dive-draft-01"), finding::sentence);
    assertTrue(run().passed());
  }

  @Test
  void changedBody_isRefused() {
    sent = "kanary\n".getBytes(StandardCharsets.US_ASCII);
    Finding finding = only(FindingCode.CANARY_REFUSED);
    assertTrue(
        finding.sentence().contains("the body is not the one that was signed"), finding::sentence);
    assertFalse(run().passed());
  }

  @Test
  void withoutPolicy_isNotCovered() {
    dns.remove(POLICY);
    only(FindingCode.CANARY_NOT_COVERED);
  }

  @Test
  void httpsRequired_saysToUseHttps() {
    dns.put(POLICY, STRICT + ", directives=(\"https-required\")");
    Finding finding = only(FindingCode.CANARY_REFUSED);
    assertTrue(finding.sentence().contains("example.com requires https"), finding::sentence);
    assertTrue(finding.remedy().contains("https URL"), finding::remedy);
  }

  @Test
  void failingDns_isUnreachable() {
    dns.fail(POLICY, ErrorCode.DNS_SERVER_FAILURE);
    only(FindingCode.CANARY_UNREACHABLE);
  }

  @Test
  void serverThatIsGone_isUnreachable() {
    server.stop(0);
    Finding finding = only(FindingCode.CANARY_UNREACHABLE);
    assertTrue(finding.sentence().contains("no response"), finding::sentence);
  }

  @Test
  void compressionBehindTheFilter_isFound() {
    compresses = true;
    CheckReport report = run();
    assertEquals(
        List.of(FindingCode.CANARY_OK, FindingCode.CANARY_COMPRESSED),
        report.findings().stream().map(Finding::code).toList(),
        report::table);
    assertTrue(report.findings().get(1).sentence().contains("gzip"), report::table);
    assertTrue(report.passed(), "clients that ask for no compression are fine");
  }

  /** The same server over TLS, beside the plain one. */
  private List<FindingCode> runOverTls(String directives, int plainPort) throws Exception {
    dns.put("_dive.localhost", STRICT + directives);
    dns.put(
        "k1._divekey.localhost", new KeyRecord(key.publicKey(), Optional.empty(), 0).serialize());
    SSLContext context = LoopbackTls.context();
    HttpsServer tls =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    try {
      tls.setHttpsConfigurator(new HttpsConfigurator(context));
      tls.setExecutor(threads);
      tls.createContext("/", exchange -> answer(exchange, fields));
      tls.start();
      DiveClient client =
          DiveClient.builder(
                  new Verifier(dns, Clock.systemUTC(), Duration.ofMinutes(1), "tests/1.0"))
              .sslContext(context)
              .build();
      URI url = URI.create("https://localhost:" + tls.getAddress().getPort() + "/canary.txt");
      CheckReport report =
          new CanaryCheck(url, client, client, Clock.systemUTC(), new PlainHttp(plainPort)).run();
      assertTrue(report.passed(), report::table);
      return report.findings().stream().map(Finding::code).toList();
    } finally {
      tls.stop(0);
    }
  }

  @Test
  void httpsRequired_andPlainHttpServesTheSame_isAWarning() throws Exception {
    int plain = server.getAddress().getPort();
    String required = ", directives=(\"https-required\")";
    assertEquals(
        List.of(FindingCode.CANARY_OK, FindingCode.CANARY_PLAIN_HTTP), runOverTls(required, plain));
    assertEquals(List.of(FindingCode.CANARY_OK), runOverTls("", plain), "not required");
    redirects = true;
    assertEquals(List.of(FindingCode.CANARY_OK), runOverTls(required, plain), "redirected");
    server.stop(0);
    assertEquals(List.of(FindingCode.CANARY_OK), runOverTls(required, plain), "nobody there");
  }

  @Test
  void compressionThatNobodyAskedFor_isFoundBesideTheRefusal() {
    compresses = true;
    asksNobody = true;
    CheckReport report = run();
    assertEquals(
        List.of(FindingCode.CANARY_REFUSED, FindingCode.CANARY_COMPRESSED),
        report.findings().stream().map(Finding::code).toList(),
        report::table);
    assertTrue(
        report.findings().get(1).sentence().contains("no coding was asked for"), report::table);
    assertFalse(report.passed());
  }
}
