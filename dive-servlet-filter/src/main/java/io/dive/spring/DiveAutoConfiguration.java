// SPDX-License-Identifier: Apache-2.0
package io.dive.spring;

import io.dive.protocol.DiveException;
import io.dive.servlet.DiveFilter;
import io.dive.servlet.MeasuredFilters;
import io.dive.settings.ApplicationSettings;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.DispatcherType;
import java.util.EnumSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Puts a {@link DiveFilter} before a Spring Boot application (3.5 or 4), with the settings of
 * {@code docs/settings.md} from its environment: {@code application.yml}, variables, arguments. Its
 * meters go to the application's registry, its health to Actuator. Does nothing where neither
 * {@code dive.hosts} nor {@code dive.config} is set, or {@code dive.enabled} is false. Settings or
 * keys that cannot be used stop the start.
 */
@AutoConfiguration
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnProperty(name = "dive.enabled", matchIfMissing = true)
@Conditional(OnSettings.class)
@Import({HealthOfBoot3.class, HealthOfBoot4.class})
public class DiveAutoConfiguration {
  /**
   * Behind those filters of Spring's that say what was asked for (character encoding, forwarded
   * host), which stand at the very front; before all that answer or change bodies.
   */
  static final int ORDER = Ordered.HIGHEST_PRECEDENCE + 1;

  private static final Logger LOG = LoggerFactory.getLogger(DiveAutoConfiguration.class);

  DiveAutoConfiguration() {}

  /** Judged here once: a filter that fails in the container would end in another exception. */
  @Bean
  @ConditionalOnMissingBean
  ApplicationSettings diveSettings(ConfigurableEnvironment environment) throws DiveException {
    ApplicationSettings settings = EnvironmentSettings.of(environment);
    settings.read().openSigners();
    return settings;
  }

  /** With meters in the application's registry. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(MeterRegistry.class)
  static class WithMicrometer {
    @Bean
    @ConditionalOnMissingBean
    DiveFilter diveFilter(ApplicationSettings settings, ObjectProvider<MeterRegistry> registries) {
      MeterRegistry registry = registries.getIfUnique();
      return registry == null
          ? new DiveFilter(settings)
          : MeasuredFilters.create(settings, registry);
    }
  }

  @Bean
  @ConditionalOnMissingBean
  DiveFilter diveFilter(ApplicationSettings settings) {
    return new DiveFilter(settings);
  }

  /**
   * All dispatcher types: the filter knows by itself which ones are its own. An application that
   * registers a {@link DiveFilter} has its own way.
   */
  @Bean
  @ConditionalOnMissingBean
  FilterRegistrationBean<DiveFilter> diveFilterRegistration(
      DiveFilter filter, ConfigurableEnvironment environment) {
    if (environment.getProperty("server.compression.enabled", Boolean.class, false)) {
      LOG.warn(
          "server.compression.enabled codes bodies behind the DIVE filter, so that Content-Digest is"
              + " not that of the bytes sent; take the types of signed responses out of"
              + " server.compression.mime-types");
    }
    FilterRegistrationBean<DiveFilter> registration = new FilterRegistrationBean<>(filter);
    registration.setName("dive");
    registration.addUrlPatterns("/*");
    registration.setDispatcherTypes(EnumSet.allOf(DispatcherType.class));
    registration.addInitParameter(DiveFilter.ALL_DISPATCHES, "true");
    registration.setAsyncSupported(true);
    registration.setOrder(ORDER);
    return registration;
  }
}
