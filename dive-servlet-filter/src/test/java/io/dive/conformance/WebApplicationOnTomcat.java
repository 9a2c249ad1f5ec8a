// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;

/** A web application in the Tomcat on the class path, which leaves a WAR packed. */
final class WebApplicationOnTomcat implements WebApplication {
  private static final Logger LOG = Logger.getLogger("org.apache");

  private final Tomcat tomcat = new Tomcat();
  private final Connector connector = new Connector();
  private final Context context;
  private final Said said = new Said();

  /** What is logged by way of the servlet context. */
  private static final class Said extends Handler {
    private final List<String> messages = new CopyOnWriteArrayList<>();

    @Override
    public void publish(LogRecord record) {
      if (record.getLoggerName().startsWith("org.apache.catalina.core.ContainerBase")) {
        messages.add(String.valueOf(record.getMessage()));
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  WebApplicationOnTomcat(Path application, Path work) throws Exception {
    LOG.setLevel(Level.INFO);
    LOG.setUseParentHandlers(false);
    LOG.addHandler(said);
    tomcat.setBaseDir(Files.createDirectory(work).toString());
    Files.createDirectory(work.resolve("webapps"));
    tomcat.setAddDefaultWebXmlToWebapp(false);
    connector.setPort(0);
    connector.setProperty("address", "127.0.0.1");
    tomcat.setConnector(connector);
    ((StandardHost) tomcat.getHost()).setUnpackWARs(false);
    context = tomcat.addWebapp("", application.toString());
    context.setParentClassLoader(WebApplication.containerAlone());
    Wrapper files = Tomcat.addServlet(context, "default", DefaultServlet.class.getName());
    files.setAsyncSupported(true);
    files.addMapping("/");
    tomcat.start();
  }

  @Override
  public int port() {
    return connector.getLocalPort();
  }

  @Override
  public boolean isAvailable() {
    return context.getState().isAvailable();
  }

  @Override
  public List<String> said(String words) {
    return said.messages.stream().filter(message -> message.contains(words)).toList();
  }

  @Override
  public void stop() throws LifecycleException {
    LOG.removeHandler(said);
    tomcat.stop();
    tomcat.destroy();
  }
}
