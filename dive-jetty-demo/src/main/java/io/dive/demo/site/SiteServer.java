// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.site;

import io.dive.servlet.DiveFilter;
import io.dive.servlet.HealthServlet;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.EnumSet;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ResourceServlet;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.resource.ResourceFactory;

/** The HTTP server of the sandbox: Jetty with the DIVE filter, HTTP/1.1 and HTTP/2 on one port. */
public final class SiteServer implements AutoCloseable {
  /** The download that is changed on its way out. */
  public static final String INTRUDED = "/downloads/invalid.txt";

  private static final String DOWNLOADS = "/downloads/*";
  private static final int LARGEST_CACHED_BYTES = 1024 * 1024;
  private static final int CACHE_BYTES = 64 * 1024 * 1024;
  private static final int CACHED_FILES = 2048;

  private final Server server;
  private final ServerConnector connector;
  private final PrometheusMeterRegistry registry;

  private SiteServer(Server server, ServerConnector connector, PrometheusMeterRegistry registry) {
    this.server = server;
    this.connector = connector;
    this.registry = registry;
  }

  /** Gives the settings file for the port the server listens on. */
  @FunctionalInterface
  public interface SettingsFile {
    /** Called once, before the filter starts. */
    Path forPort(int port) throws IOException;
  }

  /**
   * Starts; returns when requests are answered.
   *
   * @param address where to listen; port 0 picks a free one
   * @param root the directory below {@code /downloads/}
   * @throws IOException if the port is taken, or the filter refuses to start
   */
  public static SiteServer start(
      InetSocketAddress address, Path root, StatusPage page, SettingsFile settings)
      throws IOException {
    Server server = new Server();
    ServerConnector connector = connector(server, address);
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    SiteServer site = new SiteServer(server, connector, registry);
    try {
      open(connector, address);
      Path file = settings.forPort(connector.getLocalPort());
      Metrics.addRegistry(registry);
      server.setHandler(site.webApplication(root, page, file));
      server.start();
      return site;
    } catch (IOException e) {
      site.close();
      throw e;
    } catch (Exception e) { // Jetty's start declares no less
      site.close();
      throw new IOException(e instanceof ServletException ? e.getMessage() : e.toString(), e);
    }
  }

  private static void open(ServerConnector connector, InetSocketAddress address)
      throws IOException {
    try {
      connector.open();
    } catch (IOException e) {
      throw new IOException(
          "cannot listen for HTTP at %s (%s): stop the program that uses the port, or choose another with --port"
              .formatted(address, e.getMessage()),
          e);
    }
  }

  private static ServerConnector connector(Server server, InetSocketAddress address) {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    ServerConnector connector =
        new ServerConnector(
            server, new HttpConnectionFactory(http), new HTTP2CServerConnectionFactory(http));
    connector.setHost(address.getAddress().getHostAddress());
    connector.setPort(address.getPort());
    server.addConnector(connector);
    return connector;
  }

  private ServletContextHandler webApplication(Path root, StatusPage page, Path settings) {
    ServletContextHandler context = new ServletContextHandler("/");
    context.addFilter(
        new FilterHolder(new IntruderFilter()), INTRUDED, EnumSet.of(DispatcherType.REQUEST));
    FilterHolder dive = new FilterHolder(new DiveFilter());
    dive.setInitParameter("dive.config", settings.toString());
    dive.setAsyncSupported(true);
    context.addFilter(
        dive,
        "/*",
        EnumSet.of(DispatcherType.REQUEST, DispatcherType.FORWARD, DispatcherType.ASYNC));
    ServletHolder downloads = new ServletHolder("downloads", new ResourceServlet());
    downloads.setInitParameter("dirAllowed", "true");
    downloads.setInitParameter(
        "baseResource", ResourceFactory.of(context).newResource(root).getURI().toString());
    // Small files from memory: not half the work for Jetty.
    downloads.setInitParameter("maxCachedFileSize", Integer.toString(LARGEST_CACHED_BYTES));
    downloads.setInitParameter("maxCacheSize", Integer.toString(CACHE_BYTES));
    downloads.setInitParameter("maxCachedFiles", Integer.toString(CACHED_FILES));
    context.addServlet(downloads, DOWNLOADS);
    context.addServlet(new ServletHolder(new GeneratedServlet()), "/generated/*");
    context.addServlet(new ServletHolder(new HealthServlet()), "/dive/health/*");
    context.addServlet(new ServletHolder(new MetricsServlet(registry)), "/metrics");
    context.addServlet(new ServletHolder(page), "");
    context.addServlet(new ServletHolder(new ScriptServlet()), "/status.js");
    return context;
  }

  /** The port it listens on. */
  public int port() {
    return connector.getLocalPort();
  }

  /** Waits until the server stops. */
  public void join() throws InterruptedException {
    server.join();
  }

  /** Stops the server; a second call does nothing. */
  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) { // Jetty's stop declares no less
      throw new IllegalStateException("Jetty did not stop", e);
    } finally {
      Metrics.removeRegistry(registry);
      registry.close();
    }
  }
}
