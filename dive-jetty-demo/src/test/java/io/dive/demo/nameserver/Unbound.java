// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/** A validating unbound on a loopback port, that knows one zone, its server and trust anchor. */
public final class Unbound implements AutoCloseable {

  private static final int ATTEMPTS_TO_START = 3;
  private static final int ATTEMPTS_TO_ASK = 100;

  private final Name apex;
  private final Process process;
  private final SimpleResolver resolver;

  private Unbound(Name apex, Process process, SimpleResolver resolver) {
    this.apex = apex;
    this.process = process;
    this.resolver = resolver;
  }

  /** Another program may take the free port before unbound does; then another one is tried. */
  public static Unbound start(Path directory, Path anchor, Name apex, InetSocketAddress server)
      throws IOException, InterruptedException {
    ForeignProgram program = ForeignProgram.require("unbound");
    Path log = directory.resolve("unbound.log");
    for (int i = 0; i < ATTEMPTS_TO_START; i++) {
      int port = freePort();
      Path config = directory.resolve("unbound.conf");
      Files.writeString(config, config(directory, anchor, port, apex, server));
      Process process = program.start(log, "-d", "-c", config.toString());
      SimpleResolver resolver =
          new SimpleResolver(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      if (answers(process, resolver)) {
        return new Unbound(apex, process, resolver);
      }
      stop(process);
    }
    return fail("unbound does not start:\n" + Files.readString(log));
  }

  private static String config(
      Path directory, Path anchor, int port, Name apex, InetSocketAddress server) {
    return String.join(
        "\n",
        "server:",
        "  interface: 127.0.0.1",
        "  port: " + port,
        "  access-control: 127.0.0.0/8 allow",
        "  do-not-query-localhost: no",
        "  do-ip6: no",
        "  username: \"\"",
        "  chroot: \"\"",
        "  directory: \"" + directory + "\"",
        "  pidfile: \"" + directory.resolve("unbound.pid") + "\"",
        "  use-syslog: no",
        "  num-threads: 1",
        "  val-log-level: 2",
        "  module-config: \"validator iterator\"",
        "  trust-anchor-file: \"" + anchor + "\"",
        "  local-zone: \"test.\" nodefault",
        "remote-control:",
        "  control-enable: no",
        "stub-zone:",
        "  name: \"" + apex + "\"",
        "  stub-addr: 127.0.0.1@" + server.getPort(),
        "");
  }

  private static int freePort() throws IOException {
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Any answer will do, SERVFAIL too. An attempt ends early when nobody listens yet. */
  private static boolean answers(Process process, SimpleResolver resolver)
      throws InterruptedException {
    resolver.setTimeout(Duration.ofSeconds(1));
    for (int i = 0; i < ATTEMPTS_TO_ASK; i++) {
      try {
        resolver.send(Zones.query(Zones.name("localhost."), Type.A));
        resolver.setTimeout(Duration.ofSeconds(20));
        return process.isAlive();
      } catch (IOException notYet) {
        if (process.waitFor(100, TimeUnit.MILLISECONDS)) {
          return false;
        }
      }
    }
    return false;
  }

  /** Asks for a name, relative to the zone unless it ends in a dot; "@" is the zone's own. */
  public Message ask(String name, int type) throws IOException {
    Name owner = name.equals("@") ? apex : Name.fromString(name, apex);
    return resolver.send(Zones.dnssecQuery(owner, type));
  }

  @Override
  public void close() {
    stop(process);
  }

  private static void stop(Process process) {
    process.destroy();
    try {
      if (process.waitFor(5, TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
  }
}
