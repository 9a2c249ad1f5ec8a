// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.site;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.Fqdn;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.LocalConnector;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatusPageTest {
  private static final int PAGES = 300;
  private static final int PASSING_FILES = 20;

  /** As `dive sign` makes them, and renames them to sidecars. */
  private static void comeAndGo(Path root, AtomicBoolean enough) throws Exception {
    while (!enough.get()) {
      for (int i = 0; i < PASSING_FILES; i++) {
        Files.write(root.resolve(".dive-%016x.tmp".formatted(i)), new byte[1]);
      }
      for (int i = 0; i < PASSING_FILES; i++) {
        Files.delete(root.resolve(".dive-%016x.tmp".formatted(i)));
      }
    }
  }

  @Test
  void filesThatComeAndGo_doNotKeepThePageFromShowingTheOthers(@TempDir Path root)
      throws Exception {
    Files.writeString(root.resolve("stays.txt"), "here");
    Fqdn host = new Fqdn("sandbox.test");
    StatusPage page =
        new StatusPage(host, root, () -> new StatusPage.Zone(1, List.of(), List.of()));
    Server server = new Server();
    LocalConnector connector = new LocalConnector(server);
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    context.addServlet(new ServletHolder(page), "/");
    server.setHandler(context);
    server.start();
    AtomicBoolean enough = new AtomicBoolean();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    CompletableFuture<Void> passing = new CompletableFuture<>();
    thread.execute(
        () -> {
          try {
            comeAndGo(root, enough);
            passing.complete(null);
          } catch (Exception e) { // thread boundary
            passing.completeExceptionally(e);
          }
        });
    try {
      for (int i = 0; i < PAGES; i++) {
        String answer = connector.getResponse("GET / HTTP/1.0\r\nHost: sandbox.test\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
        assertTrue(answer.contains(">stays.txt<"), answer);
      }
      enough.set(true);
      passing.get();
    } finally {
      enough.set(true);
      thread.shutdown();
      server.stop();
    }
  }
}
