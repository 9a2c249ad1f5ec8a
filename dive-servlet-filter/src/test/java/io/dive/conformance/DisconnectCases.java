// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that goes away; that nothing is left behind is judged after each case. */
class DisconnectCases extends Conformance {
  private static final int LONG = 16 << 20;
  private static final String[] HELD = {"dive.stream.limit = 16MiB"};

  /** Waits until each of the requests has left its application. */
  private static void serve(
      byte[] body, CountDownLatch begun, CountDownLatch gone, AtomicInteger left) {
    application(
        "/app/x",
        (request, response) -> {
          try {
            response.getOutputStream().write(body);
            begun.countDown();
            await(gone);
          } finally {
            left.incrementAndGet();
          }
        });
  }

  @Test
  void aClientThatGoesAwayBeforeTheAnswer_leavesNothing() throws Exception {
    settings(HELD);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch gone = new CountDownLatch(1);
    AtomicInteger left = new AtomicInteger();
    serve(bytes(LONG), begun, gone, left);
    try (Wire wire = new Wire(port())) {
      wire.send("GET /app/x HTTP/1.1", "");
      await(begun);
      wire.abort();
    }
    gone.countDown();
    eventually(() -> left.get() == 1);
    eventually(() -> openFiles(tempDir).isEmpty());
    assertNextIsSigned();
  }

  @Test
  void aClientThatGoesAwayWithinTheAnswer_leavesNothing() throws Exception {
    settings(HELD);
    AtomicInteger left = new AtomicInteger();
    serve(bytes(LONG), new CountDownLatch(1), new CountDownLatch(0), left);
    try (Wire wire = new Wire(port())) {
      wire.send("GET /app/x HTTP/1.1", "");
      wire.readSome(1_000);
      wire.abort();
    }
    eventually(() -> left.get() == 1);
    eventually(() -> openFiles(tempDir).isEmpty());
    assertNextIsSigned();
  }

  @ParameterizedTest
  @ValueSource(strings = {"unsigned", "trailer"})
  void aClientThatGoesAwayWhileMoreIsWritten_isTheApplicationsToSee(String overflow)
      throws Exception {
    settings("dive.stream.overflow = " + overflow);
    CountDownLatch told = new CountDownLatch(1);
    application(
        "/app/x",
        (request, response) -> {
          try {
            for (int i = 0; i < 4_000; i++) {
              response.getOutputStream().write(bytes(64 * 1024));
            }
          } catch (IOException clientIsGone) {
            told.countDown();
            throw clientIsGone;
          }
        });
    try (Wire wire = new Wire(port())) {
      wire.send("GET /app/x HTTP/1.1", "");
      wire.readSome(LIMIT);
      wire.abort();
    }
    await(told);
    assertNextIsSigned();
  }

  private static void assertNextIsSigned() throws Exception {
    application("/app/next", (request, response) -> response.getWriter().print("next"));
    assertSigned(get("/app/next"), ascii("next"));
  }
}
