// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.DiveException;
import io.dive.servlet.FileSignatures.Known;
import io.dive.settings.DiveSettings;
import io.dive.settings.Mode;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Serial;
import java.time.Clock;
import java.util.Collections;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLoggerFactory;

/**
 * Attaches DIVE signatures to responses, as the rules of {@link DiveSettings} say. Map it to {@code
 * /*}, before every filter that answers requests or changes bodies, with asynchronous support and
 * the dispatcher types REQUEST and FORWARD. Once started, safe for use by many threads.
 *
 * @see "draft-callec-dive-01; decisions 13 to 20"
 */
public final class DiveFilter extends HttpFilter {
  @Serial private static final long serialVersionUID = 1;

  private static final Logger LOG = LoggerFactory.getLogger(DiveFilter.class);
  static final String ACTED = DiveFilter.class.getName() + ".acted";
  private static final String SIDECAR_SUFFIX = ".dive";

  private final transient @Nullable DiveSettings givenSettings;
  private final transient @Nullable ResponseMetrics givenMetrics;

  /** Exists between init and destroy. */
  private transient volatile @Nullable Site site;

  /**
   * A filter configured by {@code dive.properties}, found by the init parameter {@code
   * dive.config}, the system property of that name or the environment variable {@code DIVE_CONFIG}.
   * Its meters go to Micrometer's global registry where Micrometer is on the class path.
   */
  public DiveFilter() {
    this(null, null);
  }

  /** A filter configured in code; init parameters and system properties are not read. */
  public DiveFilter(DiveSettings settings) {
    this(requireNonNull(settings, "settings"), null);
  }

  DiveFilter(@Nullable DiveSettings settings, @Nullable ResponseMetrics metrics) {
    this.givenSettings = settings;
    this.givenMetrics = metrics;
  }

  /**
   * Starts; a web application whose settings or keys cannot be used does not start.
   *
   * @throws ServletException naming every problem with the settings
   */
  @Override
  public void init(FilterConfig config) throws ServletException {
    super.init(config);
    if (LoggerFactory.getILoggerFactory() instanceof NOPLoggerFactory) {
      config
          .getServletContext()
          .log(
              "DIVE: no SLF4J provider is on the class path, so what DIVE logs is lost; add one,"
                  + " such as slf4j-jdk14");
    }
    ResponseMetrics metrics = givenMetrics != null ? givenMetrics : ResponseMetrics.standard();
    boolean started = false;
    try {
      DiveSettings settings = givenSettings != null ? givenSettings : readSettings(config);
      Site opened = Site.open(settings, config.getServletContext(), metrics, Clock.systemUTC());
      config.getServletContext().setAttribute(Site.ATTRIBUTE, opened);
      site = opened;
      started = true;
      LOG.info("signing responses of {} under {} rules", settings.hosts(), settings.rules().size());
    } catch (DiveException e) {
      throw new ServletException("DIVE cannot start: " + e.getMessage(), e);
    } finally {
      if (!started) {
        metrics.close();
      }
    }
  }

  private static DiveSettings readSettings(FilterConfig config) throws DiveException {
    Map<String, String> parameters = new HashMap<>();
    for (String name : Collections.list(config.getInitParameterNames())) {
      parameters.put(name, config.getInitParameter(name));
    }
    return DiveSettings.read(parameters, System.getProperties(), System.getenv());
  }

  /** Stops what init started. */
  @Override
  public void destroy() {
    Site stopped = site;
    site = null;
    if (stopped != null) {
      getServletContext().removeAttribute(Site.ATTRIBUTE);
      stopped.close();
    }
  }

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    Site now = site;
    DispatcherType dispatch = request.getDispatcherType();
    Object acted = request.getAttribute(ACTED);
    if (acted instanceof GuardedResponse guard && dispatch == DispatcherType.FORWARD) {
      // The answer will be another resource than the one looked up.
      guard.revoke();
    }
    if (now != null && acted == Mode.STREAM && dispatch == DispatcherType.ASYNC) {
      stream(now, request, response, chain);
      return;
    }
    boolean first = dispatch == DispatcherType.REQUEST || dispatch == DispatcherType.FORWARD;
    if (now == null || acted != null || !first) {
      chain.doFilter(request, response);
      return;
    }
    request.setAttribute(ACTED, ACTED);
    answer(now, request, response, chain);
  }

  private void answer(
      Site now, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    String path = pathWithinContext(request);
    Optional<Site.ActiveRule> rule = now.rule(path);
    if (rule.isPresent() && rule.get().hidesSidecars() && isSidecar(path)) {
      response.sendError(HttpServletResponse.SC_NOT_FOUND);
    } else if (rule.isEmpty() || !now.covers(request.getServerName())) {
      now.metrics().uncovered();
      chain.doFilter(request, response);
    } else if (rule.get().isOff()) {
      now.metrics().answered(Mode.OFF, ResponseOutcome.UNSIGNED);
      chain.doFilter(request, response);
    } else {
      answerByRule(now, rule.get(), path, request, response, chain);
    }
  }

  private static String pathWithinContext(HttpServletRequest request) {
    String servletPath = request.getServletPath();
    String pathInfo = request.getPathInfo();
    String path = pathInfo == null ? servletPath : servletPath + pathInfo;
    return path.isEmpty() ? "/" : path;
  }

  private static boolean isSidecar(String path) {
    return path.toLowerCase(Locale.ROOT).endsWith(SIDECAR_SUFFIX);
  }

  /** A chain of modes: the first that knows the response. */
  private void answerByRule(
      Site now,
      Site.ActiveRule rule,
      String path,
      HttpServletRequest request,
      HttpServletResponse response,
      FilterChain chain)
      throws IOException, ServletException {
    Optional<FileMapping.Located> file =
        rule.files().isPresent() && asksForFile(request)
            ? rule.files().get().locate(request.getRequestURI(), path)
            : Optional.empty();
    if (file.isPresent()) {
      boolean changed = now.recentChanges().include(file.get().file(), file.get().attributes());
      for (Site.Source source : rule.sources()) {
        Known known = find(source, file.get(), changed);
        if (!(known instanceof FileSignatures.Absent)) {
          new FileAnswer(now, source.mode(), path).send(known, request, response, chain);
          return;
        }
      }
    }
    if (rule.stream()) {
      request.setAttribute(ACTED, Mode.STREAM);
      stream(now, request, response, chain);
    } else {
      now.metrics().answered(rule.sources().get(0).mode(), ResponseOutcome.UNSIGNED);
      chain.doFilter(request, response);
    }
  }

  /** What a mode knows of a file, unless nobody can tell which of its contents will be sent. */
  private static Known find(Site.Source source, FileMapping.Located file, boolean changed) {
    if (changed && source.mode() == Mode.STATIC) {
      return new FileSignatures.Changing(); // not worth a hash either
    }
    Known known = source.signatures().find(file.file(), file.attributes());
    return changed && known instanceof FileSignatures.Signed
        ? new FileSignatures.Changing()
        : known;
  }

  /**
   * Other methods may be answered with anything (decision 13), so a file's digest is not theirs.
   */
  private static boolean asksForFile(HttpServletRequest request) {
    return request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
  }

  /** Comes here again for the asynchronous dispatches of the same request. */
  private static void stream(
      Site now, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    // The settings demand a key for this mode, so it is there.
    now.streamMode().orElseThrow().handle(PlainRequest.of(request), response, chain);
  }
}
