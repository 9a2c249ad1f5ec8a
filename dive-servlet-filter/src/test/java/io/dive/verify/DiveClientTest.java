// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static io.dive.verify.SignedSite.BODY;
import static io.dive.verify.SignedSite.POLICY_00;
import static io.dive.verify.SignedSite.POLICY_01;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpsServer;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.FailureReport;
import io.dive.verify.TransferException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

/** What the client keeps, refuses and reports. */
class DiveClientTest extends DiveClientSuite {
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
}
