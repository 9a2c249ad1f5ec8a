// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.catalina.Context;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.valves.ValveBase;
import org.apache.catalina.webresources.StandardRoot;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.eclipse.jetty.ee10.servlet.DefaultServlet;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** A real container that serves a directory through filters, and health below /health. */
enum FilterContainer {
  JETTY {
    @Override
    Running start(Path files, List<DiveFilter> filters, Map<String, Application> applications)
        throws Exception {
      Server server = new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      ServletContextHandler context = new ServletContextHandler();
      context.setContextPath("/");
      context.setBaseResourceAsPath(files);
      ServletHolder fileServlet = context.addServlet(DefaultServlet.class, "/");
      // The cache of contents, as in the descriptor that comes with Jetty.
      fileServlet.setInitParameter("maxCacheSize", "256000000");
      fileServlet.setInitParameter("maxCachedFileSize", "200000000");
      fileServlet.setInitParameter("maxCachedFiles", "2048");
      applications.forEach(
          (path, application) -> context.addServlet(new ServletHolder(servlet(application)), path));
      context.addServlet(new ServletHolder(new HealthServlet()), HEALTH);
      for (DiveFilter filter : filters) {
        FilterHolder holder = new FilterHolder(filter);
        holder.setAsyncSupported(true);
        context.addFilter(holder, "/*", EnumSet.copyOf(DISPATCHERS));
      }
      server.setHandler(context);
      try {
        server.start();
      } catch (Exception e) {
        server.stop();
        throw e;
      }
      return new Running(
          ((ServerConnector) server.getConnectors()[0]).getLocalPort(),
          Set.of(),
          () -> {},
          server::stop);
    }
  },

  TOMCAT {
    @Override
    Running start(Path files, List<DiveFilter> filters, Map<String, Application> applications)
        throws Exception {
      Tomcat tomcat = new Tomcat();
      tomcat.setBaseDir(files.resolveSibling("tomcat").toString());
      tomcat.setHostname("127.0.0.1");
      tomcat.setPort(0);
      tomcat.getConnector().setProperty("address", "127.0.0.1");
      Context context = tomcat.addContext("", files.toString());
      StandardRoot resources = new StandardRoot(context);
      // Five seconds as it comes; so that it does not depend on the machine what is answered.
      resources.setCacheTtl(TimeUnit.HOURS.toMillis(1));
      context.setResources(resources);
      Set<String> sentByKernel = ConcurrentHashMap.newKeySet();
      context.getPipeline().addValve(new SendfileObserver(sentByKernel));
      addServlet(
          Tomcat.addServlet(context, "default", "org.apache.catalina.servlets.DefaultServlet"),
          "/");
      applications.forEach(
          (path, application) ->
              addServlet(Tomcat.addServlet(context, path, servlet(application)), path));
      addServlet(Tomcat.addServlet(context, "health", new HealthServlet()), HEALTH);
      for (DiveFilter filter : filters) {
        addFilter(context, filter, "dive" + filters.indexOf(filter));
      }
      tomcat.start();
      if (!context.getState().isAvailable()) {
        tomcat.stop();
        tomcat.destroy();
        throw new ServletException("the web application did not start");
      }
      return new Running(
          tomcat.getConnector().getLocalPort(),
          sentByKernel,
          () -> {
            resources.setCachingAllowed(false);
            resources.setCachingAllowed(true);
          },
          () -> {
            tomcat.stop();
            tomcat.destroy();
          });
    }
  };

  private static final String HEALTH = "/health/*";

  private static final Collection<DispatcherType> DISPATCHERS =
      List.of(
          DispatcherType.REQUEST,
          DispatcherType.FORWARD,
          DispatcherType.INCLUDE,
          DispatcherType.ERROR,
          DispatcherType.ASYNC);

  /** What a servlet does. */
  interface Application {
    void answer(HttpServletRequest request, HttpServletResponse response)
        throws IOException, ServletException;
  }

  /** Ends a container. */
  interface Stop {
    void stop() throws Exception;
  }

  /**
   * A started container.
   *
   * @param sentByKernel paths of the files handed over to the kernel, where the container tells
   * @param expiry ends at once what the container would remember of files for some seconds more
   */
  record Running(int port, Set<String> sentByKernel, Runnable expiry, Stop end) {
    void close() throws Exception {
      end.stop();
    }
  }

  /**
   * Starts.
   *
   * @param applications by servlet path
   */
  abstract Running start(
      Path files, List<DiveFilter> filters, Map<String, Application> applications) throws Exception;

  private static HttpServlet servlet(Application application) {
    return new HttpServlet() {
      @Override
      protected void service(HttpServletRequest request, HttpServletResponse response)
          throws IOException, ServletException {
        application.answer(request, response);
      }
    };
  }

  private static void addServlet(Wrapper wrapper, String path) {
    wrapper.setAsyncSupported(true);
    wrapper.addMapping(path);
  }

  private static void addFilter(Context context, DiveFilter filter, String name) {
    FilterDef definition = new FilterDef();
    definition.setFilterName(name);
    definition.setFilter(filter);
    definition.setFilterClass(DiveFilter.class.getName());
    definition.setAsyncSupported("true");
    context.addFilterDef(definition);
    FilterMap map = new FilterMap();
    map.setFilterName(name);
    map.addURLPattern("/*");
    DISPATCHERS.forEach(type -> map.setDispatcher(type.name()));
    context.addFilterMap(map);
  }

  private static final class SendfileObserver extends ValveBase {
    private final Set<String> sentByKernel;

    SendfileObserver(Set<String> sentByKernel) {
      super(true);
      this.sentByKernel = sentByKernel;
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
      getNext().invoke(request, response);
      if (request.getAttribute("org.apache.tomcat.sendfile.filename") != null) {
        sentByKernel.add(request.getRequestURI());
      }
    }
  }
}
