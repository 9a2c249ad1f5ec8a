// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.eclipse.jetty.ee.webapp.WebAppClassLoader;
import org.eclipse.jetty.ee11.webapp.WebAppContext;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** An unpacked web application in Jetty 12.1 with its EE 11 environment. */
final class WebApplicationOnJetty implements WebApplication {
  private final Server server =
      new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  private final PrintStream standardError = System.err;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final WebAppContext context = new WebAppContext();

  WebApplicationOnJetty(Path application) throws Exception {
    // Where the log of a servlet context goes, by Jetty's logger and its provider.
    System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
    context.setContextPath("/");
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
