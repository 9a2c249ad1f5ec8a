// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import java.io.Closeable;
import java.util.function.IntConsumer;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.servlet.support.SpringBootServletInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * A Spring Boot application as its authors write it, for a WAR or by itself; in class paths of its
 * own, so that nothing of the tests may be mentioned here.
 */
public final class WarSite extends SpringBootServletInitializer {
  static final String TEXT = "text of a Spring Boot application";

  /** What Spring finds. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  public static class Site {
    @Bean
    Downloads downloads() {
      return new Downloads();
    }
  }

  /** One download. */
  @RestController
  public static class Downloads {
    /** A text. */
    @GetMapping("/text")
    public String text() {
      return TEXT;
    }
  }

  @Override
  protected SpringApplicationBuilder configure(SpringApplicationBuilder application) {
    return application.sources(Site.class);
  }

  /** Starts it by itself; only types of the JDK go through class paths. */
  public static Closeable start(IntConsumer port, String... arguments) {
    SpringApplication application = new SpringApplication(Site.class);
    application.setRegisterShutdownHook(false);
    ConfigurableApplicationContext context = application.run(arguments);
    port.accept(context.getEnvironment().getRequiredProperty("local.server.port", Integer.class));
    return context;
  }
}
