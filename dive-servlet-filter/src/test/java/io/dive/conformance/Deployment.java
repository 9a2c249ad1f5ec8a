// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import io.dive.servlet.DiveFilter;
import jakarta.servlet.DispatcherType;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/**
 * What a container runs: the filter, mapped to all paths and dispatches, one servlet below {@link
 * Applications#PREFIX}, and the container's own file servlet for everything else. Below {@link
 * #TWICE_PATTERN} the filter is mapped a second time, and another one is registered beside it. Of
 * {@link #ERROR} and {@link PlannedException}, {@link #ERROR_PAGE} makes the error page.
 *
 * @param files what the file servlet serves
 * @param work for what the container itself writes
 */
record Deployment(
    Path files, Path work, DiveFilter filter, DiveFilter second, Applications applications) {
  static final String SERVLET_PATTERN = Applications.PREFIX + "/*";
  static final String TWICE_PATTERN = Applications.PREFIX + "/twice/*";
  static final String ERROR_PAGE = Applications.PREFIX + "/error";
  static final int ERROR = 410;

  /** What an application throws that has an error page of its own. */
  static final class PlannedException extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** All of them: the filter has to know by itself which ones are not its own. */
  static Set<DispatcherType> dispatches() {
    return EnumSet.allOf(DispatcherType.class);
  }
}
