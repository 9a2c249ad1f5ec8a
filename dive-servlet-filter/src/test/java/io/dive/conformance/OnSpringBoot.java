// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import io.dive.servlet.DiveFilter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Optional;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/**
 * Spring Boot of the version on the class path, with the Tomcat that comes with it and the filter
 * of the auto-configuration; Spring MVC serves the files.
 */
final class OnSpringBoot implements Container {
  private final ConfigurableApplicationContext context;

  /** An application of nothing but what Spring Boot finds. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Site {}

  OnSpringBoot(Deployment deployment, String version) {
    if (!SpringBootVersion.getVersion().startsWith(version + ".")) {
      throw new IllegalStateException(
          "Spring Boot " + SpringBootVersion.getVersion() + " is on the class path");
    }
    SpringApplication application = new SpringApplication(Site.class);
    application.setRegisterShutdownHook(false);
    application.addInitializers(
        starting -> {
          ServletRegistrationBean<Applications> servlet =
              new ServletRegistrationBean<>(deployment.applications(), Deployment.SERVLET_PATTERN);
          servlet.setAsyncSupported(true);
          starting.getBeanFactory().registerSingleton("applications", servlet);
        });
    context =
        application.run(
            "--server.address=127.0.0.1",
            "--server.port=0",
            "--server.http2.enabled=true",
            "--server.tomcat.basedir=" + deployment.work(),
            "--spring.web.resources.static-locations=" + deployment.files().toUri(),
            "--spring.main.banner-mode=off",
            "--logging.level.root=off",
            "--dive.config=" + deployment.settings());
  }

  @Override
  public int port() {
    return context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
  }

  @Override
  public Optional<Own> own() {
    return Optional.of(
        new Own(context.getBean(DiveFilter.class), context.getBean(MeterRegistry.class)));
  }

  @Override
  public void stop() {
    context.close();
  }
}
