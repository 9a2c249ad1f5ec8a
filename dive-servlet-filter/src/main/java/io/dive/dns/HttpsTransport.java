// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.xbill.DNS.Message;

/** DNS over HTTPS (RFC 8484), by POST, without redirects. */
final class HttpsTransport implements Transport {
  private static final String DNS_MESSAGE = "application/dns-message";
  private static final int OK = 200;

  private final URI uri;
  private final HttpClient client;

  HttpsTransport(URI uri, SSLContext tls) {
    this.uri = uri;
    this.client =
        HttpClient.newBuilder().sslContext(tls).followRedirects(HttpClient.Redirect.NEVER).build();
  }

  @Override
  public CompletableFuture<Message> send(Message query, Duration timeout, Executor executor) {
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .timeout(timeout)
            .header("Accept", DNS_MESSAGE)
            .header("Content-Type", DNS_MESSAGE)
            .POST(HttpRequest.BodyPublishers.ofByteArray(query.toWire(Message.MAXLENGTH)))
            .build();
    CompletableFuture<HttpResponse<byte[]>> pending =
        client.sendAsync(request, info -> new BoundedBody(Message.MAXLENGTH));
    CompletableFuture<Message> answer = pending.thenApply(response -> message(query, response));
    // The client's own limit ends with the header fields. Cancelling frees the connection.
    return answer
        .orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS)
        .whenComplete((message, failure) -> pending.cancel(true));
  }

  private static Message message(Message query, HttpResponse<byte[]> response) {
    try {
      if (response.statusCode() != OK) {
        throw new UnusableException("HTTP status " + response.statusCode());
      }
      String type = response.headers().firstValue("Content-Type").orElse("none");
      if (!type.toLowerCase(Locale.ROOT).replaceFirst("\\s*;.*", "").equals(DNS_MESSAGE)) {
        throw new UnusableException("not DNS over HTTPS: its content type is not " + DNS_MESSAGE);
      }
      return Transport.matched(query, new Message(response.body()));
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  @Override
  public boolean isAuthenticated() {
    return true;
  }

  @Override
  public String toString() {
    return uri.toString();
  }
}
