// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/**
 * Looks whether a host that clients have to ask by https serves its resources over plain HTTP too
 * (decision 35). Safe for use by many threads.
 */
final class PlainHttp {
  static final int STANDARD_PORT = 80;

  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final int port;
  private final HttpClient client;

  PlainHttp(int port) {
    this.port = port;
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(LIMIT)
            .build();
  }

  /**
   * The http URL under which the resource of an https URL is served as well; empty where nobody
   * listens, or where the answer is a redirect or an error.
   */
  Optional<URI> serving(URI https) throws InterruptedException {
    try {
      URI plain =
          new URI(
              "http",
              null,
              https.getHost(),
              port == STANDARD_PORT ? -1 : port,
              https.getPath(),
              https.getQuery(),
              null);
      HttpRequest request =
          HttpRequest.newBuilder(plain)
              .method("HEAD", HttpRequest.BodyPublishers.noBody())
              .timeout(LIMIT)
              .build();
      int status = client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
      return status / 100 == 2 ? Optional.of(plain) : Optional.empty();
    } catch (IOException | URISyntaxException nobodyThere) {
      return Optional.empty();
    }
  }
}
