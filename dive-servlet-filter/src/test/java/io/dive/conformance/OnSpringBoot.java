// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import io.dive.servlet.DiveFilter;
import io.micrometer.core.instrument.MeterRegistry;
import java.lang.reflect.Array;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.springframework.beans.factory.config.SingletonBeanRegistry;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;

/**
 * Spring Boot of the version on the class path, with the Tomcat that comes with it and the filter
 * of the auto-configuration; Spring MVC serves the files.
 */
final class OnSpringBoot implements Container {
  private static final String ERROR_ANSWERS =
      "org.springframework.boot.autoconfigure.web.servlet.error.ErrorMvcAutoConfiguration,"
          + "org.springframework.boot.webmvc.autoconfigure.error.ErrorMvcAutoConfiguration";

  private final ConfigurableApplicationContext context;

  /** Whether the auto-configuration makes the filter: not where it is mapped otherwise. */
  private final boolean auto;

  /** An application of nothing but what Spring Boot finds. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Site {}

  OnSpringBoot(Deployment deployment, String version) {
    if (!SpringBootVersion.getVersion().startsWith(version + ".")) {
      throw new IllegalStateException(
          "Spring Boot " + SpringBootVersion.getVersion() + " is on the class path");
    }
    auto = deployment.mapping().equals(Deployment.Mapping.of(null));
    SpringApplication application = new SpringApplication(Site.class);
    application.setRegisterShutdownHook(false);
    application.addInitializers(starting -> register(deployment, starting.getBeanFactory()));
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--server.address=127.0.0.1",
                "--server.port=0",
                // Tomcat keeps count of a cycle that it has cut off itself, and Boot waits for it.
                "--server.shutdown=immediate",
                "--server.http2.enabled=true",
                "--server.tomcat.basedir=" + deployment.work(),
                "--spring.web.resources.static-locations=" + deployment.files().toUri(),
                "--spring.main.banner-mode=off",
                "--logging.level.root=off",
                // Its answers name the moment, so that no two are the same.
                "--spring.autoconfigure.exclude=" + ERROR_ANSWERS,
                "--dive.enabled=" + auto,
                "--dive.config=" + deployment.settings()));
    if (deployment.has(Extra.COMPRESSION)) {
      arguments.add("--server.compression.enabled=true");
      arguments.add("--server.compression.min-response-size=1");
      arguments.add("--server.compression.mime-types=text/plain,application/octet-stream");
    }
    if (deployment.has(Extra.PRECOMPRESSED_FILES)) {
      arguments.add("--spring.web.resources.chain.compressed=true");
    }
    context = application.run(arguments.toArray(String[]::new));
  }

  private void register(Deployment deployment, SingletonBeanRegistry beans) {
    ServletRegistrationBean<Applications> servlet =
        new ServletRegistrationBean<>(deployment.applications(), Deployment.SERVLET_PATTERN);
    servlet.setAsyncSupported(true);
    beans.registerSingleton("applications", servlet);
    if (!auto) {
      beans.registerSingleton("mapped", filter(deployment, deployment.filter(), "mapped", "/*"));
    }
    beans.registerSingleton(
        "second", filter(deployment, deployment.second(), "second", Deployment.TWICE_PATTERN));
    beans.registerSingleton("errorPages", errorPages());
  }

  private static FilterRegistrationBean<DiveFilter> filter(
      Deployment deployment, DiveFilter filter, String name, String pattern) {
    FilterRegistrationBean<DiveFilter> registration = new FilterRegistrationBean<>(filter);
    registration.setName(name);
    registration.addUrlPatterns(pattern);
    registration.setDispatcherTypes(EnumSet.copyOf(deployment.mapping().dispatches()));
    registration.setAsyncSupported(deployment.mapping().asyncSupported());
    return registration;
  }

  /** By reflection, since Boot 4 has moved the types. */
  private static Object errorPages() {
    try {
      Class<?> registrar = moved("ErrorPageRegistrar");
      Class<?> page = moved("ErrorPage");
      Object[] pages = (Object[]) Array.newInstance(page, 2);
      pages[0] =
          page.getConstructor(HttpStatus.class, String.class)
              .newInstance(HttpStatus.valueOf(Deployment.ERROR), Deployment.ERROR_PAGE);
      pages[1] =
          page.getConstructor(Class.class, String.class)
              .newInstance(Deployment.PlannedException.class, Deployment.ERROR_PAGE);
      return Proxy.newProxyInstance(
          OnSpringBoot.class.getClassLoader(),
          new Class<?>[] {registrar},
          (proxy, method, given) ->
              switch (method.getName()) {
                case "registerErrorPages" ->
                    given[0]
                        .getClass()
                        .getMethod("addErrorPages", pages.getClass())
                        .invoke(given[0], (Object) pages);
                case "equals" -> proxy == given[0];
                case "hashCode" -> System.identityHashCode(proxy);
                default -> "the error pages of the cases";
              });
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Class<?> moved(String name) throws ClassNotFoundException {
    try {
      return Class.forName("org.springframework.boot.web.error." + name);
    } catch (ClassNotFoundException boot3) {
      return Class.forName("org.springframework.boot.web.server." + name);
    }
  }

  @Override
  public int port() {
    return context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
  }

  @Override
  public Optional<Own> own() {
    return auto
        ? Optional.of(
            new Own(context.getBean(DiveFilter.class), context.getBean(MeterRegistry.class)))
        : Optional.empty();
  }

  @Override
  public void stop() {
    context.close();
  }
}
