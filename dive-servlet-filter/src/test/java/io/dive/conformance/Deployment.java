// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import io.dive.servlet.DiveFilter;
import jakarta.servlet.DispatcherType;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a container runs: the filter, mapped to all paths, one servlet below {@link
 * Applications#PREFIX}, and the container's own file servlet for everything else. Below {@link
 * #TWICE_PATTERN} the filter is mapped a second time, and another one is registered beside it. Of
 * {@link #ERROR} and {@link PlannedException}, {@link #ERROR_PAGE} makes the error page.
 *
 * @param files what the file servlet serves
 * @param work for what the container itself writes
 * @param settings the filter's, for a container that makes the filter itself
 * @param extras none in the container that all cases share
 */
record Deployment(
    Path files,
    Path work,
    Path settings,
    DiveFilter filter,
    DiveFilter second,
    Applications applications,
    Mapping mapping,
    Set<Extra> extras) {
  static final String SERVLET_PATTERN = Applications.PREFIX + "/*";
  static final String TWICE_PATTERN = Applications.PREFIX + "/twice/*";
  static final String ERROR_PAGE = Applications.PREFIX + "/error";
  static final int ERROR = 410;

  /** What an application throws that has an error page of its own. */
  static final class PlannedException extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** Copies the extras. */
  Deployment {
    extras = Set.copyOf(extras);
  }

  boolean has(Extra extra) {
    return extras.contains(extra);
  }

  /** How the filter is registered. */
  record Mapping(Set<DispatcherType> dispatches, boolean asyncSupported) {
    /** All dispatches, if nothing else is said: the filter has to know which are not its own. */
    static Mapping of(@Nullable MappedFor given) {
      return given == null
          ? new Mapping(EnumSet.allOf(DispatcherType.class), true)
          : new Mapping(EnumSet.copyOf(List.of(given.value())), given.asyncSupported());
    }
  }
}
