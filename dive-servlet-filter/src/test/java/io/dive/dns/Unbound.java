// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A validating resolver of the machine on loopback: plain, over TLS and over HTTPS. */
final class Unbound implements AutoCloseable {
  private final Process process;
  private final int tlsPort;
  private final int httpsPort;

  private Unbound(Process process, int tlsPort, int httpsPort) {
    this.process = process;
    this.tlsPort = tlsPort;
    this.httpsPort = httpsPort;
  }

  static boolean isInstalled() {
    return Named.program("unbound").isPresent();
  }

  /** Whether it was built to serve HTTPS. */
  static boolean hasHttps(Path directory) throws IOException, InterruptedException {
    return Named.run(directory, "unbound", "-V").contains("nghttp2");
  }

  /** Another process may take a port in between, so it is tried again. */
  static Unbound start(
      Path directory,
      TestCertificates certificates,
      Path anchor,
      InetSocketAddress server,
      List<String> zones)
      throws IOException, InterruptedException {
    IOException last = new IOException("unbound did not start");
    for (int attempt = 0; attempt < 5; attempt++) {
      try {
        return attempt(directory, certificates, anchor, server, zones);
      } catch (IOException e) {
        last = e;
      }
    }
    throw last;
  }

  private static Unbound attempt(
      Path directory,
      TestCertificates certificates,
      Path anchor,
      InetSocketAddress server,
      List<String> zones)
      throws IOException, InterruptedException {
    int port = Named.freePort();
    int tls = Named.freePort();
    int https = Named.freePort();
    StringBuilder text =
        new StringBuilder(
            """
            server:
              verbosity: 1
              interface: 127.0.0.1@%d
              interface: 127.0.0.1@%d
              interface: 127.0.0.1@%d
              tls-port: %d
              https-port: %d
              tls-service-key: "%s"
              tls-service-pem: "%s"
              access-control: 127.0.0.0/8 allow
              do-not-query-localhost: no
              do-ip6: no
              username: ""
              chroot: ""
              directory: "%s"
              pidfile: ""
              use-syslog: no
              logfile: ""
              num-threads: 1
              module-config: "validator iterator"
              trust-anchor-file: "%s"
              local-zone: "test." nodefault
            remote-control:
              control-enable: no
            """
                .formatted(
                    port,
                    tls,
                    https,
                    tls,
                    https,
                    certificates.key(),
                    certificates.certificate(),
                    directory,
                    anchor));
    for (String zone : zones) {
      text.append(
          "stub-zone:\n  name: \"%s\"\n  stub-addr: 127.0.0.1@%d\n"
              .formatted(zone, server.getPort()));
    }
    Path configuration = directory.resolve("unbound-" + port + ".conf");
    Files.writeString(configuration, text);
    Process process =
        new ProcessBuilder(
                Named.program("unbound").orElseThrow().toString(),
                "-d",
                "-c",
                configuration.toString())
            .redirectErrorStream(true)
            .start();
    BufferedReader log =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    StringBuilder seen = new StringBuilder();
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      seen.append(line).append('\n');
      if (line.contains("start of service")) {
        Thread drain = new Thread(() -> Named.drain(log), "unbound log");
        drain.setDaemon(true);
        drain.start();
        return new Unbound(process, tls, https);
      }
    }
    process.waitFor();
    throw new IOException("unbound ended:\n" + seen);
  }

  int tlsPort() {
    return tlsPort;
  }

  int httpsPort() {
    return httpsPort;
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
