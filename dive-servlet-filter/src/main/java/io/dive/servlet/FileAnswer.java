// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.Excerpt;
import io.dive.servlet.FileSignatures.Known;
import io.dive.servlet.FileSignatures.Signed;
import io.dive.settings.DiveSettings;
import io.dive.settings.Mode;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The answer to one request for a file of which a mode knows something. */
final class FileAnswer {
  private static final Logger LOG = LoggerFactory.getLogger(FileAnswer.class);

  private final Site site;
  private final Mode mode;
  private final String path;
  private final RecentChanges.Seen seen;
  private final Consumer<ResponseOutcome> counting;

  FileAnswer(Site site, Mode mode, String path, RecentChanges.Seen seen) {
    this.site = site;
    this.mode = mode;
    this.path = path;
    this.seen = seen;
    this.counting = outcome -> site.metrics().answered(mode, outcome);
  }

  void send(
      Known known, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (known instanceof Signed signed) {
      sendSigned(signed, false, request, response, chain);
    } else if (known instanceof FileSignatures.Stale stale) {
      warn("{} does not match its sidecar: {}", "sign it again");
      switch (site.settings().sidecars().stale()) {
        case SERVE -> sendSigned(stale.stored(), true, request, response, chain);
        case FAIL -> refuse(request, response, ResponseOutcome.STALE);
        case UNSIGNED -> pass(ResponseOutcome.STALE, request, response, chain);
      }
    } else if (known instanceof FileSignatures.Unusable unusable) {
      warn("the sidecar of {} cannot be used: {}", unusable.sentence());
      pass(ResponseOutcome.UNUSABLE_SIDECAR, request, response, chain);
    } else if (known instanceof FileSignatures.Failed failed) {
      warn("{} was not signed: {}", String.valueOf(failed.cause()));
      if (site.settings().onSigningFailure() == DiveSettings.OnSigningFailure.FAIL) {
        refuse(request, response, ResponseOutcome.FAILED);
      } else {
        pass(ResponseOutcome.FAILED, request, response, chain);
      }
    } else {
      if (known instanceof FileSignatures.Replaced && !seen.isTold()) {
        tellOfReplacement();
      }
      pass(ResponseOutcome.CHANGED, request, response, chain);
    }
  }

  private void warn(String message, String reason) {
    if (site.warnings().permits()) {
      LOG.warn(message, Excerpt.of(path), Excerpt.of(reason));
    }
  }

  /** Once, since it stays so. */
  private void tellOfReplacement() {
    if (site.warnings().permits()) {
      seen.tell();
      LOG.warn(
          "{} is not signed: other bytes may have come under the size and modification time that it"
              + " had before, so that the container takes it for unchanged and may send the old bytes"
              + " from a cache; touch the file, or restart the server",
          Excerpt.of(path));
    }
  }

  private void pass(
      ResponseOutcome outcome,
      HttpServletRequest request,
      HttpServletResponse response,
      FilterChain chain)
      throws IOException, ServletException {
    site.metrics().answered(mode, outcome);
    DiveFilter.noteActed(request);
    chain.doFilter(request, response);
  }

  private void refuse(
      HttpServletRequest request, HttpServletResponse response, ResponseOutcome outcome)
      throws IOException {
    site.metrics().answered(mode, outcome);
    DiveFilter.noteActed(request); // A filter before us may forward to a page in our place.
    response.sendError(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
  }

  private void sendSigned(
      Signed signed,
      boolean stale,
      HttpServletRequest request,
      HttpServletResponse response,
      FilterChain chain)
      throws IOException, ServletException {
    if (site.directAnswers().isCertain(request, path, seen)) {
      sendDirectly(signed, stale, request, response, chain);
    } else {
      sendGuarded(signed, stale, request, response, chain);
    }
  }

  private void sendGuarded(
      Signed signed,
      boolean stale,
      HttpServletRequest request,
      HttpServletResponse response,
      FilterChain chain)
      throws IOException, ServletException {
    HttpServletRequest plain = PlainRequest.of(request);
    GuardedResponse guard =
        new GuardedResponse(
            request,
            response,
            signed,
            site.settings().noTransform(),
            plain != request && site.directAnswers().isFileServlet(request),
            outcome -> {
              if (outcome == ResponseOutcome.SIGNED) {
                seen.wasSent(path);
              }
              site.metrics().answered(mode, stale ? ResponseOutcome.STALE : outcome);
            });
    request.setAttribute(DiveFilter.ACTED, guard);
    boolean failed = true;
    try {
      chain.doFilter(new GuardedRequest(plain, guard), guard);
      failed = false;
    } finally {
      if (request.isAsyncStarted() && !failed) {
        guard.detach();
      } else {
        guard.finish(failed);
      }
    }
  }

  /**
   * Lets fields join the response to a request, before the chain makes it.
   *
   * @return false if they cannot; nothing was done then
   */
  boolean join(JoiningFields fields, HttpServletRequest request) {
    boolean joins = fields.join(request, counting);
    if (joins && !site.directAnswers().arePassedOnce()) {
      DiveFilter.noteActed(request); // the first attribute costs a map
    }
    return joins;
  }

  /** Leaves request and response as the container made them: it sends the file without copying. */
  void sendDirectly(
      Signed signed,
      boolean stale,
      HttpServletRequest request,
      HttpServletResponse response,
      FilterChain chain)
      throws IOException, ServletException {
    DiveFilter.noteActed(request);
    SignatureFields.set(response, signed.fields(), site.settings().noTransform());
    ResponseOutcome outcome = ResponseOutcome.NOT_200;
    try {
      chain.doFilter(request, response);
      if (request.isAsyncStarted() || response.getStatus() == HttpServletResponse.SC_OK) {
        outcome = stale ? ResponseOutcome.STALE : ResponseOutcome.SIGNED;
      }
    } finally {
      if (outcome == ResponseOutcome.NOT_200) {
        SignatureFields.remove(response);
      }
      site.metrics().answered(mode, outcome);
    }
  }
}
