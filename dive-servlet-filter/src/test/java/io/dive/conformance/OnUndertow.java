// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import io.dive.servlet.DiveFilter;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.encoding.ContentEncodingRepository;
import io.undertow.server.handlers.encoding.EncodingHandler;
import io.undertow.server.handlers.encoding.GzipEncodingProvider;
import io.undertow.server.handlers.resource.PathResourceManager;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.FilterInfo;
import io.undertow.servlet.api.ServletInfo;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import java.net.InetSocketAddress;

/** Undertow with its own servlet for files. */
final class OnUndertow implements Container {
  private final Undertow server;
  private final DeploymentManager application;

  OnUndertow(Deployment deployment) throws ServletException {
    FilterInfo filter = info(deployment.mapping(), "dive", deployment.filter());
    FilterInfo second = info(deployment.mapping(), "second", deployment.second());
    ServletInfo servlet =
        Servlets.servlet(
                "applications",
                Applications.class,
                new ImmediateInstanceFactory<>(deployment.applications()))
            .addMapping(Deployment.SERVLET_PATTERN)
            .setAsyncSupported(true);
    DeploymentInfo info =
        Servlets.deployment()
            .setDeploymentName("conformance")
            .setEagerFilterInit(true)
            .setContextPath("/")
            .setClassLoader(OnUndertow.class.getClassLoader())
            .setResourceManager(new PathResourceManager(deployment.files()))
            .addFilter(filter)
            .addFilter(second)
            .addServlet(servlet)
            .addErrorPage(Servlets.errorPage(Deployment.ERROR_PAGE, Deployment.ERROR))
            .addErrorPage(
                Servlets.errorPage(Deployment.ERROR_PAGE, Deployment.PlannedException.class));
    for (DispatcherType type : deployment.mapping().dispatches()) {
      info.addFilterUrlMapping(filter.getName(), "/*", type);
      info.addFilterUrlMapping(filter.getName(), Deployment.TWICE_PATTERN, type);
      info.addFilterUrlMapping(second.getName(), Deployment.TWICE_PATTERN, type);
    }
    if (deployment.has(Extra.PRECOMPRESSED_FILES)) {
      info.addPreCompressedResourceEncoding("gzip", ".gz");
    }
    application = Servlets.newContainer().addDeployment(info);
    application.deploy();
    HttpHandler handler = application.start();
    server =
        Undertow.builder()
            .addHttpListener(0, "127.0.0.1")
            .setServerOption(UndertowOptions.ENABLE_HTTP2, true)
            .setHandler(deployment.has(Extra.COMPRESSION) ? compressing(handler) : handler)
            .build();
    server.start();
  }

  private static FilterInfo info(Deployment.Mapping mapping, String name, DiveFilter filter) {
    return Servlets.filter(name, DiveFilter.class, new ImmediateInstanceFactory<>(filter))
        .setAsyncSupported(mapping.asyncSupported());
  }

  private static HttpHandler compressing(HttpHandler handler) {
    return new EncodingHandler(
        handler,
        new ContentEncodingRepository().addEncodingHandler("gzip", new GzipEncodingProvider(), 50));
  }

  @Override
  public int port() {
    return ((InetSocketAddress) server.getListenerInfo().get(0).getAddress()).getPort();
  }

  @Override
  public void stop() throws ServletException {
    server.stop();
    application.stop();
    application.undeploy();
  }
}
