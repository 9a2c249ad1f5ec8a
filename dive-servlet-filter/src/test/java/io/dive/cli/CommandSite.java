// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.dive.dns.SignedZone;
import io.dive.protocol.ProtocolVersion;
import io.dive.sidecar.Sidecar;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the commands of a server work on, from a key file to a verified download: DNSSEC is real,
 * the files and their sidecars are on disk, HTTP goes over a socket.
 */
final class CommandSite implements AutoCloseable {
  static final String HOST = "www.site.test";
  static final String KEY_NAME = "k1._divekey." + HOST;

  final Path directory;
  final Path files;
  final Path key;
  final SignedZone zone;
  final HttpServer web;
  final Path anchor;

  CommandSite(Path directory) throws Exception {
    this.directory = directory;
    files = Files.createDirectory(directory.resolve("files"));
    key = directory.resolve("key.pem");
    zone = SignedZone.serve("site.test");
    anchor = zone.writeAnchor(directory.resolve("anchor.txt"));
    write("a.txt", "first\n");
    Files.createDirectory(files.resolve("sub"));
    write("sub/b.txt", "second\n");
    Console.runWell("keygen", "--out", key.toString(), "--id", "k1");
    web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.createContext("/", this::answer);
    web.start();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Path file = files.resolve(exchange.getRequestURI().getPath().substring(1));
      if (!Files.exists(file)) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      if (Files.exists(Sidecar.pathFor(file))
          && Sidecar.parse(Files.readAllBytes(Sidecar.pathFor(file))) instanceof Sidecar sidecar) {
        sidecar
            .body()
            .fields(EnumSet.allOf(ProtocolVersion.class))
            .forEach(f -> exchange.getResponseHeaders().add(f.name(), f.value()));
      }
      byte[] body = Files.readAllBytes(file);
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    zone.close();
    web.stop(0);
  }

  void write(String name, String text) throws IOException {
    Files.writeString(files.resolve(name), text);
  }

  String keyOption() {
    return "--key=k1=" + key;
  }

  Console sign(String... more) {
    List<String> arguments = new ArrayList<>(List.of("sign", files.toString()));
    arguments.addAll(List.of(more));
    return Console.run(arguments.toArray(String[]::new));
  }

  void publish() throws IOException {
    Console records = Console.runWell("records", "--host", HOST, keyOption());
    for (String line : records.out().lines().toList()) {
      zone.add(line);
    }
  }

  Path config() throws IOException {
    return Files.writeString(
        directory.resolve("dive.properties"),
        """
        dive.hosts = %s
        dive.key.1.id = k1
        dive.key.1.file = key.pem
        dive.rule.1.path = /**
        dive.rule.1.mode = sidecar, stream
        dive.rule.1.root = files
        dive.dns.resolver = %s
        dive.dns.trust-anchor = anchor.txt
        dive.check.timeout = 60s
        """
            .formatted(HOST, zone.addressText()));
  }

  String[] fetching(String command, String path, String... more) {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(List.of("--dns", zone.addressText(), "--trust-anchor", anchor.toString()));
    arguments.addAll(List.of("--timeout", "60"));
    arguments.addAll(List.of("--connect", "127.0.0.1:" + web.getAddress().getPort()));
    arguments.addAll(List.of(more));
    arguments.add("http://" + HOST + path);
    return arguments.toArray(String[]::new);
  }

  Console fetch(String command, String path, String... more) {
    return Console.run(fetching(command, path, more));
  }

  Path target() {
    return directory.resolve("target");
  }

  static List<String> namesIn(Path of) throws IOException {
    try (Stream<Path> list = Files.list(of)) {
      return list.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }
}
