// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static io.dive.verify.SignedSite.BODY;
import static io.dive.verify.SignedSite.POLICY_01;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.Named;
import io.dive.verify.TransferException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Servers and targets that do not do their part. */
class DiveClientFaultsTest extends DiveClientSuite {
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
    assertTruncated("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort");
  }

  @Test
  void chunkedBodyWithoutItsEnd_isAnError() throws Exception {
    assertTruncated("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n");
  }

  private void assertTruncated(String response) throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
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
    DiveClient client = DiveClient.builder(site.verifier).connectTo(Named.nobody()).build();
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
