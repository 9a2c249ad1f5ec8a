// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.LengthCases.Setter;
import io.dive.conformance.Wire.Answer;
import io.dive.protocol.BodyDigest;
import io.dive.sign.BodyDigester;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Bodies of more than 2 GiB, every byte of which comes through the socket; nobody holds them.
 * Minutes for each container: {@code mvn verify -Plong}.
 */
@Tag("long")
@Timeout(900)
class HugeBodyCases extends Conformance {
  /** Beyond what an int counts, and no multiple of any buffer. */
  private static final long LENGTH = (1L << 31) + 4_321;

  /** More than a container's buffers and the garbage that cannot be collected. */
  private static final long MOST_HELD_BYTES = 64 << 20;

  private static final byte[] PATTERN = bytes(1 << 20);

  /** What a client keeps of a body. */
  private static final class Seen extends OutputStream {
    private final BodyDigester digester = new BodyDigester(HASH);
    private long count;

    @Override
    public void write(int octet) {
      write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      digester.update(bytes, offset, length);
      count += length;
    }

    BodyDigest digest() {
      return digester.finish();
    }
  }

  /** Different at every 64 KiB, so that no part can stand in for another. */
  private static void writeAll(OutputStream out) throws IOException {
    for (long sent = 0; sent < LENGTH; ) {
      int from = (int) (sent / 65_536 % 65_521);
      int count = (int) Math.min(65_536, LENGTH - sent);
      out.write(PATTERN, from, count);
      sent += count;
    }
  }

  private static BodyDigest expected() throws IOException {
    Seen seen = new Seen();
    writeAll(seen);
    return seen.digest();
  }

  private static long usedBytes() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  /** Writes the body, and looks at its end what of it is still here. */
  private void answer(HttpServletResponse response) throws IOException {
    long before = usedBytes();
    ServletOutputStream out = response.getOutputStream();
    writeAll(out);
    assertEquals(List.of(), openFiles(tempDir));
    long held = usedBytes() - before;
    assertTrue(held < MOST_HELD_BYTES, () -> held + " bytes held");
  }

  private static Answer get(Seen seen) throws IOException {
    try (Wire wire = new Wire(port())) {
      wire.send("GET /app/x HTTP/1.1", "");
      return wire.receive(false, seen);
    }
  }

  /** Too long to be held the first time, known the second time. */
  private void assertSignedOnceItIsKnown(Optional<String> firstLength) throws Exception {
    BodyDigest body = expected();
    Seen first = new Seen();
    Answer unsigned = get(first);
    assertEquals(200, unsigned.status());
    assertTrue(unsigned.complete());
    assertEquals(LENGTH, first.count);
    assertEquals(body, first.digest());
    assertEquals(firstLength, unsigned.field("Content-Length"));
    assertNoFields(unsigned);
    eventually(() -> counted().equals(Map.of("stream/overflow", 1)));

    Seen second = new Seen();
    Answer signed = get(second);
    assertEquals(200, signed.status());
    assertTrue(signed.complete());
    assertEquals(LENGTH, second.count);
    assertEquals(body, second.digest());
    assertEquals(Optional.of(Long.toString(LENGTH)), signed.field("Content-Length"));
    assertFieldsOf(signed::field, body);
    eventually(() -> counted().equals(Map.of("stream/overflow", 1, "stream/signed", 1)));
  }

  @ParameterizedTest
  @EnumSource(names = {"CONTENT_LENGTH_LONG", "SET_HEADER", "ADD_HEADER"})
  void aBodyOfMoreThan2GiB_isSignedOnceItIsKnown(Setter setter) throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("ETag", "\"huge\"");
          setter.declare(response, LENGTH);
          answer(response);
        });
    assertSignedOnceItIsKnown(Optional.of(Long.toString(LENGTH)));
  }

  @Test
  void aBodyOfMoreThan2GiBWithoutALength_isSignedOnceItIsKnown() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("ETag", "\"huge\"");
          answer(response);
        });
    assertSignedOnceItIsKnown(Optional.empty());
  }

  @Test
  void aBodyOfMoreThan2GiBWithoutALength_isSignedInTrailers() throws Exception {
    settings("dive.stream.overflow = trailer");
    application("/app/x", (request, response) -> answer(response));
    Seen seen = new Seen();
    Answer answer = get(seen);
    assertTrue(answer.complete());
    assertEquals(LENGTH, seen.count);
    BodyDigest body = seen.digest();
    assertEquals(expected(), body);
    assertFieldsOf(answer::trailer, body);
  }
}
