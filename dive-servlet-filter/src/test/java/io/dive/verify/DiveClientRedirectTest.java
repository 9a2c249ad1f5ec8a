// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static io.dive.verify.SignedSite.BODY;
import static io.dive.verify.SignedSite.POLICY_01;
import static io.dive.verify.SignedSite.record;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpsServer;
import io.dive.verify.TransferException.Reason;
import java.net.URI;
import java.nio.file.Files;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

/** Where the client lets itself be sent, and where not. */
class DiveClientRedirectTest extends DiveClientSuite {
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
}
