// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import io.dive.dns.TsigKey;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An authoritative name server for one signed zone, over UDP and TCP on one address.
 *
 * <p>Made for a sandbox on the loopback interface: it lets every loopback client transfer the zone,
 * does not limit response rates, and on a wildcard address answers from the address the system
 * picks. Safe for use by several threads.
 */
public final class NameServer implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(NameServer.class);
  private static final TcpListener.Limits DEFAULT_LIMITS =
      new TcpListener.Limits(Duration.ofSeconds(10), 64);
  private static final int ATTEMPTS_AT_FREE_PORT = 20;
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final ServerSocket tcp;
  private final DatagramSocket udp;
  private final ExecutorService threads;

  private NameServer(Sockets sockets) {
    this.tcp = sockets.tcp();
    this.udp = sockets.udp();
    String name = "dive-dns-" + tcp.getLocalPort();
    this.threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            });
  }

  private record Sockets(ServerSocket tcp, DatagramSocket udp) {}

  /**
   * Binds both sockets and starts to answer, each query from the version that is current then.
   *
   * @param address where to listen; port 0 picks one that is free for UDP and TCP
   * @throws BindException if the address cannot be used; the message names it and says what to do
   * @throws IOException if the system gives no socket
   */
  public static NameServer start(InetSocketAddress address, Supplier<SignedZone> zone)
      throws IOException {
    return start(address, zone, DEFAULT_LIMITS);
  }

  /**
   * As {@link #start(InetSocketAddress, Supplier)}, and takes updates of the zone from loopback
   * clients that have the key (RFC 2136, RFC 8945).
   *
   * @param clock for the time in transaction signatures
   */
  public static NameServer start(
      InetSocketAddress address, PrimaryZone zone, TsigKey key, Clock clock) throws IOException {
    PacketHandler.Updates updates = new PacketHandler.Updates(key, zone::update);
    return start(
        address, new PacketHandler(zone::current, Optional.of(updates), clock), DEFAULT_LIMITS);
  }

  static NameServer start(
      InetSocketAddress address, Supplier<SignedZone> zone, TcpListener.Limits limits)
      throws IOException {
    return start(address, new PacketHandler(zone, Optional.empty(), Clock.systemUTC()), limits);
  }

  private static NameServer start(
      InetSocketAddress address, PacketHandler handler, TcpListener.Limits limits)
      throws IOException {
    NameServer server = new NameServer(bind(address));
    server.threads.execute(new UdpListener(server.udp, handler));
    server.threads.execute(new TcpListener(server.tcp, handler, server.threads, limits));
    LOG.info("DNS is answered at {}", server.address());
    return server;
  }

  private static Sockets bind(InetSocketAddress address) throws IOException {
    int attempts = address.getPort() == 0 ? ATTEMPTS_AT_FREE_PORT : 1;
    while (true) {
      try {
        return bindOnce(address);
      } catch (BindException e) {
        if (--attempts == 0) {
          throw e;
        }
      }
    }
  }

  private static Sockets bindOnce(InetSocketAddress address) throws IOException {
    ServerSocket tcp = new ServerSocket();
    try {
      tcp.setReuseAddress(true); // past connections may linger after a restart
      tcp.bind(address);
    } catch (IOException e) {
      tcp.close();
      throw unusable(address, "TCP", e);
    }
    InetSocketAddress bound = new InetSocketAddress(tcp.getInetAddress(), tcp.getLocalPort());
    try {
      return new Sockets(tcp, new DatagramSocket(bound));
    } catch (IOException e) {
      tcp.close();
      throw unusable(bound, "UDP", e);
    }
  }

  private static BindException unusable(InetSocketAddress address, String protocol, IOException e) {
    BindException unusable =
        new BindException(
            "cannot listen for DNS at "
                + address
                + " over "
                + protocol
                + " ("
                + e.getMessage()
                + "): stop the program that uses the port, or choose an address of this machine"
                + " and another port (0 picks a free one)");
    unusable.initCause(e);
    return unusable;
  }

  /** The address both sockets are bound to. */
  public InetSocketAddress address() {
    return new InetSocketAddress(tcp.getInetAddress(), tcp.getLocalPort());
  }

  /**
   * Closes the sockets and all connections, and waits for the threads; a second call does nothing.
   */
  @Override
  public void close() throws IOException {
    udp.close();
    tcp.close();
    threads.shutdown();
    try {
      if (!threads.awaitTermination(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("threads of the name server at {} are slow to end", address());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
