// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static java.util.Objects.requireNonNull;

import io.dive.dns.Deadline;
import io.dive.protocol.Fqdn;
import io.dive.protocol.IoFault;
import io.dive.protocol.MalformedFieldException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;

/**
 * An HTTP client that verifies what it gets and keeps only what it may. It speaks HTTP/1.1, over
 * TLS also HTTP/2, asks for no content coding unless told to and undoes none, follows up to {@value
 * #MAX_REDIRECTS} redirects, never from https to http nor out of a policy's domain, and judges the
 * last response by the policy of its own URL's host. Safe for use by many threads.
 *
 * @see "draft-callec-dive-01 §Client Implementation"
 */
public final class DiveClient {
  /** Most redirects that are followed. */
  public static final int MAX_REDIRECTS = 5;

  private static final int OK = 200;

  private final Verifier verifier;
  private final HttpClient http;
  private final Optional<ReportDelivery> reports;
  private final boolean connectsElsewhere;
  private final String acceptEncoding;
  private final long maxBodyBytes;
  private final Duration timeLimit;
  private final boolean allowNotCovered;
  private final boolean allowRedirectElsewhere;

  private DiveClient(Builder builder) {
    this.verifier = builder.verifier;
    this.acceptEncoding = builder.acceptEncoding;
    this.maxBodyBytes = builder.maxBodyBytes;
    this.timeLimit = builder.timeLimit;
    this.allowNotCovered = builder.allowNotCovered;
    this.allowRedirectElsewhere = builder.allowRedirectElsewhere;
    this.connectsElsewhere = builder.connectTo.isPresent();
    HttpClient.Builder client =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(builder.connectTimeout);
    builder.sslContext.ifPresent(client::sslContext);
    this.reports =
        builder.postReports
            ? Optional.of(new ReportDelivery(client.build(), verifier.userAgent()))
            : Optional.empty();
    builder.connectTo.ifPresent(address -> client.proxy(ProxySelector.of(address)));
    this.http = client.build();
  }

  /** A builder with the defaults that its methods name. */
  public static Builder builder(Verifier verifier) {
    return new Builder(verifier);
  }

  /**
   * Fetches with GET and judges, keeping nothing of the body.
   *
   * @throws TransferException if there is no whole response
   * @throws IOException if anything else goes wrong on the way
   */
  public Fetched verify(URI url) throws IOException, InterruptedException {
    return fetch(url, BodySink.NONE);
  }

  /**
   * Fetches with GET into a file. The target is replaced, in one step, only by a whole body of
   * status 200 that is verified, or failed under {@code report-only}, or is not covered where that
   * is allowed; otherwise it stays as it is.
   *
   * @throws TransferException if there is no whole response
   * @throws IOException if anything else goes wrong on the way, writing included
   */
  public Fetched download(URI url, Path target) throws IOException, InterruptedException {
    try (PendingFile file = new PendingFile(target)) {
      Fetched fetched = fetch(url, file);
      if (!mayKeep(fetched)) {
        return fetched;
      }
      file.moveIntoPlace();
      return new Fetched(
          fetched.url(),
          fetched.status(),
          fetched.fields(),
          fetched.bodyBytes(),
          fetched.outcome(),
          true,
          fetched.reportDelivered());
    }
  }

  private boolean mayKeep(Fetched fetched) {
    return fetched.status().equals(Optional.of(OK))
        && fetched.outcome().decision() != Decision.BLOCKED
        && (allowNotCovered || !(fetched.outcome().verdict() instanceof Verdict.NotCovered));
  }

  private Fetched fetch(URI first, BodySink sink) throws IOException, InterruptedException {
    Deadline deadline = Deadline.in(timeLimit);
    Optional<Fqdn> covering = Optional.empty();
    URI url = first;
    for (int redirects = 0; ; redirects++) {
      Discovery discovery = discover(url);
      Optional<Verdict> verdict = discovery.verdict();
      if (verdict.isPresent() && !(verdict.orElseThrow() instanceof Verdict.NotCovered)) {
        return refused(discovery, verdict.orElseThrow());
      }
      ResponseReader reader = new ResponseReader(verifier, discovery, sink, maxBodyBytes);
      HttpResponse<ResponseReader> response = send(url, reader, deadline);
      if (!ResponseReader.isRedirect(response)) {
        return finished(discovery, reader);
      }
      if (redirects == MAX_REDIRECTS) {
        throw new TransferException(
            TransferException.Reason.TOO_MANY_REDIRECTS,
            first + ": more than " + MAX_REDIRECTS + " redirects");
      }
      covering = covering.or(() -> discovery.coveringLevel());
      url = target(url, response.headers().firstValue("Location").orElseThrow());
      requireUnder(covering, first, url);
    }
  }

  private Discovery discover(URI url) throws TransferException {
    if (connectsElsewhere && !"http".equalsIgnoreCase(url.getScheme())) {
      throw new TransferException(
          TransferException.Reason.URL_NOT_SUPPORTED,
          url + ": another connect address works for http URLs only");
    }
    try {
      return verifier.discover(url);
    } catch (IllegalArgumentException e) {
      throw new TransferException(
          TransferException.Reason.URL_NOT_SUPPORTED,
          e.getMessage() + " (write an international host name in its xn-- form)");
    }
  }

  private static Fetched refused(Discovery discovery, Verdict verdict) {
    Outcome outcome =
        new Outcome(
            verdict, Decision.of(verdict, Optional.empty()), discovery.policy(), Optional.empty());
    return new Fetched(
        discovery.url(), Optional.empty(), List.of(), 0, outcome, false, Optional.empty());
  }

  private Fetched finished(Discovery discovery, ResponseReader reader) {
    ResponseReader.Head head = reader.head();
    Outcome outcome = head.verification().finish();
    Optional<Boolean> delivered =
        reports.flatMap(
            delivery ->
                outcome.reportUri().map(uri -> delivery.post(uri, outcome.report().orElseThrow())));
    return new Fetched(
        discovery.url(),
        Optional.of(head.status()),
        head.fields(),
        reader.bodyBytes(),
        outcome,
        false,
        delivered);
  }

  /**
   * Redirects are not signed: whoever holds a covered server could otherwise send the client to a
   * host of their own, with a policy, a key and a right signature of their own.
   */
  private void requireUnder(Optional<Fqdn> covering, URI first, URI target)
      throws TransferException {
    if (covering.isEmpty() || allowRedirectElsewhere) {
      return;
    }
    Fqdn level = covering.orElseThrow();
    boolean under;
    try {
      under = level.isSameOrParentOf(Fqdn.parse(String.valueOf(target.getHost())));
    } catch (MalformedFieldException e) {
      under = false;
    }
    if (!under) {
      throw new TransferException(
          TransferException.Reason.REDIRECT_REFUSED,
          "%s is covered by the policy of %s and redirects to %s, which is not; redirects are not signed, so another operator's file may be there"
              .formatted(first, level, target));
    }
  }

  private static URI target(URI from, String location) throws TransferException {
    URI to;
    try {
      to = from.resolve(location);
    } catch (IllegalArgumentException e) {
      throw new TransferException(
          TransferException.Reason.REDIRECT_REFUSED, from + ": Location is no URL");
    }
    if ("https".equalsIgnoreCase(from.getScheme()) && !"https".equalsIgnoreCase(to.getScheme())) {
      throw new TransferException(
          TransferException.Reason.REDIRECT_REFUSED, from + ": redirect away from https to " + to);
    }
    return to;
  }

  private HttpResponse<ResponseReader> send(URI url, ResponseReader reader, Deadline deadline)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(url).GET().header("Accept-Encoding", acceptEncoding);
    verifier.userAgent().ifPresent(name -> request.header("User-Agent", name));
    if ("http".equals(String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT))) {
      // Otherwise the client asks for an upgrade to HTTP/2 that hardly any server knows.
      request.version(HttpClient.Version.HTTP_1_1);
    }
    CompletableFuture<HttpResponse<ResponseReader>> pending =
        http.sendAsync(request.build(), reader);
    try {
      return pending.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new TransferException(
          TransferException.Reason.TIMEOUT,
          "%s: not finished within %d s".formatted(url, timeLimit.toSeconds()));
    } catch (ExecutionException e) {
      throw failure(url, reader, e.getCause() == null ? e : e.getCause());
    } finally {
      pending.cancel(true);
    }
  }

  private static IOException failure(URI url, ResponseReader reader, Throwable cause) {
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (t instanceof UnresolvedAddressException) {
        return new TransferException(
            TransferException.Reason.CONNECT_FAILED, url + ": unknown host " + url.getHost());
      }
      if (t instanceof TransferException transfer) {
        return transfer;
      }
      if (t instanceof FileSystemException file) {
        return file;
      }
    }
    return new TransferException(
        reader.hasHead()
            ? TransferException.Reason.TRUNCATED
            : TransferException.Reason.CONNECT_FAILED,
        "%s: %s (%s)"
            .formatted(
                url,
                reader.hasHead() ? "the response ended early" : "no response",
                IoFault.connecting(cause)));
  }

  /** Settings of a {@link DiveClient}. Not safe for use by many threads. */
  public static final class Builder {
    private final Verifier verifier;
    private Optional<InetSocketAddress> connectTo = Optional.empty();
    private Optional<SSLContext> sslContext = Optional.empty();
    private String acceptEncoding = "identity";
    private long maxBodyBytes = 16L << 30;
    private Duration connectTimeout = Duration.ofSeconds(10);
    private Duration timeLimit = Duration.ofMinutes(10);
    private boolean allowNotCovered;
    private boolean allowRedirectElsewhere;
    private boolean postReports;

    private Builder(Verifier verifier) {
      this.verifier = requireNonNull(verifier, "verifier");
    }

    /**
     * Connects to this address whatever the URL's host and port, like curl's {@code --connect-to};
     * policy and keys are still those of the URL's host. For http URLs only. The request line then
     * has the absolute form, as towards a proxy, which every server accepts (RFC 9112 §3.2.2).
     * Default: the URL's address.
     */
    public Builder connectTo(InetSocketAddress address) {
      this.connectTo = Optional.of(address);
      return this;
    }

    /** Whom to trust for https. Default: as the Java runtime does. */
    public Builder sslContext(SSLContext context) {
      this.sslContext = Optional.of(context);
      return this;
    }

    /** The {@code Accept-Encoding} to send. Default {@code identity} (decision 16). */
    public Builder acceptEncoding(String value) {
      this.acceptEncoding = requireNonNull(value, "value");
      return this;
    }

    /** Longest body that is taken. Default 16 GiB. */
    public Builder maxBodyBytes(long bytes) {
      this.maxBodyBytes = bytes;
      return this;
    }

    /** Longest time for a connection to stand. Default 10 s. */
    public Builder connectTimeout(Duration time) {
      this.connectTimeout = requireNonNull(time, "time");
      return this;
    }

    /** Longest time for all of HTTP, redirects included; DNS has its own. Default 10 min. */
    public Builder timeLimit(Duration time) {
      this.timeLimit = requireNonNull(time, "time");
      return this;
    }

    /** Whether a body that DIVE says nothing about may be kept. Default no. */
    public Builder allowNotCovered(boolean allow) {
      this.allowNotCovered = allow;
      return this;
    }

    /**
     * Whether a covered URL may redirect to a host outside its policy's domain, which is then
     * judged by a policy of its own (drafts, Step 1). Default no.
     */
    public Builder allowRedirectElsewhere(boolean allow) {
      this.allowRedirectElsewhere = allow;
      return this;
    }

    /** Whether failures are reported where the policy asks for it. Default no. */
    public Builder postReports(boolean post) {
      this.postReports = post;
      return this;
    }

    /** A client with these settings. */
    public DiveClient build() {
      return new DiveClient(this);
    }
  }
}
