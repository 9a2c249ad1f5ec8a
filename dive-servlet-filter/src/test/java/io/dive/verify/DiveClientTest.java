// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static io.dive.verify.SignedSite.BODY;
import static io.dive.verify.SignedSite.POLICY_00;
import static io.dive.verify.SignedSite.POLICY_01;
import static io.dive.verify.SignedSite.newKey;
import static io.dive.verify.SignedSite.record;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.dive.key.SigningKey;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.FailureReport;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.sign.BodyDigester;
import io.dive.sign.ResponseSigner;
import io.dive.verify.TransferException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over real sockets; only DNS is scripted. */
class DiveClientTest {
  private static final String REPORT_ONLY = ", directives=(\"report-only\"), report-to=\"%s\"";

  private final SignedSite site = new SignedSite();
  private final SigningKey key = newKey();
  private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
  private final List<HttpServer> servers = new ArrayList<>();
  private final List<Socket> connections = Collections.synchronizedList(new ArrayList<>());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Path directory;
  private final Path target;
  private HttpServer server;

  DiveClientTest(@TempDir Path directory) {
    this.directory = directory;
    this.target = directory.resolve("file");
  }

  @BeforeEach
  void startServer() throws IOException {
    server =
        start(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
    server.createContext("/", exchange -> answer(exchange, BODY, BODY));
    site.publish("k1", key);
  }

  @AfterEach
  void stopServers() throws IOException {
    servers.forEach(s -> s.stop(0));
    for (Socket connection : connections) {
      connection.close();
    }
    threads.shutdownNow();
  }

  private <S extends HttpServer> S start(S server) {
    server.setExecutor(threads);
    server.start();
    servers.add(server);
    return server;
  }

  private HttpsServer startTls(SSLContext context) throws IOException {
    HttpsServer tls =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    tls.setHttpsConfigurator(new HttpsConfigurator(context));
    return start(tls);
  }

  private void answer(HttpExchange exchange, byte[] signedBody, byte[] body) throws IOException {
    try (exchange) {
      requests.add(
          exchange.getRequestHeaders().getFirst("Host") + exchange.getRequestURI().getPath());
      List<HeaderField> fields;
      try {
        fields =
            new ResponseSigner(
                    List.of(key.signer(KeyReference.parse("k1"))),
                    EnumSet.allOf(ProtocolVersion.class),
                    0)
                .fields(BodyDigester.digest(HashAlgorithm.SHA_256, signedBody));
      } catch (io.dive.protocol.DiveException e) {
        throw new IOException(e);
      }
      Headers headers = exchange.getResponseHeaders();
      fields.forEach(field -> headers.add(field.name(), field.value()));
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private void damageBody() {
    server.createContext("/damaged", exchange -> answer(exchange, BODY, new byte[BODY.length]));
  }

  private static void redirect(HttpServer from, String path, String location) {
    from.createContext(
        path,
        exchange -> {
          exchange.getResponseHeaders().set("Location", location);
          exchange.sendResponseHeaders(302, 3);
          exchange.getResponseBody().write(new byte[3]);
          exchange.close();
        });
  }

  private DiveClient.Builder builder() {
    return DiveClient.builder(site.verifier).connectTo(server.getAddress());
  }

  private DiveClient client() {
    return builder().build();
  }

  private static URI url(String path) {
    return URI.create("http://www.example.com" + path);
  }

  private List<String> filesThere() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private static void assertFails(Reason reason, Transfer transfer) {
    TransferException e = assertThrows(TransferException.class, transfer::run);
    assertEquals(reason, e.reason(), e::toString);
  }

  private interface Transfer {
    void run() throws IOException, InterruptedException;
  }

  @Test
  void verifiedBody_isKept() throws Exception {
    for (String policy : List.of(POLICY_00, POLICY_01)) {
      site.policy(policy);
      Fetched fetched = client().download(url("/file"), target);
      assertInstanceOf(Verdict.Accepted.class, fetched.outcome().verdict());
      assertTrue(fetched.written());
      assertEquals(BODY.length, fetched.bodyBytes());
      assertEquals(Optional.of(200), fetched.status());
      assertArrayEquals(BODY, Files.readAllBytes(target));
      assertEquals(List.of("file"), filesThere());
    }
  }

  @Test
  void fieldsOutsideAscii_doNotDisturb() throws Exception {
    site.policy(POLICY_01);
    server.createContext(
        "/odd",
        exchange -> {
          exchange.getResponseHeaders().add("Content-Disposition", "attachment; filename=\u00e9");
          exchange.getResponseHeaders().add("X-Tab", "a\tb");
          answer(exchange, BODY, BODY);
        });
    Fetched fetched = client().verify(url("/odd"));
    assertInstanceOf(Verdict.Accepted.class, fetched.outcome().verdict());
  }

  @Test
  void otherConnectAddress_keepsTheHostOfTheUrl() throws Exception {
    site.policy(POLICY_01);
    client().verify(URI.create("http://www.example.com:8080/file"));
    assertEquals(List.of("www.example.com:8080/file"), requests);
  }

  @Test
  void largeBody_streamsThrough() throws Exception {
    site.policy(POLICY_01);
    byte[] large = new byte[5_000_000];
    new java.util.Random(1).nextBytes(large);
    server.createContext("/large", exchange -> answer(exchange, large, large));
    assertTrue(client().download(url("/large"), target).written());
    assertArrayEquals(large, Files.readAllBytes(target));
  }

  @Test
  void damagedBody_leavesTheTargetAlone() throws Exception {
    site.policy(POLICY_01);
    damageBody();
    Files.writeString(target, "as before");
    Fetched fetched = client().download(url("/damaged"), target);
    assertInstanceOf(Verdict.Rejected.class, fetched.outcome().verdict());
    assertFalse(fetched.written());
    assertEquals("as before", Files.readString(target));
    assertEquals(List.of("file"), filesThere());
  }

  @Test
  void damagedBodyUnderReportOnly_isKept() throws Exception {
    site.policy(POLICY_01 + REPORT_ONLY.formatted("https://localhost:1/"));
    damageBody();
    Fetched fetched = client().download(url("/damaged"), target);
    assertEquals(Decision.ALLOWED_REPORT_ONLY, fetched.outcome().decision());
    assertTrue(fetched.written());
    assertEquals(Optional.empty(), fetched.reportDelivered());
  }

  @Test
  void uncoveredBody_isKeptOnlyWhereAllowed() throws Exception {
    assertFalse(client().download(url("/file"), target).written());
    assertFalse(Files.exists(target));
    assertTrue(builder().allowNotCovered(true).build().download(url("/file"), target).written());
  }

  @Test
  void errorPage_isNeverKept() throws Exception {
    server.createContext(
        "/gone",
        exchange -> {
          exchange.sendResponseHeaders(404, 4);
          exchange.getResponseBody().write(new byte[4]);
          exchange.close();
        });
    Fetched fetched = builder().allowNotCovered(true).build().download(url("/gone"), target);
    assertEquals(Optional.of(404), fetched.status());
    assertEquals(List.of(), filesThere());
  }

  @Test
  void undecidedPolicy_asksNothingOfTheServer() throws Exception {
    site.dns.fail("_dive.example.com", ErrorCode.DNS_BOGUS);
    Fetched fetched = builder().allowNotCovered(true).build().download(url("/file"), target);
    assertInstanceOf(Verdict.Undecided.class, fetched.outcome().verdict());
    assertEquals(Optional.empty(), fetched.status());
    assertEquals(List.of(), requests);
    assertEquals(List.of(), filesThere());
  }

  @Test
  void httpsRequired_asksNothingOfTheServer() throws Exception {
    site.policy(POLICY_01 + ", directives=(\"https-required\")");
    Fetched fetched = client().download(url("/file"), target);
    assertInstanceOf(Verdict.HttpsRequired.class, fetched.outcome().verdict());
    assertEquals(List.of(), requests);
    assertEquals(List.of(), filesThere());
  }

  @Test
  void redirect_isJudgedByTheLastHost() throws Exception {
    site.dns.put("_dive.example.org", POLICY_01).put("k1._divekey.example.org", record(key));
    redirect(server, "/away", "http://cdn.example.org/file");
    Fetched fetched = client().download(url("/away"), target);
    assertEquals(URI.create("http://cdn.example.org/file"), fetched.url());
    assertInstanceOf(Verdict.Accepted.class, fetched.outcome().verdict());
    assertArrayEquals(BODY, Files.readAllBytes(target));
    assertEquals(List.of("cdn.example.org/file"), requests);
  }

  /** The intruder's way out: a host of their own, where everything is in order. */
  @Test
  void redirectOutOfACoveredDomain_isRefusedUnlessAllowed() throws Exception {
    site.policy(POLICY_01);
    site.dns.put("_dive.example.org", POLICY_01).put("k1._divekey.example.org", record(key));
    redirect(server, "/away", "http://cdn.example.org/file");
    assertFails(Reason.REDIRECT_REFUSED, () -> client().download(url("/away"), target));
    assertEquals(List.of(), requests);
    assertEquals(List.of(), filesThere());
    Fetched fetched = builder().allowRedirectElsewhere(true).build().download(url("/away"), target);
    assertInstanceOf(Verdict.Accepted.class, fetched.outcome().verdict());
  }

  @Test
  void redirects_areFollowedFiveTimes() throws Exception {
    site.policy(POLICY_01);
    for (int i = 0; i < 6; i++) {
      redirect(server, "/hop" + i, i == 0 ? "/file" : "hop" + (i - 1));
    }
    assertTrue(client().download(url("/hop4"), target).written());
    assertFails(Reason.TOO_MANY_REDIRECTS, () -> client().download(url("/hop5"), target));
  }

  @Test
  void redirectToAnotherScheme_isRefused() {
    redirect(server, "/ftp", "ftp://example.com/file");
    assertFails(Reason.URL_NOT_SUPPORTED, () -> client().verify(url("/ftp")));
    redirect(server, "/nonsense", "http://[/");
    assertFails(Reason.REDIRECT_REFUSED, () -> client().verify(url("/nonsense")));
  }

  @Test
  void https_isVerifiedAndNeverLeftByRedirect() throws Exception {
    SSLContext context = LoopbackTls.context();
    HttpsServer tls = startTls(context);
    tls.createContext("/", exchange -> answer(exchange, BODY, BODY));
    redirect(tls, "/away", "http://localhost:" + server.getAddress().getPort() + "/file");
    String origin = "https://localhost:" + tls.getAddress().getPort();
    site.dns
        .put("_dive.localhost", POLICY_01 + ", directives=(\"https-required\")")
        .put("k1._divekey.localhost", record(key));
    DiveClient client = DiveClient.builder(site.verifier).sslContext(context).build();
    assertTrue(client.download(URI.create(origin + "/file"), target).written());
    assertFails(Reason.REDIRECT_REFUSED, () -> client.verify(URI.create(origin + "/away")));
  }

  @Test
  void httpsWithAnotherConnectAddress_isNotSupported() {
    assertFails(
        Reason.URL_NOT_SUPPORTED, () -> client().verify(URI.create("https://www.example.com/")));
  }

  @Test
  void hostInUnicode_isNotSupported() {
    assertFails(
        Reason.URL_NOT_SUPPORTED, () -> client().verify(URI.create("http://b\u00fccher.example/")));
  }

  @Test
  void report_isPostedWhereThePolicySays() throws Exception {
    SSLContext context = LoopbackTls.context();
    HttpsServer tls = startTls(context);
    List<String> reports = Collections.synchronizedList(new ArrayList<>());
    tls.createContext(
        "/dive",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          reports.add(
              exchange.getRequestMethod()
                  + " "
                  + exchange.getRequestHeaders().getFirst("Content-Type")
                  + "\n"
                  + body);
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    String reportTo = "https://localhost:" + tls.getAddress().getPort() + "/dive";
    site.policy(POLICY_01 + REPORT_ONLY.formatted(reportTo));
    damageBody();
    DiveClient client = builder().sslContext(context).postReports(true).build();
    Fetched fetched = client.verify(url("/damaged"));
    assertEquals(Optional.of(true), fetched.reportDelivered());
    String[] posted = reports.get(0).split("\n", 2);
    assertEquals("POST application/json", posted[0]);
    assertEquals(fetched.outcome().report().orElseThrow(), FailureReport.parse(posted[1]));
    assertEquals(Optional.empty(), client.verify(url("/file")).reportDelivered());
    assertEquals(1, reports.size());
  }

  @Test
  void reportThatCannotBeDelivered_changesNothing() throws Exception {
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    site.policy(POLICY_01 + REPORT_ONLY.formatted("https://localhost:" + closed + "/"));
    damageBody();
    Fetched fetched = builder().postReports(true).build().download(url("/damaged"), target);
    assertEquals(Optional.of(false), fetched.reportDelivered());
    assertTrue(fetched.written());
  }

  @Test
  void contentCoding_isAskedForOnlyOnDemandAndNeverUndone() throws Exception {
    site.policy(POLICY_01);
    ByteArrayOutputStream coded = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(coded)) {
      gzip.write(BODY);
    }
    List<String> accepted = Collections.synchronizedList(new ArrayList<>());
    server.createContext(
        "/coded",
        exchange -> {
          accepted.add(exchange.getRequestHeaders().getFirst("Accept-Encoding"));
          exchange.getResponseHeaders().set("Content-Encoding", "gzip");
          answer(exchange, coded.toByteArray(), coded.toByteArray());
        });
    client().verify(url("/coded"));
    builder().acceptEncoding("gzip").build().download(url("/coded"), target);
    assertEquals(List.of("identity", "gzip"), accepted);
    assertArrayEquals(coded.toByteArray(), Files.readAllBytes(target));
  }

  @Test
  void bodyOverTheLimit_isRefused() throws Exception {
    site.policy(POLICY_01);
    assertTrue(
        builder().maxBodyBytes(BODY.length).build().download(url("/file"), target).written());
    Files.delete(target);
    DiveClient client = builder().maxBodyBytes(BODY.length - 1).build();
    assertFails(Reason.BODY_TOO_LARGE, () -> client.download(url("/file"), target));
    assertEquals(List.of(), filesThere());
  }

  /** Answers every connection with the given bytes and then closes it, or leaves it open. */
  private InetSocketAddress rawServer(ServerSocket socket, String response, boolean close) {
    threads.execute(
        () -> {
          try {
            while (true) {
              Socket connection = socket.accept();
              connections.add(connection);
              InputStream in = connection.getInputStream();
              for (int matched = 0; matched < 4; ) {
                matched = in.read() == "\r\n\r\n".charAt(matched) ? matched + 1 : 0;
              }
              connection.getOutputStream().write(response.getBytes(StandardCharsets.US_ASCII));
              if (close) {
                connection.close();
              }
            }
          } catch (IOException e) {
            // The test is over.
          }
        });
    return new InetSocketAddress(socket.getInetAddress(), socket.getLocalPort());
  }

  @Test
  void bodyShorterThanItsLength_isAnError() throws Exception {
    site.policy(POLICY_01);
    try (ServerSocket socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      String response = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort";
      DiveClient client =
          DiveClient.builder(site.verifier)
              .connectTo(rawServer(socket, response, true))
              .allowNotCovered(true)
              .build();
      assertFails(Reason.TRUNCATED, () -> client.download(url("/file"), target));
    }
    assertEquals(List.of(), filesThere());
  }

  @Test
  void chunkedBodyWithoutItsEnd_isAnError() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      String response = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n";
      DiveClient client =
          DiveClient.builder(site.verifier)
              .connectTo(rawServer(socket, response, true))
              .allowNotCovered(true)
              .build();
      assertFails(Reason.TRUNCATED, () -> client.download(url("/file"), target));
    }
    assertEquals(List.of(), filesThere());
  }

  @Test
  void silentServer_isATimeout() throws Exception {
    for (String start : List.of("", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort")) {
      try (ServerSocket socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
        DiveClient client =
            DiveClient.builder(site.verifier)
                .connectTo(rawServer(socket, start, false))
                .timeLimit(Duration.ofMillis(300))
                .build();
        assertFails(Reason.TIMEOUT, () -> client.download(url("/file"), target));
      }
      assertEquals(List.of(), filesThere());
    }
  }

  @Test
  void nobodyThere_isAFailedConnection() throws Exception {
    InetSocketAddress closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = new InetSocketAddress(socket.getInetAddress(), socket.getLocalPort());
    }
    DiveClient client = DiveClient.builder(site.verifier).connectTo(closed).build();
    assertFails(Reason.CONNECT_FAILED, () -> client.verify(url("/file")));
  }

  @Test
  void targetThatCannotBeWritten_isAnErrorBeforeAnythingIsAsked() {
    assertThrows(
        NoSuchFileException.class,
        () -> client().download(url("/file"), directory.resolve("no/such/file")));
    assertEquals(List.of(), requests);
  }
}
