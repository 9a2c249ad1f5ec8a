// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Metrics;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import java.io.File;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.eclipse.jetty.ee10.servlet.DefaultServlet;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The filter as a container makes it: by its class name, with init parameters. */
class DiveFilterStartTest {
  private final Path directory;
  private final Server server =
      new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  private final FilterHolder holder = new FilterHolder(DiveFilter.class);

  DiveFilterStartTest(@TempDir Path directory) {
    this.directory = directory;
    ServletContextHandler context = new ServletContextHandler();
    context.setBaseResourceAsPath(directory);
    context.addServlet(DefaultServlet.class, "/");
    context.addFilter(holder, "/*", EnumSet.of(DispatcherType.REQUEST));
    server.setHandler(context);
  }

  @Test
  void settingsComeFromTheFileAndTheParameters() throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("dive.properties"),
            "dive.hosts=example.com\ndive.rule.1.path=**\ndive.rule.1.mode=off\n");
    holder.setInitParameter("dive.config", file.toString());
    holder.setInitParameter("dive.rule.1.path", "/covered");
    server.start();
    try {
      int port = ((ServerConnector) server.getConnectors()[0]).getLocalPort();
      RawAnswer answer = RawAnswer.to(port, "GET /dive.properties HTTP/1.1", "Host: example.com");
      assertEquals(200, answer.status());
      assertNotNull(Metrics.globalRegistry.find("dive.signing").timer());
    } finally {
      server.stop();
    }
    assertTrue(Metrics.globalRegistry.find("dive.signing").timers().isEmpty());
  }

  @Test
  void unusableSettingsStopTheStartWithAllProblems() throws Exception {
    holder.setInitParameter("dive.hosts", "-");
    holder.setInitParameter("dive.rool.1.path", "/a");
    ServletException e = assertThrows(ServletException.class, server::start);
    server.stop();
    String message = String.valueOf(e.getMessage());
    assertTrue(message.contains("filter init parameter: dive.hosts: found \"-\""), message);
    assertTrue(message.contains("did you mean dive.rule.1.path?"), message);
  }

  @Test
  void micrometerMayBeAbsent() throws Exception {
    List<URL> urls = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path", "").split(File.pathSeparator, -1)) {
      if (!entry.contains("micrometer")) {
        urls.add(Path.of(entry).toUri().toURL());
      }
    }
    try (URLClassLoader loader =
        new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
      Class<?> filter = loader.loadClass(DiveFilter.class.getName());
      assertThrows(ClassNotFoundException.class, () -> loader.loadClass(Metrics.class.getName()));
      assertEquals(3, filter.getConstructors().length);
      assertNotNull(filter.getConstructor().newInstance());
      Class<?> metrics = loader.loadClass(ResponseMetrics.class.getName());
      var none = metrics.getField("NONE");
      none.setAccessible(true);
      assertEquals(none.get(null), standard(metrics));
    }
  }

  /** By reflection, since the class is not ours but the other loader's. */
  private static Object standard(Class<?> metrics) throws ReflectiveOperationException {
    var method = metrics.getDeclaredMethod("standard");
    method.setAccessible(true);
    return method.invoke(null);
  }
}
