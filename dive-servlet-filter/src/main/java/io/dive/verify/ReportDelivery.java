// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import io.dive.protocol.FailureReport;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Posts failure reports. A report that cannot be delivered is logged and changes nothing (drafts,
 * Reporting).
 */
final class ReportDelivery {
  private static final Logger log = LoggerFactory.getLogger(ReportDelivery.class);
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final int SUCCESS = 2;

  private final HttpClient http;
  private final Optional<String> userAgent;

  ReportDelivery(HttpClient http, Optional<String> userAgent) {
    this.http = http;
    this.userAgent = userAgent;
  }

  /** Whether the server took the report, with any 2xx status. */
  boolean post(URI uri, FailureReport report) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(report.toJson()));
    userAgent.ifPresent(name -> request.header("User-Agent", name));
    CompletableFuture<HttpResponse<Void>> pending =
        http.sendAsync(request.build(), HttpResponse.BodyHandlers.discarding());
    try {
      int status = pending.get(LIMIT.toSeconds(), TimeUnit.SECONDS).statusCode();
      if (status / 100 != SUCCESS) {
        log.warn("report-to {} answered {}", uri, status);
      }
      return status / 100 == SUCCESS;
    } catch (ExecutionException | TimeoutException e) {
      log.warn("report-to {} cannot be reached: {}", uri, e.toString());
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      pending.cancel(true);
    }
  }
}
