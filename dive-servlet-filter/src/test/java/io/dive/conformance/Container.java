// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import io.dive.servlet.DiveFilter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Optional;

/** A running container, with HTTP/1.1 and HTTP/2 (prior knowledge) on one port of loopback. */
interface Container {
  /** What a framework has made itself from the settings file, instead of taking the kit's. */
  record Own(DiveFilter filter, MeterRegistry meters) {}

  int port();

  /** Empty where the filter is the one of the {@link Deployment}. */
  default Optional<Own> own() {
    return Optional.empty();
  }

  void stop() throws Exception;
}
