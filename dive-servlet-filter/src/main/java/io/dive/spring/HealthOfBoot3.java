// SPDX-License-Identifier: Apache-2.0
package io.dive.spring;

import io.dive.servlet.DiveFilter;
import io.dive.servlet.HealthCheck;
import java.util.List;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Health in Actuator up to Spring Boot 3. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(HealthIndicator.class)
@ConditionalOnExpression(HealthDetails.ENABLED)
class HealthOfBoot3 {
  @Bean
  HealthIndicator diveHealthIndicator(DiveFilter filter) {
    return () -> {
      List<HealthCheck> checks = filter.health();
      Health.Builder health = HealthDetails.areUp(checks) ? Health.up() : Health.down();
      return health.withDetails(HealthDetails.of(checks)).build();
    };
  }
}
