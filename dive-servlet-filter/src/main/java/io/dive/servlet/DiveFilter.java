// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.DiveException;
import io.dive.settings.ApplicationSettings;
import io.dive.settings.DiveSettings;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Serial;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLoggerFactory;

/**
 * Attaches DIVE signatures to responses, as the rules of {@link DiveSettings} say. Map it to {@code
 * /*}, before every filter that answers requests or changes bodies, with asynchronous support and
 * the dispatcher types REQUEST, FORWARD and ASYNC. Once started, safe for use by many threads.
 *
 * @see "draft-callec-dive-01; decisions 13 to 20"
 */
public final class DiveFilter extends HttpFilter {
  @Serial private static final long serialVersionUID = 1;

  private static final Logger LOG = LoggerFactory.getLogger(DiveFilter.class);

  /**
   * Init parameter, {@code true} where the registration promises that every dispatch within the web
   * application comes by the filter: mapped to {@code /*} with all dispatcher types, and no filter
   * before it answers. Then a body that was begun before an asynchronous dispatch is held and
   * signed too, as Spring MVC makes them; else it goes out unsigned.
   */
  public static final String ALL_DISPATCHES = "io.dive.all-dispatches";

  /**
   * Attribute of a request that one of these filters has acted on, for those that it comes by
   * later: what later dispatches go on with, or this name where there is nothing to go on with. A
   * settled file's has none where the request comes by once ({@link FileAnswer#join}).
   */
  static final String ACTED = DiveFilter.class.getName() + ".acted";

  private final transient @Nullable SettingsSource givenSettings;
  private final transient @Nullable ResponseMetrics givenMetrics;
  private final transient Clock clock;
  private final transient LongSupplier nanoTime;

  private final transient LiveSite live = new LiveSite();
  private final transient AtomicBoolean warnedOfAsync = new AtomicBoolean();

  private transient volatile @Nullable String allDispatches;

  /** Exist between init and destroy. */
  private transient volatile @Nullable Reloader reloader;

  private transient volatile @Nullable ResponseMetrics metrics;
  private transient volatile @Nullable FilterControl control;

  /**
   * A filter configured by {@code dive.properties}, found by the init parameter {@code
   * dive.config}, the system property of that name or the environment variable {@code DIVE_CONFIG}.
   * Its meters go to Micrometer's global registry where Micrometer is on the class path.
   */
  public DiveFilter() {
    this((ResponseMetrics) null, null);
  }

  /** A filter configured in code; init parameters and system properties are not read. */
  public DiveFilter(DiveSettings settings) {
    this(requireNonNull(settings, "settings"), null);
  }

  /**
   * A filter with the settings of an application; init parameters and system properties are not
   * read. A change of the file that the settings name is put to work.
   */
  public DiveFilter(ApplicationSettings settings) {
    this(null, SettingsSource.of(requireNonNull(settings, "settings")));
  }

  DiveFilter(@Nullable DiveSettings settings, @Nullable ResponseMetrics metrics) {
    this(settings, metrics, Clock.systemUTC());
  }

  DiveFilter(@Nullable DiveSettings settings, @Nullable ResponseMetrics metrics, Clock clock) {
    this(metrics, settings == null ? null : SettingsSource.of(settings), clock, System::nanoTime);
  }

  /** For tests that let time pass. */
  DiveFilter(DiveSettings settings, ResponseMetrics metrics, LongSupplier nanoTime) {
    this(metrics, SettingsSource.of(settings), Clock.systemUTC(), nanoTime);
  }

  DiveFilter(@Nullable ResponseMetrics metrics, @Nullable SettingsSource settings) {
    this(metrics, settings, Clock.systemUTC(), System::nanoTime);
  }

  private DiveFilter(
      @Nullable ResponseMetrics metrics,
      @Nullable SettingsSource settings,
      Clock clock,
      LongSupplier nanoTime) {
    this.givenSettings = settings;
    this.givenMetrics = metrics;
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  /**
   * Starts; a web application whose settings or keys cannot be used does not start.
   *
   * @throws ServletException naming every problem with the settings
   */
  @Override
  public void init(FilterConfig config) throws ServletException {
    super.init(config);
    allDispatches = config.getInitParameter(ALL_DISPATCHES);
    if (DiveInitializer.isSuperseded(config)) {
      LOG.info(
          "The application registers its DIVE filter itself; {} rests", config.getFilterName());
      return;
    }
    if (LoggerFactory.getILoggerFactory() instanceof NOPLoggerFactory) {
      config
          .getServletContext()
          .log(
              "DIVE: no SLF4J provider is on the class path, so what DIVE logs is lost; add one,"
                  + " such as slf4j-jdk14");
    }
    ResponseMetrics counting = givenMetrics != null ? givenMetrics : ResponseMetrics.standard();
    boolean started = false;
    try {
      Reloader starting =
          new Reloader(
              live,
              givenSettings != null ? givenSettings : SettingsSource.of(config),
              new Site.Surroundings(config.getServletContext(), counting, clock, nanoTime));
      reloader = starting;
      metrics = counting;
      starting.start();
      config
          .getServletContext()
          .setAttribute(HealthSource.ATTRIBUTE, new HealthSource(live, starting));
      control = new FilterControl(config, starting, live);
      started = true;
    } catch (DiveException e) {
      throw new ServletException("DIVE cannot start: " + e.getMessage(), e);
    } finally {
      if (!started) {
        stop();
      }
    }
  }

  /** Stops what init started; requests under way are answered to their end. */
  @Override
  public void destroy() {
    if (reloader != null) {
      getServletContext().removeAttribute(HealthSource.ATTRIBUTE);
    }
    stop();
  }

  private void stop() {
    FilterControl registered = control;
    Reloader running = reloader;
    ResponseMetrics counting = metrics;
    control = null;
    reloader = null;
    metrics = null;
    if (registered != null) {
      registered.close();
    }
    if (running != null) {
      running.close();
    }
    if (counting != null) {
      counting.close();
    }
  }

  /**
   * Reads the settings and the keys anew and puts them to work, changed or not; a filter with
   * settings given in code reads its keys anew. Requests under way finish with the old ones.
   *
   * @throws DiveException naming every problem; what was at work stays at work
   * @throws IllegalStateException if the filter has not been started, or was stopped
   */
  public void reload() throws DiveException {
    running().reload();
  }

  /**
   * Puts other settings to work, in the place of those the filter was made with or read from a
   * file.
   *
   * @throws DiveException if they cannot be used; what was at work stays at work
   * @throws IllegalStateException if the filter has not been started, or was stopped
   */
  public void reload(DiveSettings settings) throws DiveException {
    running().reload(SettingsSource.of(requireNonNull(settings, "settings")));
  }

  /**
   * What is known about the health of downloads, as {@link HealthServlet} shows it; of a filter
   * that is not running, that it is down.
   */
  public List<HealthCheck> health() {
    Reloader running = reloader;
    return running == null
        ? List.of(HealthCheck.ofAbsentFilter())
        : new HealthSource(live, running).health();
  }

  private Reloader running() {
    Reloader running = reloader;
    if (running == null) {
      throw new IllegalStateException("the filter is not running");
    }
    return running;
  }

  /** For tests, which look at the files when they have changed them. */
  void lookAtSettings() {
    running().look();
  }

  /** For tests: why the latest settings are not at work, as JMX tells it; empty when they are. */
  String lastRefusal() {
    return running().refusal().map(Refusals.Refusal::message).orElse("");
  }

  /** For tests: runs the DNS check of the settings at work. */
  void checkDns() {
    Site site = live.site();
    if (site != null) {
      site.checks().runDns();
    }
  }

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    DispatcherType dispatch = request.getDispatcherType();
    Object acted = request.getAttribute(ACTED);
    if (acted instanceof GuardedResponse guard && dispatch == DispatcherType.FORWARD) {
      // The answer will be another resource than the one looked up.
      guard.forwarded();
    }
    if (StreamMode.isAtWork(acted)
        && (dispatch == DispatcherType.ASYNC || dispatch == DispatcherType.FORWARD)) {
      StreamMode.resume(PlainRequest.of(request), response, chain);
      return;
    }
    boolean first =
        dispatch == DispatcherType.REQUEST
            || (dispatch == DispatcherType.FORWARD && !isForError(request));
    Site site = acted == null && first ? live.site() : null;
    RuledAnswer answer = site == null ? null : new RuledAnswer(site, request, allDispatches);
    if (answer != null && answer.joinSettled(dispatch)) {
      chain.doFilter(request, response); // Needs nothing that ends with the site.
      return;
    }
    LiveSite.Use use = answer == null ? null : live.begin();
    if (answer == null || use == null) {
      goOn(acted, request, response, chain);
      return;
    }
    if (!request.isAsyncSupported() && warnedOfAsync.compareAndSet(false, true)) {
      warnOfAsync();
    }
    try {
      (use.site() == site ? answer : new RuledAnswer(use.site(), request, allDispatches))
          .send(response, chain);
    } finally {
      use.endWith(request);
    }
  }

  /** Notes that the filter has acted on a request, with nothing to go on with later. */
  static void noteActed(HttpServletRequest request) {
    request.setAttribute(ACTED, ACTED);
  }

  /** Whether the page of an error forwards, which stands for what was asked for first. */
  private static boolean isForError(HttpServletRequest request) {
    return request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE) != null;
  }

  /** A later dispatch of the request; when it throws, the container answers in place of a file. */
  private static void goOn(
      @Nullable Object acted,
      HttpServletRequest request,
      HttpServletResponse response,
      FilterChain chain)
      throws IOException, ServletException {
    boolean returned = false;
    try {
      chain.doFilter(request, response);
      returned = true;
    } finally {
      if (!returned && acted instanceof GuardedResponse guard) {
        guard.revoke();
      }
    }
  }

  /** The Servlet API does not tell it earlier: a registration cannot be asked. */
  private void warnOfAsync() {
    LOG.warn(
        "The filter {}, or another one on the way of a request, is registered without asynchronous"
            + " support, so that applications behind it cannot answer asynchronously; set"
            + " async-supported to true (setAsyncSupported) in its registration",
        getFilterName());
  }
}
