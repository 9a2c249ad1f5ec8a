// SPDX-License-Identifier: Apache-2.0
package io.dive.spring;

import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/** Matches where the environment says which hosts to sign for, or which file does. */
final class OnSettings extends SpringBootCondition {
  private static final Logger LOG = LoggerFactory.getLogger(OnSettings.class);
  private static final Set<String> DECIDING = Set.of("dive.hosts", "dive.config");

  @Override
  public ConditionOutcome getMatchOutcome(
      ConditionContext context, AnnotatedTypeMetadata metadata) {
    ConditionMessage.Builder message = ConditionMessage.forCondition("DIVE settings");
    if (!(context.getEnvironment() instanceof ConfigurableEnvironment environment)) {
      return ConditionOutcome.noMatch(message.because("the environment cannot be listed"));
    }
    Set<String> names = new TreeSet<>(EnvironmentSettings.of(environment).values().keySet());
    if (names.stream().anyMatch(DECIDING::contains)) {
      return ConditionOutcome.match(message.foundExactly("dive.hosts or dive.config"));
    }
    if (!names.isEmpty()) {
      LOG.warn(
          "DIVE signs nothing: neither dive.hosts nor dive.config is set, though others are: {}",
          names);
    }
    return ConditionOutcome.noMatch(message.because("neither dive.hosts nor dive.config is set"));
  }
}
