// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import io.dive.conformance.Wire.Answer;
import io.dive.protocol.Bytes;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.component.LifeCycle;

/** An HTTP/2 connection with prior knowledge, which shows trailers, and resets as they are. */
final class Http2Wire implements AutoCloseable {
  private final int port;
  private final HTTP2Client client = new HTTP2Client();
  private final Session session;

  Http2Wire(int port) throws Exception {
    this.port = port;
    client.start();
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    session = client.connect(address, new Session.Listener() {}).get(30, TimeUnit.SECONDS);
  }

  /** One stream; its answer is there when the stream has ended, in whatever way. */
  static final class Exchange implements Stream.Listener {
    private final CompletableFuture<Stream> stream = new CompletableFuture<>();
    private final CompletableFuture<Answer> answer = new CompletableFuture<>();
    private final CompletableFuture<Integer> reset = new CompletableFuture<>();
    private final CompletableFuture<Boolean> begun = new CompletableFuture<>();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private int status;
    private List<Map.Entry<String, String>> fields = List.of();
    private List<Map.Entry<String, String>> trailers = List.of();

    private static List<Map.Entry<String, String>> entries(HttpFields fields) {
      return fields.stream().map(field -> Map.entry(field.getName(), field.getValue())).toList();
    }

    @Override
    public synchronized void onHeaders(Stream stream, HeadersFrame frame) {
      MetaData data = frame.getMetaData();
      if (data instanceof MetaData.Response response) {
        status = response.getStatus();
        fields = entries(response.getHttpFields());
      } else {
        trailers = entries(data.getHttpFields());
      }
      if (frame.isEndStream()) {
        end(true);
      } else {
        stream.demand();
      }
    }

    @Override
    public synchronized void onDataAvailable(Stream stream) {
      Stream.Data data = stream.readData();
      if (data == null) {
        stream.demand();
        return;
      }
      DataFrame frame = data.frame();
      ByteBuffer bytes = frame.getByteBuffer().slice();
      byte[] copy = new byte[bytes.remaining()];
      bytes.get(copy);
      body.writeBytes(copy);
      data.release();
      begun.complete(true);
      if (frame.isEndStream()) {
        end(true);
      } else {
        stream.demand();
      }
    }

    @Override
    public synchronized void onReset(Stream stream, ResetFrame frame, Callback callback) {
      reset.complete(frame.getError());
      end(false);
      callback.succeeded();
    }

    @Override
    public synchronized void onFailure(
        Stream stream, int error, String reason, Throwable failure, Callback callback) {
      end(false);
      callback.succeeded();
    }

    /** This side resets a stream that ends before its Content-Length (RFC 9113 section 8.1.1). */
    @Override
    public synchronized void onClosed(Stream stream) {
      if (stream.isReset()) {
        end(false);
      }
    }

    private void end(boolean complete) {
      answer.complete(new Answer(status, fields, Bytes.of(body.toByteArray()), trailers, complete));
    }

    /** The whole answer; incomplete if the stream was reset, or the connection went away. */
    Answer receive() throws Exception {
      return answer.get(30, TimeUnit.SECONDS);
    }

    /** The error of the server's reset; empty if the stream ended otherwise. */
    OptionalInt error() {
      return reset.isDone() ? OptionalInt.of(reset.join()) : OptionalInt.empty();
    }

    /** Waits for the first bytes of the body. */
    void awaitBody() throws Exception {
      begun.get(30, TimeUnit.SECONDS);
    }

    /** Wants no more of it. */
    void cancel() throws Exception {
      Stream cancelled = stream.get(30, TimeUnit.SECONDS);
      cancelled.reset(
          new ResetFrame(cancelled.getId(), ErrorCode.CANCEL_STREAM_ERROR.code), Callback.NOOP);
    }
  }

  Exchange send(String method, String path) {
    MetaData.Request request =
        new MetaData.Request(
            method,
            HttpURI.from("http://localhost:" + port + path),
            HttpVersion.HTTP_2,
            HttpFields.EMPTY);
    Exchange exchange = new Exchange();
    session.newStream(
        new HeadersFrame(request, null, true), Promise.from(exchange.stream), exchange);
    return exchange;
  }

  @Override
  public void close() {
    LifeCycle.stop(client);
  }
}
