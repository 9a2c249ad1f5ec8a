// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import io.dive.servlet.DiveFilter;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.util.ServerInfo;
import org.apache.catalina.webresources.StandardRoot;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.descriptor.web.ErrorPage;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;

/** Tomcat of the version on the class path, with its cache of resources as it comes. */
final class OnTomcat implements Container {
  private static final Logger LOG = Logger.getLogger("org.apache");

  private final Tomcat tomcat = new Tomcat();
  private final Connector connector = new Connector();

  OnTomcat(Deployment deployment, String version) throws LifecycleException {
    if (!ServerInfo.getServerNumber().startsWith(version + ".")) {
      throw new IllegalStateException(ServerInfo.getServerInfo() + " is on the class path");
    }
    LOG.setLevel(Level.OFF);
    tomcat.setBaseDir(deployment.work().toString());
    connector.setPort(0);
    connector.setProperty("address", "127.0.0.1");
    connector.addUpgradeProtocol(new Http2Protocol());
    if (deployment.has(Extra.COMPRESSION)) {
      connector.setProperty("compression", "force");
    }
    tomcat.setConnector(connector);
    Context context = tomcat.addContext("", deployment.files().toString());
    context.setResources(new StandardRoot(context));
    add(context, deployment.mapping(), "dive", deployment.filter(), "/*", Deployment.TWICE_PATTERN);
    add(context, deployment.mapping(), "second", deployment.second(), Deployment.TWICE_PATTERN);
    ErrorPage ofStatus = new ErrorPage();
    ofStatus.setErrorCode(Deployment.ERROR);
    ofStatus.setLocation(Deployment.ERROR_PAGE);
    context.addErrorPage(ofStatus);
    ErrorPage ofException = new ErrorPage();
    ofException.setExceptionType(Deployment.PlannedException.class.getName());
    ofException.setLocation(Deployment.ERROR_PAGE);
    context.addErrorPage(ofException);
    Wrapper servlet = Tomcat.addServlet(context, "applications", deployment.applications());
    servlet.setAsyncSupported(true);
    servlet.addMapping(Deployment.SERVLET_PATTERN);
    Wrapper fileServlet = Tomcat.addServlet(context, "default", DefaultServlet.class.getName());
    fileServlet.setAsyncSupported(true);
    fileServlet.addMapping("/");
    if (deployment.has(Extra.PRECOMPRESSED_FILES)) {
      fileServlet.addInitParameter("precompressed", "true");
    }
    tomcat.start();
    if (!context.getState().isAvailable()) {
      stop();
      throw new LifecycleException("the web application did not start");
    }
  }

  private static void add(
      Context context,
      Deployment.Mapping mapping,
      String name,
      DiveFilter given,
      String... patterns) {
    FilterDef filter = new FilterDef();
    filter.setFilterName(name);
    filter.setFilter(given);
    filter.setFilterClass(given.getClass().getName());
    filter.setAsyncSupported(Boolean.toString(mapping.asyncSupported()));
    context.addFilterDef(filter);
    for (String pattern : patterns) {
      FilterMap map = new FilterMap();
      map.setFilterName(name);
      map.addURLPattern(pattern);
      mapping.dispatches().forEach(type -> map.setDispatcher(type.name()));
      context.addFilterMap(map);
    }
  }

  @Override
  public int port() {
    return connector.getLocalPort();
  }

  @Override
  public void stop() throws LifecycleException {
    tomcat.stop();
    tomcat.destroy();
  }
}
