// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static io.dive.verify.SignedSite.BODY;
import static io.dive.verify.SignedSite.newKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.dive.key.SigningKey;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.sign.BodyDigester;
import io.dive.sign.ResponseSigner;
import io.dive.verify.TransferException.Reason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A site over real sockets, and a client for it; only DNS is scripted. */
abstract class DiveClientSuite {
  static final String REPORT_ONLY = ", directives=(\"report-only\"), report-to=\"%s\"";

  final SignedSite site = new SignedSite();
  final SigningKey key = newKey();
  final List<String> requests = Collections.synchronizedList(new ArrayList<>());
  final List<HttpServer> servers = new ArrayList<>();
  final List<Socket> connections = Collections.synchronizedList(new ArrayList<>());
  final ExecutorService threads = Executors.newCachedThreadPool();
  Path directory;
  Path target;
  HttpServer server;

  @BeforeEach
  void createDirectory(@TempDir Path directory) {
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

  <S extends HttpServer> S start(S server) {
    server.setExecutor(threads);
    server.start();
    servers.add(server);
    return server;
  }

  HttpsServer startTls(SSLContext context) throws IOException {
    HttpsServer tls =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    tls.setHttpsConfigurator(new HttpsConfigurator(context));
    return start(tls);
  }

  void answer(HttpExchange exchange, byte[] signedBody, byte[] body) throws IOException {
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

  void damageBody() {
    server.createContext("/damaged", exchange -> answer(exchange, BODY, new byte[BODY.length]));
  }

  static void redirect(HttpServer from, String path, String location) {
    from.createContext(
        path,
        exchange -> {
          exchange.getResponseHeaders().set("Location", location);
          exchange.sendResponseHeaders(302, 3);
          exchange.getResponseBody().write(new byte[3]);
          exchange.close();
        });
  }

  DiveClient.Builder builder() {
    return DiveClient.builder(site.verifier).connectTo(server.getAddress());
  }

  DiveClient client() {
    return builder().build();
  }

  static URI url(String path) {
    return URI.create("http://www.example.com" + path);
  }

  List<String> filesThere() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  static void assertFails(Reason reason, Transfer transfer) {
    TransferException e = assertThrows(TransferException.class, transfer::run);
    assertEquals(reason, e.reason(), e::toString);
  }

  interface Transfer {
    void run() throws IOException, InterruptedException;
  }
}
