// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.TsigKey;
import io.dive.verify.DiveClient;
import io.dive.verify.Fetched;
import io.dive.verify.Verdict;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;
import org.xbill.DNS.Update;

/** Starting and stopping, and what outlives it. */
@Timeout(120)
class SandboxTest {
  private static final Name APEX = Name.fromConstantString("sandbox.dive.test.");

  @TempDir private Path directory = Path.of("");

  @Test
  void readyLine_tellsWhatAClientNeeds() throws Exception {
    try (Sandbox sandbox = start()) {
      Ready ready = Ready.parse(sandbox.readyLine());

      assertEquals("sandbox.dive.test", ready.host());
      assertEquals(data().toRealPath().resolve("trust-anchor.txt"), ready.trustAnchor());
      assertAccepted(ready.client().verify(ready.url("/downloads/valid.txt")));
    }
  }

  @Test
  void secondSandboxOnTheSameData_isRefused_andLeavesTheFirstAlone() throws Exception {
    try (Sandbox first = start()) {
      String settings = Files.readString(data().resolve("dive.properties"));

      IOException refused = assertThrows(IOException.class, this::start);

      assertTrue(String.valueOf(refused.getMessage()).contains("--data"), refused::toString);
      assertEquals(settings, Files.readString(data().resolve("dive.properties")));
      Ready ready = Ready.parse(first.readyLine());
      assertAccepted(ready.client().verify(ready.url("/downloads/valid.txt")));
    }
  }

  @Test
  void restart_sameTrustAnchorSameSigningKeySameSidecars() throws Exception {
    Path anchor = data().resolve("trust-anchor.txt");
    Path key = data().resolve("sandbox1.pem");
    Path sidecar = data().resolve("downloads/valid.txt.dive");
    start().close();
    byte[] firstAnchor = Files.readAllBytes(anchor);
    byte[] firstKey = Files.readAllBytes(key);
    Object firstSidecar = Files.readAttributes(sidecar, "lastModifiedTime,fileKey");

    try (Sandbox sandbox = start()) {
      Ready ready = Ready.parse(sandbox.readyLine());

      assertArrayEquals(firstAnchor, Files.readAllBytes(anchor));
      assertArrayEquals(firstKey, Files.readAllBytes(key));
      assertEquals(firstSidecar, Files.readAttributes(sidecar, "lastModifiedTime,fileKey"));
      assertAccepted(ready.client().verify(ready.url("/downloads/valid.txt")));
    }
  }

  @Test
  void restart_afterAnUpdate_updateStaysAndAddressFollowsTheCommandLine() throws Exception {
    Record added = txt("added.sandbox.dive.test.", "by an update");
    try (Sandbox sandbox = start()) {
      Update update = new Update(APEX);
      update.add(added);
      assertEquals(Rcode.NOERROR, send(sandbox, update));
      assertEquals(List.of(added), ask(sandbox, "added", Type.TXT));
    }

    try (Sandbox sandbox = start("--bind", "127.0.0.2")) {
      assertEquals(List.of(added), ask(sandbox, "added", Type.TXT));
      assertEquals(List.of(address("127.0.0.2")), ask(sandbox, "@", Type.A));
      Ready ready = Ready.parse(sandbox.readyLine());
      DiveClient client =
          DiveClient.builder(ready.verifier())
              .connectTo(new InetSocketAddress("127.0.0.2", ready.port()))
              .build();
      assertAccepted(client.verify(ready.url("/downloads/valid.txt")));
    }
  }

  @Test
  void restart_afterTheKeyFileWasDeleted_newKeyUnderANewId() throws Exception {
    start().close();
    Files.delete(data().resolve("sandbox1.pem"));

    for (int i = 0; i < 2; i++) {
      try (Sandbox sandbox = start()) {
        Ready ready = Ready.parse(sandbox.readyLine());
        Fetched fetched = ready.client().verify(ready.url("/"));

        Verdict.Accepted accepted =
            assertInstanceOf(Verdict.Accepted.class, fetched.outcome().verdict());
        String id = accepted.key().keyId().value();
        assertTrue(id.startsWith("key2"), id);
        assertTrue(Files.exists(data().resolve(id + ".pem")), id);
        assertEquals(List.of(), ask(sandbox, "sandbox1._divekey", Type.TXT));
      }
    }
  }

  @Test
  void restart_afterTheKeyWasRemovedFromDns_refusesAndSaysWhy() throws Exception {
    try (Sandbox sandbox = start()) {
      Update update = new Update(APEX);
      update.delete(Name.fromConstantString("sandbox1._divekey.sandbox.dive.test."));
      assertEquals(Rcode.NOERROR, send(sandbox, update));
    }

    IOException refusal = assertThrows(IOException.class, this::start);

    assertTrue(refusal.toString().contains("key-missing"), refusal.toString());
    Files.delete(data().resolve("zone.txt"));
    assertDoesNotThrow(() -> start().close());
  }

  @Test
  void zoneFileThatCannotBeServed_refusedAndNamed() throws Exception {
    start().close();
    for (String broken : List.of("no zone", "a.sandbox.dive.test. 5 IN A 127.0.0.1", "")) {
      Files.writeString(data().resolve("zone.txt"), broken);

      IOException refusal = assertThrows(IOException.class, this::start);

      assertTrue(String.valueOf(refusal.getMessage()).contains("zone.txt"), refusal.toString());
    }
  }

  private int send(Sandbox sandbox, Update update) throws Exception {
    SimpleResolver resolver = new SimpleResolver(Ready.parse(sandbox.readyLine()).dns());
    resolver.setTSIGKey(TsigKey.read(data().resolve("update.key")).tsig(Clock.systemUTC()));
    return resolver.send(update).getRcode();
  }

  private static List<Record> ask(Sandbox sandbox, String name, int type) throws Exception {
    Name owner = name.equals("@") ? APEX : Name.fromString(name, APEX);
    return new SimpleResolver(Ready.parse(sandbox.readyLine()).dns())
        .send(Message.newQuery(Record.newRecord(owner, type, DClass.IN)))
        .getSection(Section.ANSWER);
  }

  private static Record txt(String name, String text) {
    return new TXTRecord(Name.fromConstantString(name), DClass.IN, 60, text);
  }

  private static Record address(String ip) throws IOException {
    return new ARecord(APEX, DClass.IN, 300, InetAddress.getByName(ip));
  }

  @Test
  void wildcardAddresses_reachableOnLoopback() throws Exception {
    try (Sandbox sandbox = start("--bind", "0.0.0.0", "--dns", "0.0.0.0:0")) {
      Ready ready = Ready.parse(sandbox.readyLine());

      assertAccepted(ready.client().verify(ready.url("/")));
    }
  }

  @Test
  void ipv6Loopback_starts() throws Exception {
    Assumptions.assumeTrue(hasIpv6Loopback(), "IPv6 loopback is not configured");
    try (Sandbox sandbox = start("--bind", "[::1]", "--dns", "[::1]:0")) {
      assertTrue(sandbox.readyLine().contains(" dns [0:0:0:0:0:0:0:1]:"), sandbox.readyLine());
    }
  }

  @Test
  void dataDirectory_closedToOthers() throws Exception {
    Assumptions.assumeTrue(
        Files.getFileStore(directory).supportsFileAttributeView("posix"),
        "the file system has no POSIX permissions");
    Files.createDirectory(data());
    Files.setPosixFilePermissions(data(), PosixFilePermissions.fromString("rwxr-xr-x"));

    start().close();

    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(data())));
    for (String secret : new String[] {"sandbox1.pem", "zone.key", "update.key", "zone.txt"}) {
      assertEquals(
          "rw-------",
          PosixFilePermissions.toString(Files.getPosixFilePermissions(data().resolve(secret))));
    }
  }

  @Test
  void failedStart_freesTheNameServersPort() throws Exception {
    int dnsPort;
    try (Sandbox sandbox = start()) {
      dnsPort = Ready.parse(sandbox.readyLine()).dns().getPort();
    }
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      assertThrows(IOException.class, () -> start("--dns", "127.0.0.1:" + dnsPort, "--port", port));
      assertNotEquals(0, dnsPort);
    }
    assertDoesNotThrow(() -> start("--dns", "127.0.0.1:" + dnsPort).close());
  }

  @Test
  void close_twice_harmless() throws Exception {
    Sandbox sandbox = start();
    sandbox.close();
    assertDoesNotThrow(sandbox::close);
  }

  @Test
  void metrics_countSignedResponses() throws Exception {
    try (Sandbox sandbox = start()) {
      Ready ready = Ready.parse(sandbox.readyLine());
      ready.client().verify(ready.url("/downloads/valid.txt"));
      HttpClient http = HttpClient.newBuilder().proxy(ProxySelector.of(ready.http())).build();

      String metrics =
          http.send(HttpRequest.newBuilder(ready.url("/metrics")).build(), BodyHandlers.ofString())
              .body();

      assertTrue(
          metrics
              .lines()
              .anyMatch("dive_responses_total{mode=\"sidecar\",outcome=\"signed\"} 1.0"::equals),
          metrics);
    }
  }

  private Path data() {
    return directory.resolve("data");
  }

  private Sandbox start(String... more) throws Exception {
    return Sandbox.start(Ready.options(data(), more));
  }

  private static boolean hasIpv6Loopback() {
    byte[] loopback = new byte[16];
    loopback[15] = 1;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByAddress(loopback))) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  private static void assertAccepted(Fetched fetched) {
    assertInstanceOf(Verdict.Accepted.class, fetched.outcome().verdict());
  }
}
