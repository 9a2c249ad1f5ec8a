// SPDX-License-Identifier: Apache-2.0
package io.dive.spring;

import io.dive.protocol.DiveException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says why an application with DIVE did not start, without a stack trace. */
final class SettingsFailureAnalyzer extends AbstractFailureAnalyzer<DiveException> {
  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, DiveException cause) {
    return new FailureAnalysis(
        "DIVE cannot start: " + cause.getMessage(),
        "Correct the settings named above (docs/settings.md of dive-servlet-filter), or set"
            + " dive.enabled=false to start without signatures.",
        cause);
  }
}
