// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import io.dive.protocol.HeaderField;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Takes a response as it arrives: the head starts the verification, the body passes through it into
 * the sink. The body of a redirect is dropped. For one response.
 */
final class ResponseReader
    implements HttpResponse.BodyHandler<ResponseReader>,
        HttpResponse.BodySubscriber<ResponseReader> {
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  private final Verifier verifier;
  private final Discovery discovery;
  private final BodySink sink;
  private final long maxBodyBytes;
  private final CompletableFuture<ResponseReader> done = new CompletableFuture<>();

  private volatile @Nullable Head head;
  private Flow.@Nullable Subscription subscription;
  private long bodyBytes;

  /** What is known once the header fields are there. */
  record Head(
      int status, List<HeaderField> fields, long contentLength, Verification verification) {}

  ResponseReader(Verifier verifier, Discovery discovery, BodySink sink, long maxBodyBytes) {
    this.verifier = verifier;
    this.discovery = discovery;
    this.sink = sink;
    this.maxBodyBytes = maxBodyBytes;
  }

  static boolean isRedirect(HttpResponse<?> response) {
    return isRedirect(response.statusCode(), response.headers());
  }

  private static boolean isRedirect(int status, HttpHeaders headers) {
    return REDIRECTS.contains(status) && headers.firstValue("Location").isPresent();
  }

  /** The head; only to be asked for when {@link #hasHead}. */
  Head head() {
    Head known = head;
    if (known == null) {
      throw new IllegalStateException("no response yet");
    }
    return known;
  }

  boolean hasHead() {
    return head != null;
  }

  long bodyBytes() {
    return bodyBytes;
  }

  @Override
  public HttpResponse.BodySubscriber<ResponseReader> apply(HttpResponse.ResponseInfo info) {
    // Over HTTP/2 the client lists the pseudo-fields too, such as :status.
    List<HeaderField> fields =
        info.headers().map().entrySet().stream()
            .filter(e -> !e.getKey().startsWith(":"))
            .flatMap(e -> e.getValue().stream().map(value -> received(e.getKey(), value)))
            .toList();
    URI url = discovery.url();
    ReceivedResponse response = new ReceivedResponse(url, "GET", info.statusCode(), fields);
    head =
        new Head(
            info.statusCode(),
            fields,
            info.headers().firstValueAsLong("Content-Length").orElse(-1),
            verifier.begin(discovery, response));
    return isRedirect(info.statusCode(), info.headers())
        ? HttpResponse.BodySubscribers.replacing(this)
        : this;
  }

  /** A server may send more than a field value can hold; no signature has such characters. */
  static HeaderField received(String name, String value) {
    return new HeaderField(name, value.replaceAll("[^\\t\\x20-\\x7e\\x80-\\xff]", "?").strip());
  }

  @Override
  public CompletionStage<ResponseReader> getBody() {
    return done;
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    this.subscription = subscription;
    subscription.request(1);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    try {
      for (ByteBuffer buffer : buffers) {
        bodyBytes += buffer.remaining();
        if (bodyBytes > maxBodyBytes) {
          throw new TransferException(
              TransferException.Reason.BODY_TOO_LARGE,
              discovery.url() + ": the body is longer than " + maxBodyBytes + " bytes");
        }
        head().verification().update(buffer);
        sink.write(buffer);
      }
    } catch (IOException e) {
      stop(e);
      return;
    }
    if (subscription != null) {
      subscription.request(1);
    }
  }

  private void stop(IOException cause) {
    if (subscription != null) {
      subscription.cancel();
    }
    done.completeExceptionally(cause);
  }

  @Override
  public void onError(Throwable failure) {
    done.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    long stated = head().contentLength();
    if (stated >= 0 && stated != bodyBytes) {
      done.completeExceptionally(
          new TransferException(
              TransferException.Reason.TRUNCATED,
              "%s: %d of %d bytes".formatted(discovery.url(), bodyBytes, stated)));
    } else {
      done.complete(this);
    }
  }
}
