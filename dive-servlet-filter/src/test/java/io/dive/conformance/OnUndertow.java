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
import jakarta.servlet.ServletException;
import java.net.InetSocketAddress;

/** Undertow with its own servlet for files. */
final class OnUndertow implements Container {
  private final Undertow server;
  private final DeploymentManager application;

  OnUndertow(Deployment deployment) throws ServletException {
    FilterInfo filter =
        Servlets.filter(
                "dive", DiveFilter.class, new ImmediateInstanceFactory<>(deployment.filter()))
            .setAsyncSupported(true);
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
            .addServlet(servlet);
    Deployment.dispatches().forEach(type -> info.addFilterUrlMapping(filter.getName(), "/*", type));
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
