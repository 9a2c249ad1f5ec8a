// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import io.dive.servlet.DiveFilter;
import jakarta.servlet.DispatcherType;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/**
 * What a container runs: the filter, mapped to all paths and dispatches, one servlet below {@link
 * Applications#PREFIX}, and the container's own file servlet for everything else.
 *
 * @param files what the file servlet serves
 * @param work for what the container itself writes
 * @param settings the filter's, for a container that makes the filter itself
 */
record Deployment(
    Path files, Path work, Path settings, DiveFilter filter, Applications applications) {
  static final String SERVLET_PATTERN = Applications.PREFIX + "/*";

  /** All of them: the filter has to know by itself which ones are not its own. */
  static Set<DispatcherType> dispatches() {
    return EnumSet.allOf(DispatcherType.class);
  }
}
