// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.dive.dns.Named;
import io.dive.dns.NamedZones;
import io.dive.dns.TrustAnchors;
import io.dive.dns.Upstream;
import io.dive.dns.ValidatingTxtLookup;
import io.dive.key.SigningKey;
import io.dive.protocol.CharacterStrings;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.HeaderField;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.SignatureAlgorithm;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real DNSSEC, real HTTP: a name server, a web server and the client between them. */
class EndToEndTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final Path directory;
  private final SigningKey ed25519 = SignedSite.newKey();
  private final SigningKey ed448 = SignedSite.newKey(SignatureAlgorithm.ED448);
  private HttpServer web;
  private Named named;
  private DiveClient client;

  EndToEndTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private static String txt(String owner, String value) {
    return CharacterStrings.zoneFileLine(owner, 300, value) + "\n";
  }

  @BeforeEach
  void startServers() throws Exception {
    Assumptions.assumeTrue(Named.isInstalled(), "named is not installed");
    NamedZones zones = new NamedZones(directory);
    zones.signed(
        "site.test",
        txt("_dive.site.test", SignedSite.POLICY_00)
            + txt("_dive.site.test", SignedSite.POLICY_01)
            + txt("_dive.old.site.test", SignedSite.POLICY_00)
            + txt("k1._divekey.site.test", SignedSite.record(ed25519))
            + txt("k2._divekey.old.site.test", SignedSite.record(ed448)));
    named = Named.start(directory, "recursion no;", zones.statements());
    web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    List<HeaderField> fields =
        SignedSite.fields(HashAlgorithm.SHA3_256, List.of("k2", "k1"), List.of(ed448, ed25519));
    web.createContext(
        "/",
        exchange -> {
          fields.forEach(f -> exchange.getResponseHeaders().add(f.name(), f.value()));
          byte[] body =
              exchange.getRequestURI().getPath().equals("/file")
                  ? SignedSite.BODY
                  : new byte[] {1, 2, 3};
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    web.start();
    Clock clock = Clock.systemUTC();
    client =
        DiveClient.builder(
                new Verifier(
                    new ValidatingTxtLookup(
                        Upstream.of(named.address()),
                        TrustAnchors.read(zones.anchorFile()),
                        LIMIT,
                        clock),
                    clock,
                    LIMIT,
                    "tests/1.0"))
            .connectTo(web.getAddress())
            .build();
  }

  @AfterEach
  void stopServers() {
    if (web != null) {
      web.stop(0);
    }
    if (named != null) {
      named.close();
    }
  }

  @Test
  void signedFile_isDownloadedByTheRevisionItsHostNames() throws Exception {
    for (ProtocolVersion version : ProtocolVersion.values()) {
      String host = version == ProtocolVersion.DRAFT_00 ? "old.site.test" : "www.site.test";
      Path target = directory.resolve(host);
      Fetched fetched = client.download(URI.create("http://" + host + "/file"), target);
      Verdict.Accepted accepted =
          assertInstanceOf(
              Verdict.Accepted.class,
              fetched.outcome().verdict(),
              () -> fetched.outcome().verdict().toString());
      assertEquals(version, accepted.version());
      assertEquals(HashAlgorithm.SHA3_256, accepted.hash());
      assertTrue(fetched.written());
      assertArrayEquals(SignedSite.BODY, Files.readAllBytes(target));
    }
  }

  @Test
  void otherFileUnderTheSameFields_isRejected() throws Exception {
    for (String host : List.of("old.site.test", "www.site.test")) {
      Fetched fetched = client.verify(URI.create("http://" + host + "/other"));
      assertInstanceOf(Verdict.Rejected.class, fetched.outcome().verdict());
      assertEquals(Decision.BLOCKED, fetched.outcome().decision());
    }
  }
}
