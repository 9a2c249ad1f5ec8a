// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.servlet.FileSignatures.Known;
import io.dive.settings.Mode;
import io.dive.sign.ResponseSigner;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The answer to one request as the rules of a site say: host, rule, and the first mode that knows.
 */
final class RuledAnswer {
  private static final String SIDECAR_SUFFIX = ".dive";

  private final Site site;
  private final HttpServletRequest request;
  private final @Nullable String allDispatches;
  private final String rawUri;
  private final Optional<ActiveHost> host;

  /** Within the web application; set by {@link #send}, since a settled file needs none. */
  private String path = "";

  /** As it was found by {@link #joinSettled}, if at all. */
  private SettledFiles.@Nullable Settled settled;

  /**
   * An answer to be sent once.
   *
   * @param allDispatches the init parameter {@link DiveFilter#ALL_DISPATCHES}; null without one
   */
  RuledAnswer(Site site, HttpServletRequest request, @Nullable String allDispatches) {
    this.site = site;
    this.request = request;
    this.allDispatches = allDispatches;
    this.rawUri = request.getRequestURI();
    this.host = site.host(request.getServerName());
  }

  /**
   * Lets the fields of a file that is as it was when it was sent the last time join the response
   * that the chain will make; nothing else is to be done then.
   *
   * @param dispatch the request's; only the first that a client causes tells what it will get
   * @return false if the answer is to be sent by {@link #send}
   */
  boolean joinSettled(DispatcherType dispatch) {
    if (dispatch == DispatcherType.REQUEST && host.isPresent() && asksForFile(request)) {
      settled = host.get().settled().find(rawUri);
    }
    return settled != null && settled.join(request);
  }

  void send(HttpServletResponse response, FilterChain chain) throws IOException, ServletException {
    if (settled != null && settled.sendDirectly(request, response, chain)) {
      return;
    }
    path = pathWithinContext(request);
    Optional<ActiveRule> rule = host.isPresent() ? host.get().rule(path) : Optional.empty();
    boolean hidden =
        isSidecar(path)
            && (host.isEmpty()
                ? site.hidesSidecars(path)
                : rule.isPresent() && rule.get().hidesSidecars());
    if (hidden) {
      DiveFilter.noteActed(request);
      response.sendError(HttpServletResponse.SC_NOT_FOUND);
    } else if (rule.isEmpty()) {
      site.metrics().uncovered();
      pass(response, chain);
    } else if (rule.get().isOff()) {
      site.metrics().answered(Mode.OFF, ResponseOutcome.UNSIGNED);
      pass(response, chain);
    } else {
      Optional<FileMapping.Located> file = locate(rule.get());
      if (file.isEmpty() || !sendAsFile(file.get(), rule.get(), host.get(), response, chain)) {
        sendAsStream(file.isPresent(), rule.get(), host.get().keys(), response, chain);
      }
    }
  }

  private static String pathWithinContext(HttpServletRequest request) {
    String servletPath = request.getServletPath();
    String pathInfo = request.getPathInfo();
    String path = pathInfo == null ? servletPath : servletPath + pathInfo;
    return path.isEmpty() ? "/" : path;
  }

  /** Whether a path has the name of a sidecar. */
  static boolean isSidecar(String path) {
    int length = SIDECAR_SUFFIX.length();
    return path.regionMatches(true, path.length() - length, SIDECAR_SUFFIX, 0, length);
  }

  private Optional<FileMapping.Located> locate(ActiveRule rule) {
    if (rule.files().isEmpty() || !asksForFile(request)) {
      return Optional.empty();
    }
    FileMapping files = rule.files().get();
    return rule.stream() ? files.locateUnlessAbsent(rawUri, path) : files.locate(rawUri, path);
  }

  /** By the first mode that knows the file; false if none does. */
  private boolean sendAsFile(
      FileMapping.Located file,
      ActiveRule rule,
      ActiveHost host,
      HttpServletResponse response,
      FilterChain chain)
      throws IOException, ServletException {
    RecentChanges.Seen seen = site.recentChanges().look(file.file(), file.attributes());
    for (ActiveRule.Source source : rule.sources()) {
      Known known = find(source, file, host.keys(), seen);
      if (!(known instanceof FileSignatures.Absent)) {
        FileAnswer answer = new FileAnswer(site, source.mode(), path, seen);
        if (known instanceof FileSignatures.Signed signed
            && file.isComparable()
            && site.directAnswers().isRepeatable(request, path, seen)
            && ApplicationFields.areNone(response)) {
          host.settled()
              .keep(
                  rawUri,
                  rule.files().get(),
                  file,
                  answer,
                  signed,
                  JoiningFields.of(request, signed, site.settings().noTransform()));
        }
        answer.send(known, request, response, chain);
        return true;
      }
    }
    return false;
  }

  /** What a mode knows of a file, unless nobody can tell which of its contents will be sent. */
  private static Known find(
      ActiveRule.Source source, FileMapping.Located file, HostKeys keys, RecentChanges.Seen seen) {
    boolean recent = seen.isRecent();
    if (recent && source.mode() == Mode.STATIC) {
      return new FileSignatures.Changing(); // not worth a hash either
    }
    if (seen.admitsNone() && source.mode() == Mode.STATIC) {
      return new FileSignatures.Replaced();
    }
    Known known = source.signatures().find(file.file(), file.attributes(), keys);
    if (known instanceof FileSignatures.Signed signed) {
      if (recent) {
        return new FileSignatures.Changing();
      }
      if (!seen.admits(signed.digest(), source.mode() == Mode.STATIC)) {
        return new FileSignatures.Replaced();
      }
    }
    return known;
  }

  /**
   * Other methods may be answered with anything (decision 13), so a file's digest is not theirs.
   */
  private static boolean asksForFile(HttpServletRequest request) {
    String method = request.getMethod();
    return method.equals("GET") || method.equals("HEAD");
  }

  private void sendAsStream(
      boolean isFile,
      ActiveRule rule,
      HostKeys keys,
      HttpServletResponse response,
      FilterChain chain)
      throws IOException, ServletException {
    Optional<ResponseSigner> signer = rule.stream() ? keys.signer() : Optional.empty();
    if (signer.isPresent()) {
      if (allDispatches != null) {
        request.setAttribute(DiveFilter.ALL_DISPATCHES, allDispatches);
      }
      site.streamMode().handle(signer.get(), PlainRequest.of(request), response, chain);
    } else {
      Mode mode = rule.stream() ? Mode.STREAM : rule.sources().get(0).mode();
      if (isFile && !isSidecar(path)) {
        rule.tellOfUnsigned(path, mode);
      }
      site.metrics().answered(mode, ResponseOutcome.UNSIGNED);
      pass(response, chain);
    }
  }

  private void pass(HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    DiveFilter.noteActed(request);
    chain.doFilter(request, response);
  }
}
