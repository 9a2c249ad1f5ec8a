// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.eclipse.jetty.ee10.servlet.DefaultServlet;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;

/** A real container with a filter that runs the mode, and servlets made of lambdas. */
abstract class CaptureContainer {
  /** What a servlet does. */
  interface Application {
    void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException, ServletException;
  }

  /** The containers. */
  enum Kind {
    JETTY,
    TOMCAT;

    CaptureContainer start(Path directory) throws Exception {
      return this == JETTY ? new Jetty(directory) : new OnTomcat(directory);
    }
  }

  /** The mode with its signer. */
  interface Handler {
    void handle(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
        throws IOException, ServletException;
  }

  private final Map<String, Application> applications = new ConcurrentHashMap<>();
  private volatile @Nullable Handler mode;
  private volatile boolean filtersAsyncDispatches = true;
  private volatile boolean filtersForwards;
  private final Set<Counted> running = new HashSet<>();

  abstract int port();

  abstract void stop() throws Exception;

  /** Sets what the servlet at a path like {@code /app} does. */
  void application(String path, Application application) {
    applications.put(path, application);
  }

  /** Sets the mode; absent for the bare container. */
  void mode(@Nullable Handler mode) {
    this.mode = mode;
    filtersAsyncDispatches = true;
    filtersForwards = false;
  }

  /** As if the filter were not mapped for asynchronous dispatches. */
  void withoutAsyncDispatches() {
    filtersAsyncDispatches = false;
  }

  /** As if the filter were mapped for forwards and includes as well. */
  void withForwards() {
    filtersForwards = true;
  }

  /** Waits until every request has left the filter, asynchronous ones included. */
  synchronized void awaitIdle() throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!running.isEmpty()) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        String stuck = running.size() + " requests do not end";
        running.clear();
        throw new AssertionError(stuck);
      }
      wait(left);
    }
  }

  /** Does not wait for the requests of now: their container says no more about them. */
  synchronized void forgetRequests() {
    running.clear();
  }

  private synchronized void enter(Counted request) {
    running.add(request);
  }

  private synchronized void leave(Counted request) {
    running.remove(request);
    notifyAll();
  }

  private final class ModeFilter implements Filter {
    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
        throws IOException, ServletException {
      Handler current = mode;
      boolean filtered =
          switch (request.getDispatcherType()) {
            case ASYNC -> filtersAsyncDispatches;
            case FORWARD, INCLUDE -> filtersForwards;
            default -> true;
          };
      if (request.getDispatcherType() != DispatcherType.REQUEST) {
        run(request, response, chain, filtered ? current : null);
        return;
      }
      Counted counted = new Counted((HttpServletRequest) request);
      enter(counted);
      try {
        run(counted, response, chain, current);
      } finally {
        if (!counted.async) {
          counted.out();
        }
      }
    }

    private static void run(
        ServletRequest request, ServletResponse response, FilterChain chain, @Nullable Handler mode)
        throws IOException, ServletException {
      if (mode == null) {
        chain.doFilter(request, response);
      } else {
        mode.handle((HttpServletRequest) request, (HttpServletResponse) response, chain);
      }
    }
  }

  /** A request that is counted until it is over, asynchronous cycles included. */
  private final class Counted extends HttpServletRequestWrapper implements AsyncListener {
    private volatile boolean async;

    Counted(HttpServletRequest request) {
      super(request);
    }

    void out() {
      leave(this);
    }

    @Override
    public AsyncContext startAsync() {
      return listen(super.startAsync());
    }

    @Override
    public AsyncContext startAsync(ServletRequest request, ServletResponse response) {
      return listen(super.startAsync(request, response));
    }

    private AsyncContext listen(AsyncContext context) {
      async = true;
      context.addListener(this);
      return context;
    }

    @Override
    public void onComplete(AsyncEvent event) {
      out();
    }

    @Override
    public void onTimeout(AsyncEvent event) {}

    @Override
    public void onError(AsyncEvent event) {}

    @Override
    public void onStartAsync(AsyncEvent event) {}
  }

  private final class Lambdas extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException, ServletException {
      String path = request.getServletPath();
      Object included = request.getAttribute("jakarta.servlet.include.servlet_path");
      Application application = applications.get(included == null ? path : included.toString());
      if (application == null) {
        throw new ServletException("no application at " + path);
      }
      application.service(request, response);
    }
  }

  private static final EnumSet<DispatcherType> DISPATCHES =
      EnumSet.of(
          DispatcherType.REQUEST,
          DispatcherType.ASYNC,
          DispatcherType.FORWARD,
          DispatcherType.INCLUDE);

  private static final String[] PATHS = {"/app", "/other", "/third"};

  private static final class Jetty extends CaptureContainer {
    private final Server server = new Server();
    private final ServerConnector connector;

    Jetty(Path directory) throws Exception {
      HttpConfiguration configuration = new HttpConfiguration();
      connector =
          new ServerConnector(
              server,
              new HttpConnectionFactory(configuration),
              new HTTP2CServerConnectionFactory(configuration));
      connector.setHost("127.0.0.1");
      server.addConnector(connector);
      ServletContextHandler context = new ServletContextHandler("/");
      context.setBaseResourceAsPath(directory);
      FilterHolder filter = new FilterHolder(((CaptureContainer) this).new ModeFilter());
      filter.setAsyncSupported(true);
      context.addFilter(filter, "/*", DISPATCHES);
      ServletHolder servlet = new ServletHolder(((CaptureContainer) this).new Lambdas());
      servlet.setAsyncSupported(true);
      for (String path : PATHS) {
        context.addServlet(servlet, path);
      }
      context.addServlet(new ServletHolder(new DefaultServlet()), "/");
      server.setHandler(context);
      server.start();
    }

    @Override
    int port() {
      return connector.getLocalPort();
    }

    @Override
    void stop() throws Exception {
      server.stop();
    }
  }

  private static final class OnTomcat extends CaptureContainer {
    private final Tomcat tomcat = new Tomcat();
    private final Connector connector;

    OnTomcat(Path directory) throws LifecycleException {
      Logger.getLogger("org.apache").setLevel(Level.OFF);
      tomcat.setBaseDir(directory.resolve("tomcat").toString());
      connector = new Connector();
      connector.setPort(0);
      connector.setProperty("address", "127.0.0.1");
      connector.addUpgradeProtocol(new Http2Protocol());
      tomcat.setConnector(connector);
      Context context = tomcat.addContext("", directory.toString());
      FilterDef filter = new FilterDef();
      filter.setFilterName("mode");
      filter.setFilter(((CaptureContainer) this).new ModeFilter());
      filter.setAsyncSupported("true");
      context.addFilterDef(filter);
      FilterMap map = new FilterMap();
      map.setFilterName("mode");
      map.addURLPattern("/*");
      DISPATCHES.forEach(type -> map.setDispatcher(type.name()));
      context.addFilterMap(map);
      Wrapper servlet =
          Tomcat.addServlet(context, "lambdas", ((CaptureContainer) this).new Lambdas());
      servlet.setAsyncSupported(true);
      for (String path : PATHS) {
        servlet.addMapping(path);
      }
      Tomcat.addServlet(context, "default", new org.apache.catalina.servlets.DefaultServlet())
          .addMapping("/");
      tomcat.start();
    }

    @Override
    int port() {
      return connector.getLocalPort();
    }

    @Override
    void stop() throws LifecycleException {
      tomcat.stop();
      tomcat.destroy();
    }
  }
}
