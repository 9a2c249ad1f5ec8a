// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import com.sun.management.ThreadMXBean;
import io.dive.protocol.DiveException;
import io.dive.servlet.DiveFilter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import org.eclipse.jetty.ee10.servlet.DefaultServlet;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.resource.ResourceFactory;

/**
 * Jetty as the sandbox has it, with its content cache on: bare, with the filter, or with one that
 * does only what no filter can do without. When it is ready it answers commands: {@code port};
 * {@code allocated} with the bytes that all living threads have allocated, {@code heap} with the
 * bytes in use after a collection.
 */
public final class BenchServer {
  private static final int LARGEST_CACHED_BYTES = 1024 * 1024;
  private static final int CACHE_BYTES = 64 * 1024 * 1024;
  private static final int CACHED_FILES = 2048;

  private BenchServer() {}

  /**
   * Runs until standard input ends.
   *
   * @param args the directory to serve; then the filter's settings file, if it is to be there, or
   *     the name of a {@link MinimalFilter}
   */
  public static void main(String[] args) throws Exception {
    Server server = new Server();
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    ServerConnector connector =
        new ServerConnector(
            server, new HttpConnectionFactory(http), new HTTP2CServerConnectionFactory(http));
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    if (args.length > 1) {
      FilterHolder filter = new FilterHolder(filter(args[1]));
      filter.setInitParameter("dive.config", args[1]);
      filter.setAsyncSupported(true);
      context.addFilter(
          filter,
          "/*",
          EnumSet.of(DispatcherType.REQUEST, DispatcherType.FORWARD, DispatcherType.ASYNC));
    }
    context.addServlet(files(context, Path.of(args[0])), "/");
    context.addServlet(new ServletHolder(new DynamicServlet()), "/dynamic/*");
    server.setHandler(context);
    server.start();
    answer(connector);
    System.exit(0);
  }

  private static Filter filter(String name) throws DiveException {
    for (MinimalFilter minimal : MinimalFilter.values()) {
      if (minimal.name().equals(name)) {
        return minimal.filter();
      }
    }
    return new DiveFilter();
  }

  private static ServletHolder files(ServletContextHandler context, Path root) {
    ServletHolder files = new ServletHolder("default", new DefaultServlet());
    files.setInitParameter(
        "baseResource", ResourceFactory.of(context).newResource(root).getURI().toString());
    files.setInitParameter("maxCachedFileSize", Integer.toString(LARGEST_CACHED_BYTES));
    files.setInitParameter("maxCacheSize", Integer.toString(CACHE_BYTES));
    files.setInitParameter("maxCachedFiles", Integer.toString(CACHED_FILES));
    return files;
  }

  private static void answer(ServerConnector connector) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      switch (line) {
        case "port" -> say(connector.getLocalPort());
        case "allocated" -> say(allocated());
        case "heap" -> say(heap());
        default -> throw new IOException("no command: " + line);
      }
    }
  }

  private static void say(long number) {
    System.out.println(number);
    System.out.flush();
  }

  /** Exact; what ended threads allocated is missing, but Jetty's live on between two requests. */
  private static long allocated() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    return Arrays.stream(threads.getThreadAllocatedBytes(threads.getAllThreadIds()))
        .filter(bytes -> bytes > 0)
        .sum();
  }

  private static long heap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
