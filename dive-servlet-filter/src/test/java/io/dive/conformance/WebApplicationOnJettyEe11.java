// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.eclipse.jetty.ee.webapp.WebAppClassLoader;
import org.eclipse.jetty.ee11.webapp.WebAppContext;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** A web application in Jetty 12.1 with its EE 11 environment. */
final class WebApplicationOnJettyEe11 implements WebApplication {
  private final Server server =
      new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  private final PrintStream standardError = System.err;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final WebAppContext context = new WebAppContext();

  WebApplicationOnJettyEe11(Path application, Path work) throws Exception {
    // Where the log of a servlet context goes, by Jetty's logger and its provider.
    System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
    context.setContextPath("/");
    context.setTempDirectory(Files.createDirectory(work).toFile());
    context.setWarResource(context.getResourceFactory().newResource(application));
    context.setClassLoader(new WebAppClassLoader(WebApplication.containerAlone(), context));
    server.setHandler(context);
    server.start();
  }

  @Override
  public int port() {
    return ((ServerConnector) server.getConnectors()[0]).getLocalPort();
  }

  @Override
  public boolean isAvailable() {
    return context.isAvailable();
  }

  @Override
  public List<String> said(String words) {
    return said.toString(StandardCharsets.UTF_8)
        .lines()
        .filter(message -> message.contains(words))
        .toList();
  }

  @Override
  public void stop() throws Exception {
    System.setErr(standardError);
    server.stop();
  }
}
