// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.settings.DiveSettings;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import java.net.MalformedURLException;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLoggerFactory;

/**
 * Registers a {@link DiveFilter} in a web application that has this library in {@code WEB-INF/lib}
 * and a configuration: the context's init parameter {@code dive.config}, else the system property
 * of that name, else the environment variable {@code DIVE_CONFIG}, else {@value #FILE}. Only says
 * so without one, and where the application registers a filter by itself, before or after. Found by
 * containers; Jakarta Servlet 6.0 §8.2.4.
 */
public final class DiveInitializer implements ServletContainerInitializer {
  static final String FILE = "/WEB-INF/dive.properties";

  private static final String OURS = DiveInitializer.class.getName();
  private static final String CONFIG = "dive.config";
  private static final Logger LOG = LoggerFactory.getLogger(DiveInitializer.class);

  /** Made by the container. */
  public DiveInitializer() {}

  /** A settings file, and what named it. */
  record Found(String file, String by) {}

  @Override
  public void onStartup(@Nullable Set<Class<?>> ignored, ServletContext context)
      throws ServletException {
    Optional<Found> found = find(context, System.getProperties(), System.getenv());
    if (isRegistered(context)) {
      if (found.isPresent()) {
        say(
            context,
            "The application registers its DIVE filter itself; %s (%s) is not used for another"
                .formatted(found.get().file(), found.get().by()));
      }
    } else if (found.isEmpty()) {
      say(
          context,
          ("Nothing is signed unless the application registers a DIVE filter itself: there is no %s,"
                  + " and no context parameter %s, system property of that name or DIVE_CONFIG names"
                  + " settings elsewhere")
              .formatted(FILE, CONFIG));
    } else {
      register(context, found.get().file());
      say(
          context,
          "Registered the DIVE filter for all paths, with the settings in %s (%s)"
              .formatted(found.get().file(), found.get().by()));
    }
  }

  /** The file to use, as the filter itself would look for it; then the application's own. */
  static Optional<Found> find(
      ServletContext context, Properties systemProperties, Map<String, String> environment)
      throws ServletException {
    String parameter = context.getInitParameter(CONFIG);
    if (parameter != null) {
      return Optional.of(new Found(parameter, "context parameter " + CONFIG));
    }
    Optional<String> ofProcess =
        DiveSettings.file(new HashMap<>(), systemProperties, environment).map(Object::toString);
    if (ofProcess.isPresent()) {
      boolean property = systemProperties.getProperty(CONFIG) != null;
      return Optional.of(
          new Found(
              ofProcess.get(),
              property ? "system property " + CONFIG : "environment variable DIVE_CONFIG"));
    }
    return isThere(context)
        ? Optional.of(new Found(path(context), "the web application's " + FILE))
        : Optional.empty();
  }

  private static boolean isThere(ServletContext context) {
    try {
      return context.getResource(FILE) != null;
    } catch (MalformedURLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String path(ServletContext context) throws ServletException {
    String path = context.getRealPath(FILE);
    if (path == null) {
      throw new ServletException(
          ("DIVE cannot start: %s is not a file, since the web application is not unpacked; have"
                  + " the container unpack it, or name a file elsewhere in the context parameter %s")
              .formatted(FILE, CONFIG));
    }
    return path;
  }

  private static boolean isRegistered(ServletContext context) {
    return context.getFilterRegistrations().values().stream()
        .anyMatch(filter -> DiveFilter.class.getName().equals(filter.getClassName()));
  }

  /**
   * Whether a filter is the one registered here while the application has one of its own too, which
   * Spring Boot may register after us.
   */
  static boolean isSuperseded(FilterConfig filter) {
    return "true".equals(filter.getInitParameter(OURS))
        && filter.getServletContext().getFilterRegistrations().values().stream()
                .filter(other -> DiveFilter.class.getName().equals(other.getClassName()))
                .count()
            > 1;
  }

  private static void register(ServletContext context, String file) {
    FilterRegistration.Dynamic filter =
        context.addFilter(DiveFilter.class.getName(), DiveFilter.class);
    filter.setInitParameter(CONFIG, file);
    filter.setInitParameter(OURS, "true");
    filter.setInitParameter(DiveFilter.ALL_DISPATCHES, "true");
    filter.setAsyncSupported(true);
    // All of them: the filter knows by itself which ones are its own.
    filter.addMappingForUrlPatterns(EnumSet.allOf(DispatcherType.class), false, "/*");
  }

  private static void say(ServletContext context, String sentence) {
    if (LoggerFactory.getILoggerFactory() instanceof NOPLoggerFactory) {
      context.log("DIVE: " + sentence);
    } else {
      LOG.info("{}", sentence);
    }
  }
}
