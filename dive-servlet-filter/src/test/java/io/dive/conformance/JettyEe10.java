// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import jakarta.servlet.DispatcherType;
import java.net.InetAddress;
import java.util.EnumSet;
import org.eclipse.jetty.ee10.servlet.DefaultServlet;
import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** Jetty 12.1 with its EE 10 environment; the file servlet as Jetty's own descriptor sets it up. */
final class JettyEe10 implements Container {
  private final Server server = new Server();
  private final ServerConnector connector;

  JettyEe10(Deployment deployment) throws Exception {
    HttpConfiguration configuration = new HttpConfiguration();
    connector =
        new ServerConnector(
            server,
            new HttpConnectionFactory(configuration),
            new HTTP2CServerConnectionFactory(configuration));
    connector.setHost(InetAddress.getLoopbackAddress().getHostAddress());
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler();
    context.setContextPath("/");
    context.setBaseResourceAsPath(deployment.files());
    FilterHolder filter = new FilterHolder(deployment.filter());
    filter.setAsyncSupported(deployment.mapping().asyncSupported());
    FilterHolder second = new FilterHolder(deployment.second());
    second.setAsyncSupported(deployment.mapping().asyncSupported());
    EnumSet<DispatcherType> dispatches = EnumSet.copyOf(deployment.mapping().dispatches());
    context.addFilter(filter, "/*", dispatches);
    context.addFilter(filter, Deployment.TWICE_PATTERN, dispatches);
    context.addFilter(second, Deployment.TWICE_PATTERN, dispatches);
    ErrorPageErrorHandler errors = new ErrorPageErrorHandler();
    errors.addErrorPage(Deployment.ERROR, Deployment.ERROR_PAGE);
    errors.addErrorPage(Deployment.PlannedException.class, Deployment.ERROR_PAGE);
    context.setErrorHandler(errors);
    ServletHolder servlet = new ServletHolder(deployment.applications());
    servlet.setAsyncSupported(true);
    context.addServlet(servlet, Deployment.SERVLET_PATTERN);
    ServletHolder fileServlet = context.addServlet(DefaultServlet.class, "/");
    fileServlet.setInitParameter("maxCacheSize", "256000000");
    fileServlet.setInitParameter("maxCachedFileSize", "200000000");
    fileServlet.setInitParameter("maxCachedFiles", "2048");
    if (deployment.has(Extra.PRECOMPRESSED_FILES)) {
      fileServlet.setInitParameter("precompressed", "true");
    }
    server.setHandler(deployment.has(Extra.COMPRESSION) ? compressing(context) : context);
    server.start();
  }

  /** Its successor, the CompressionHandler, is a module of its own and does the same. */
  @SuppressWarnings("removal")
  private static Handler compressing(Handler handler) {
    return new org.eclipse.jetty.server.handler.gzip.GzipHandler(handler);
  }

  @Override
  public int port() {
    return connector.getLocalPort();
  }

  @Override
  public void stop() throws Exception {
    server.stop();
  }
}
