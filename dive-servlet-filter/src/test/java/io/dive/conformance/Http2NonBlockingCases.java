// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Http2Wire.Exchange;
import io.dive.conformance.Wire.Answer;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Applications that write without blocking, over HTTP/2 with its windows for each stream. */
class Http2NonBlockingCases extends Http2Suite {
  private static void write(String path, byte[] body) {
    application(
        path,
        (request, response) -> {
          AsyncContext context = request.startAsync();
          response.getOutputStream().setWriteListener(new WriteInParts(context, body, 7_001));
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, MEMORY, LONG, LIMIT})
  void aBodyUpToTheLimit_isSigned(int length) throws Exception {
    byte[] body = bytes(length);
    write("/app/x", body);
    assertSigned(http2("/app/x"), body);
    eventually(() -> counted().equals(Map.of("stream/signed", 1)));
  }

  @Test
  void severalStreamsAtOnce_areEachSignedForThemselves() throws Exception {
    settleTheConnection();
    int streams = 8;
    List<Exchange> exchanges = new ArrayList<>();
    for (int i = 0; i < streams; i++) {
      write("/app/" + i, bytes(LONG + i));
      exchanges.add(send("/app/" + i));
    }
    for (int i = 0; i < streams; i++) {
      assertSigned(exchanges.get(i).receive(), bytes(LONG + i));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {LIMIT + 1, LIMIT * 10})
  void aBodyTooLong_isWholeAndUnsigned(int length) throws Exception {
    byte[] body = bytes(length);
    write("/app/x", body);
    assertUnsigned(http2("/app/x"), 200, body);
    eventually(() -> counted().equals(Map.of("stream/overflow", 1)));
  }

  @ParameterizedTest
  @ValueSource(ints = {LIMIT + 1, LIMIT * 10})
  void aBodyTooLong_isSignedInTrailersWhereConfigured(int length) throws Exception {
    settings("dive.stream.overflow = trailer");
    byte[] body = bytes(length);
    write("/app/x", body);
    Answer answer = http2("/app/x");
    assertEquals(200, answer.status());
    assertTrue(answer.complete());
    assertArrayEquals(body, answer.body());
    assertFieldsOf(answer::trailer, body);
  }

  private static void writeWithoutBlockingAfterAFlush(byte[] body) {
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("ETag", "\"one\"");
          AsyncContext context = request.startAsync();
          ServletOutputStream out = response.getOutputStream();
          out.write(body, 0, 100);
          out.flush();
          byte[] rest = Arrays.copyOfRange(body, 100, body.length);
          out.setWriteListener(new WriteInParts(context, rest, 7_001));
        });
  }

  @Test
  void theRestOfAKnownBody_isSignedOrCutOff() throws Exception {
    byte[] body = bytes(LONG);
    writeWithoutBlockingAfterAFlush(body);
    for (int i = 0; i < 3; i++) {
      assertSigned(http2("/app/x"), body);
    }
    byte[] other = body.clone();
    other[LONG / 2]++;
    writeWithoutBlockingAfterAFlush(other);
    Answer answer = http2("/app/x");
    assertFalse(answer.complete());
    assertTrue(answer.body().length < LONG);
  }

  @Test
  void aDispatch_isSigned() throws Exception {
    byte[] body = bytes(LONG);
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          response
              .getOutputStream()
              .setWriteListener(
                  new WriteInParts(context, new byte[0], 1, () -> context.dispatch("/app/y")));
        });
    application("/app/y", (request, response) -> writeInParts(response, body));
    assertSigned(http2("/app/x"), body);
  }

  /** At the latest when the cycle times out: Tomcat 11 was once seen to tell nothing before. */
  @ParameterizedTest
  @ValueSource(strings = {"300000B", "32MiB"})
  void aStreamThatIsCancelled_leavesNothingAndSparesTheOthers(String limit) throws Exception {
    settings("dive.stream.limit = " + limit);
    byte[] body = bytes(24 << 20);
    application(
        "/app/x",
        (request, response) -> {
          AsyncContext context = request.startAsync();
          context.setTimeout(10_000);
          response.getOutputStream().setWriteListener(new WriteInParts(context, body, 7_001));
        });
    write("/app/y", bytes(LONG));
    Exchange cancelled = send("/app/x");
    cancelled.awaitBody();
    cancelled.cancel();
    assertSigned(http2("/app/y"), bytes(LONG));
    eventually(() -> openFiles(tempDir).isEmpty());
  }
}
