// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A validating resolver of the machine on loopback: plain, over TLS and over HTTPS. */
final class Unbound implements AutoCloseable {
  private final ServerProcess process;
  private final int tlsPort;
  private final int httpsPort;

  private Unbound(ServerProcess process, int tlsPort, int httpsPort) {
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

  static Unbound start(
      Path directory,
      TestCertificates certificates,
      Path anchor,
      InetSocketAddress server,
      List<String> zones)
      throws IOException, InterruptedException {
    return ServerProcess.onFreePorts(() -> attempt(directory, certificates, anchor, server, zones));
  }

  private static Unbound attempt(
      Path directory,
      TestCertificates certificates,
      Path anchor,
      InetSocketAddress server,
      List<String> zones)
      throws IOException, InterruptedException {
    int port = ServerProcess.freePort();
    int tls = ServerProcess.freePort();
    int https = ServerProcess.freePort();
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
    List<String> command =
        List.of(
            Named.program("unbound").orElseThrow().toString(),
            "-d",
            "-c",
            configuration.toString());
    return new Unbound(
        ServerProcess.start(command, line -> line.contains("start of service")), tls, https);
  }

  int tlsPort() {
    return tlsPort;
  }

  int httpsPort() {
    return httpsPort;
  }

  @Override
  public void close() {
    process.close();
  }
}
