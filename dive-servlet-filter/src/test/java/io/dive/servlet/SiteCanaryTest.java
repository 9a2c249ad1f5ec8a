// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.grack.nanojson.JsonObject;
import io.dive.settings.CanarySettings;
import io.dive.settings.CheckSettings;
import io.dive.settings.Mode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The canary, which a site fetches from itself. */
class SiteCanaryTest extends CheckedSiteSuite {
  @ParameterizedTest
  @EnumSource
  void canary_isFetchedThroughTheFilter(FilterContainer container) throws Exception {
    publish();
    try (Door door = Door.open()) {
      door.leadTo(
          start(
              container,
              signing(CheckSettings.Level.OFF)
                  .rule("/**", Mode.STATIC)
                  .canary(
                      new CanarySettings(
                          URI.create("http://" + HOST + "/a.txt"),
                          Optional.of(door.address()),
                          Duration.ofMillis(200)))
                  .build()));
      int port = started.get(0).port();
      await(port, h -> check(h, "dive-canary", "canary-ok").isPresent());
      Files.delete(files.resolve("a.txt"));
      JsonObject health =
          await(port, h -> check(h, "dive-canary", "canary-not-covered").isPresent());
      assertEquals("DOWN", health.getString("status"));
    }
  }

  /** A way to a port that is not known yet. */
  private static final class Door implements AutoCloseable {
    private final ServerSocket entrance;
    private final CompletableFuture<Integer> port = new CompletableFuture<>();

    private Door(ServerSocket entrance) {
      this.entrance = entrance;
    }

    static Door open() throws IOException {
      Door door = new Door(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
      daemon(door::serve);
      return door;
    }

    private static void daemon(Runnable work) {
      Thread thread = new Thread(work, "door");
      thread.setDaemon(true);
      thread.start();
    }

    InetSocketAddress address() {
      return new InetSocketAddress(entrance.getInetAddress(), entrance.getLocalPort());
    }

    void leadTo(int to) {
      port.complete(to);
    }

    private void serve() {
      try {
        while (true) {
          Socket in = entrance.accept();
          Socket out = new Socket(InetAddress.getLoopbackAddress(), port.join());
          daemon(() -> pass(in, out));
          daemon(() -> pass(out, in));
        }
      } catch (IOException e) {
        // Closed.
      }
    }

    private static void pass(Socket from, Socket to) {
      try (from;
          to) {
        from.getInputStream().transferTo(to.getOutputStream());
      } catch (IOException e) {
        // The other direction has ended.
      }
    }

    @Override
    public void close() throws IOException {
      entrance.close();
    }
  }
}
