// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import io.undertow.Undertow;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.ResponseCodeHandler;
import io.undertow.server.handlers.resource.PathResourceManager;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.FilterInfo;
import io.undertow.servlet.api.ServletContainerInitializerInfo;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * An unpacked web application in bare Undertow, which reads no descriptor and looks for nothing:
 * who embeds it gives it the class loader, the files, and the initializers that are found there.
 */
final class WebApplicationOnUndertow implements WebApplication {
  private static final Logger LOG = Logger.getLogger("io.undertow.servlet");

  private final Undertow server;
  private final URLClassLoader classes;
  private final Optional<DeploymentManager> application;
  private final Said said = new Said();

  /** What is logged by way of the servlet context. */
  private static final class Said extends Handler {
    private final List<String> messages = new CopyOnWriteArrayList<>();

    @Override
    public void publish(LogRecord record) {
      messages.add(String.valueOf(record.getMessage()));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  WebApplicationOnUndertow(Path directory, Descriptor descriptor) throws Exception {
    LOG.addHandler(said);
    classes =
        new URLClassLoader(
            libraries(directory.resolve("WEB-INF/lib")), WebApplication.containerAlone());
    DeploymentInfo info =
        Servlets.deployment()
            .setDeploymentName("application")
            .setContextPath("/")
            .setClassLoader(classes)
            .setResourceManager(new PathResourceManager(directory))
            // Else settings that cannot be used are told at the first request.
            .setEagerFilterInit(true);
    for (ServletContainerInitializer found :
        ServiceLoader.load(ServletContainerInitializer.class, classes)) {
      info.addServletContainerInitializer(
          new ServletContainerInitializerInfo(found.getClass(), Set.of()));
    }
    describe(info, descriptor);
    DeploymentManager manager = Servlets.newContainer().addDeployment(info);
    Optional<HttpHandler> handler = start(manager);
    application = handler.map(h -> manager);
    server =
        Undertow.builder()
            .addHttpListener(0, "127.0.0.1")
            .setHandler(handler.orElse(ResponseCodeHandler.HANDLE_404))
            .build();
    server.start();
  }

  private static URL[] libraries(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return new URL[0];
    }
    List<URL> jars = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        jars.add(file.toUri().toURL());
      }
    }
    return jars.toArray(URL[]::new);
  }

  private void describe(DeploymentInfo info, Descriptor descriptor) throws Exception {
    descriptor
        .configParameter()
        .ifPresent(file -> info.addInitParameter("dive.config", file.toString()));
    if (descriptor.ownFilter().isPresent()) {
      FilterInfo own =
          Servlets.filter(
                  "own", classes.loadClass("io.dive.servlet.DiveFilter").asSubclass(Filter.class))
              .addInitParam("dive.config", descriptor.ownFilter().get().toString());
      info.addFilter(own).addFilterUrlMapping("own", "/*", DispatcherType.REQUEST);
    }
  }

  private static Optional<HttpHandler> start(DeploymentManager manager) {
    try {
      manager.deploy();
      return Optional.of(manager.start());
    } catch (ServletException | RuntimeException e) {
      return Optional.empty();
    }
  }

  @Override
  public int port() {
    return ((InetSocketAddress) server.getListenerInfo().get(0).getAddress()).getPort();
  }

  @Override
  public boolean isAvailable() {
    return application.isPresent();
  }

  @Override
  public List<String> said(String words) {
    return said.messages.stream().filter(message -> message.contains(words)).toList();
  }

  @Override
  public void stop() throws Exception {
    LOG.removeHandler(said);
    server.stop();
    if (application.isPresent()) {
      application.get().stop();
      application.get().undeploy();
    }
    classes.close();
  }
}
