// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.verify.Fetched;
import io.dive.verify.Verdict;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Starting and stopping, and what outlives it. */
@Timeout(120)
class SandboxTest {
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
    for (String secret : new String[] {"sandbox1.pem", "zone.key"}) {
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
