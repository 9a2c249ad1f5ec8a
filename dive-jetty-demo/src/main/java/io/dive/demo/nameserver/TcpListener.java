// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts connections on the thread that runs it, until the socket closes, and serves each on a
 * thread of the given executor.
 *
 * <p>The number of connections is bounded. When all are taken, the one whose last query is oldest
 * makes room for the newcomer (RFC 7766 §6.2.3), so that clients which do not read or write cannot
 * keep others out.
 */
final class TcpListener implements Runnable {

  private static final Logger LOG = LoggerFactory.getLogger(TcpListener.class);
  private static final long PAUSE_AFTER_FAILURE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /**
   * Bounds on what clients can hold.
   *
   * @param idleTimeout how long a connection may take to deliver its next query
   * @param maxConnections how many there may be at once, at least one
   */
  record Limits(Duration idleTimeout, int maxConnections) {}

  private final ServerSocket socket;
  private final PacketHandler handler;
  private final ExecutorService executor;
  private final Limits limits;

  // Guarded by itself.
  private final Set<TcpConnection> connections = new HashSet<>();

  TcpListener(ServerSocket socket, PacketHandler handler, ExecutorService executor, Limits limits) {
    this.socket = socket;
    this.handler = handler;
    this.executor = executor;
    this.limits = limits;
  }

  @Override
  public void run() {
    while (!socket.isClosed()) {
      try {
        accept(socket.accept());
      } catch (IOException | RuntimeException e) { // thread boundary: one client must not end it
        if (!socket.isClosed()) {
          LOG.warn("cannot take a connection", e);
          LockSupport.parkNanos(PAUSE_AFTER_FAILURE_NANOS); // out of descriptors: do not spin
        }
      }
    }
    closeConnections();
  }

  private void accept(Socket client) throws IOException {
    TcpConnection connection = new TcpConnection(client, handler, limits.idleTimeout());
    Optional<TcpConnection> evicted = enter(connection);
    if (evicted.isPresent()) {
      evicted.get().close();
    }
    executor.execute(() -> serve(connection));
  }

  private Optional<TcpConnection> enter(TcpConnection connection) {
    synchronized (connections) {
      Optional<TcpConnection> evicted = Optional.empty();
      if (connections.size() >= limits.maxConnections()) {
        evicted =
            connections.stream()
                .min((a, b) -> Long.signum(a.lastActiveNanos() - b.lastActiveNanos()));
        evicted.ifPresent(connections::remove);
      }
      connections.add(connection);
      return evicted;
    }
  }

  private void serve(TcpConnection connection) {
    try {
      connection.serve();
    } catch (IOException e) {
      LOG.debug("a client broke off", e);
    } catch (RuntimeException e) { // thread boundary
      LOG.warn("a query stays unanswered", e);
    } finally {
      synchronized (connections) {
        connections.remove(connection);
      }
    }
  }

  private void closeConnections() {
    Set<TcpConnection> open;
    synchronized (connections) {
      open = Set.copyOf(connections);
    }
    for (TcpConnection connection : open) {
      try {
        connection.close();
      } catch (IOException e) {
        LOG.debug("a connection does not close", e);
      }
    }
  }
}
