// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.http.HttpServletMapping;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.MappingMatch;
import java.net.MalformedURLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Tells which responses need no {@link GuardedResponse}, so that the container can send the file
 * without copying it through the heap: those of a file servlet that we know, for a plain request,
 * with no other filter about that could answer instead. Safe for use by many threads.
 */
final class DirectAnswers {
  private static final String OF_TOMCAT = "org.apache.catalina.servlets.DefaultServlet";

  private static final Set<String> FILE_SERVLETS =
      Set.of(
          OF_TOMCAT,
          "org.eclipse.jetty.ee10.servlet.DefaultServlet",
          "org.eclipse.jetty.ee10.servlet.ResourceServlet",
          "org.eclipse.jetty.ee11.servlet.DefaultServlet",
          "org.eclipse.jetty.ee11.servlet.ResourceServlet");

  /** They act on upgrade requests only. */
  private static final Set<String> HARMLESS_FILTERS =
      Set.of(
          DiveFilter.class.getName(),
          "org.apache.tomcat.websocket.server.WsFilter",
          "org.eclipse.jetty.ee10.websocket.servlet.WebSocketUpgradeFilter",
          "org.eclipse.jetty.ee11.websocket.servlet.WebSocketUpgradeFilter");

  /**
   * With these set, a file servlet codes bodies, skips its own Cache-Control behind ours, or trusts
   * its cache of contents for another time than a second.
   */
  private static final List<String> DISQUALIFYING_PARAMETERS =
      List.of(
          "cacheControl",
          "precompressed",
          "gzip",
          "otherGzipFileExtensions",
          "cacheValidationTime");

  /** On which another status, or another part, depends. */
  static final List<String> CONDITIONAL_FIELDS =
      List.of(
          "Range",
          "If-Range",
          "If-None-Match",
          "If-Modified-Since",
          "If-Match",
          "If-Unmodified-Since");

  /**
   * Tomcat keeps the contents of smaller files for a time that it does not tell, and copies them
   * anyway. Jetty writes a wrapped response in another way, which doubles what a small file costs.
   */
  private static final long SMALLEST_FILE_OF_TOMCAT = 512 * 1024;

  private final ServletContext context;

  private volatile @Nullable Found found;

  /**
   * What is known of the web application.
   *
   * @param fileServlets by name, whether it is Tomcat's
   * @param filteredPaths where other filters may answer; they are nowhere else
   * @param passedOnce whether a request comes by us once only
   */
  private record Found(
      Map<String, Boolean> fileServlets, Set<String> filteredPaths, boolean passedOnce) {
    static final Found NOTHING = new Found(Map.of(), Set.of(), false);
  }

  DirectAnswers(ServletContext context) {
    this.context = context;
  }

  /**
   * Whether it is certain that the file is sent with 200, or the fields can be taken back.
   *
   * @param path the request's within the web application
   */
  boolean isCertain(HttpServletRequest request, String path, RecentChanges.Seen file) {
    Boolean ofTomcat = file.hasSettled(path) ? isOfTomcat(request, path) : null;
    return ofTomcat != null
        && isPlain(request)
        && (!ofTomcat
            || (file.size() >= SMALLEST_FILE_OF_TOMCAT
                && request.getHttpServletMapping().getMappingMatch() == MappingMatch.DEFAULT
                && isFoundByTomcat(path)));
  }

  /**
   * Whether it is certain, and is so for all plain requests for the path as long as the file stays
   * as it is.
   */
  boolean isRepeatable(HttpServletRequest request, String path, RecentChanges.Seen file) {
    return file.hasSettled(path)
        && Boolean.FALSE.equals(isOfTomcat(request, path))
        && isPlain(request);
  }

  /** Whether a request that a file servlet answers comes by no filter of ours again. */
  boolean arePassedOnce() {
    return found().passedOnce();
  }

  /** Whether the file servlet that will answer is Tomcat's; null where another resource may. */
  private @Nullable Boolean isOfTomcat(HttpServletRequest request, String path) {
    return found().filteredPaths().contains(path)
        ? null
        : found().fileServlets().get(request.getHttpServletMapping().getServletName());
  }

  /** Whether a request has none of the fields on which another status depends. */
  static boolean isPlain(HttpServletRequest request) {
    for (String field : CONDITIONAL_FIELDS) {
      if (request.getHeader(field) != null) {
        return false;
      }
    }
    return true;
  }

  /**
   * What Tomcat has refused cannot be changed any more, and what it has not found it refuses for
   * some seconds, also when the file is there again as it was. So its cache is asked.
   */
  private boolean isFoundByTomcat(String path) {
    try {
      return context.getResource(path) != null;
    } catch (MalformedURLException e) {
      return false;
    }
  }

  /**
   * Whether a container's own file servlet will answer. Those of Jetty and Undertow read {@code
   * Accept-Encoding} past any wrapper, and may send {@code x.gz} in place of x.
   */
  boolean isFileServlet(HttpServletRequest request) {
    HttpServletMapping mapping = request.getHttpServletMapping();
    if (mapping.getMappingMatch() == MappingMatch.DEFAULT) {
      return true;
    }
    ServletRegistration servlet = context.getServletRegistration(mapping.getServletName());
    String name = servlet == null ? null : servlet.getClassName();
    return name != null
        && (name.startsWith("org.eclipse.jetty.") || name.startsWith("io.undertow."));
  }

  /** Asked for at the first request: filters may be added after ours is started. */
  private Found found() {
    Found known = found;
    if (known == null) {
      known = find();
      found = known;
    }
    return known;
  }

  private Found find() {
    List<? extends FilterRegistration> others =
        context.getFilterRegistrations().values().stream()
            .filter(filter -> !HARMLESS_FILTERS.contains(filter.getClassName()))
            .toList();
    boolean disqualified =
        java.util.Collections.list(context.getInitParameterNames()).stream()
            .anyMatch(name -> DISQUALIFYING_PARAMETERS.stream().anyMatch(p -> isFor(name, p)));
    if (disqualified || !others.stream().allMatch(DirectAnswers::isForSinglePaths)) {
      return Found.NOTHING;
    }
    return new Found(
        context.getServletRegistrations().values().stream()
            .filter(DirectAnswers::isPlainFileServlet)
            .collect(
                Collectors.toUnmodifiableMap(
                    ServletRegistration::getName,
                    servlet -> OF_TOMCAT.equals(servlet.getClassName()))),
        others.stream()
            .flatMap(filter -> filter.getUrlPatternMappings().stream())
            .collect(Collectors.toUnmodifiableSet()),
        isMappedOnce());
  }

  private boolean isMappedOnce() {
    List<? extends FilterRegistration> ours =
        context.getFilterRegistrations().values().stream()
            .filter(filter -> DiveFilter.class.getName().equals(filter.getClassName()))
            .toList();
    return ours.size() == 1
        && ours.get(0).getServletNameMappings().isEmpty()
        && ours.get(0).getUrlPatternMappings().size() == 1;
  }

  private static boolean isForSinglePaths(FilterRegistration filter) {
    return filter.getServletNameMappings().isEmpty()
        && filter.getUrlPatternMappings().stream()
            .allMatch(pattern -> pattern.length() > 1 && !pattern.contains("*"));
  }

  private static boolean isFor(String contextParameter, String parameter) {
    return contextParameter.endsWith(".Default." + parameter);
  }

  private static boolean isPlainFileServlet(ServletRegistration servlet) {
    return FILE_SERVLETS.contains(servlet.getClassName())
        && DISQUALIFYING_PARAMETERS.stream().allMatch(p -> servlet.getInitParameter(p) == null);
  }
}
