// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandler;

/** A web application in Jetty 12.1, in whichever of its environments. */
final class WebApplicationOnJetty implements WebApplication {
  private final Server server =
      new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  private final PrintStream standardError = System.err;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final ContextHandler context;

  WebApplicationOnJetty(ContextHandler context) throws Exception {
    this.context = context;
    // Where the log of a servlet context goes, by Jetty's logger and its provider.
    System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
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
