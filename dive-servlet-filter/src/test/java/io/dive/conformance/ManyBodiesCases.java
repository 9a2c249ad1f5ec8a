// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Wire.Answer;
import io.dive.sign.BodyDigester;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What users of other filters that hash bodies ran into. */
class ManyBodiesCases extends Conformance {
  private static final int MEBIBYTE = 1024 * 1024;
  private static final int ENTRIES = 64;

  /** What may be under way: buffers of the container and, more than those, of both sockets. */
  private static final long UNDER_WAY = 24L * MEBIBYTE;

  /** Counts what the application has got rid of, and what of it lies in temporary files. */
  private final class Counting extends FilterOutputStream {
    private final AtomicLong written;
    private final AtomicLong mostOnDisk;
    private final BodyDigester digester;
    private int writes;

    Counting(
        OutputStream target, AtomicLong written, AtomicLong mostOnDisk, BodyDigester digester) {
      super(target);
      this.written = written;
      this.mostOnDisk = mostOnDisk;
      this.digester = digester;
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
      out.write(bytes, offset, count);
      digester.update(bytes, offset, count);
      written.addAndGet(count);
      if (writes++ % 64 == 0) {
        long onDisk = 0;
        for (Path open : openFiles(tempDir)) {
          onDisk += Files.size(open);
        }
        mostOnDisk.accumulateAndGet(onDisk, Math::max);
      }
    }

    @Override
    public void write(int octet) throws IOException {
      write(new byte[] {(byte) octet}, 0, 1);
    }
  }

  private static void zip(OutputStream target) throws IOException {
    byte[] entry = new byte[MEBIBYTE];
    new Random(1).nextBytes(entry);
    ZipOutputStream zip = new ZipOutputStream(target);
    zip.setLevel(Deflater.NO_COMPRESSION);
    for (int i = 0; i < ENTRIES; i++) {
      zip.putNextEntry(new ZipEntry(i + ".bin"));
      zip.write(entry);
      zip.closeEntry();
    }
    zip.finish();
  }

  @ParameterizedTest
  @ValueSource(strings = {"unsigned", "trailer"})
  void aZipMadeOnTheFly_isNeitherInMemoryNorOnDisk(String overflow) throws Exception {
    settings("dive.stream.overflow = " + overflow);
    AtomicLong written = new AtomicLong();
    AtomicLong mostOnDisk = new AtomicLong();
    BodyDigester digester = new BodyDigester(HASH);
    application(
        "/app/all.zip",
        (request, response) -> {
          response.setContentType("application/zip");
          zip(new Counting(response.getOutputStream(), written, mostOnDisk, digester));
        });
    try (Wire wire = new Wire(port())) {
      wire.send("GET /app/all.zip HTTP/1.1", "");
      wire.peek(1);
      // The client has read next to nothing, so all that was written is held somewhere.
      assertTrue(written.get() < UNDER_WAY, () -> written + " bytes before the first was read");
      Answer answer = wire.receive(false);
      assertEquals(200, answer.status());
      assertTrue(answer.complete());
      assertEquals(written.get(), answer.body().length);
      assertEquals(digester.finish(), BodyDigester.digest(HASH, answer.body()));
      if (overflow.equals("trailer")) {
        assertFieldsOf(answer::trailer, answer.body());
      } else {
        assertNoFields(answer);
      }
    }
    assertTrue(mostOnDisk.get() <= LIMIT, () -> mostOnDisk + " bytes in temporary files");
    eventually(
        () ->
            counted()
                .equals(
                    Map.of(overflow.equals("trailer") ? "stream/signed" : "stream/overflow", 1)));
  }

  /** A store of objects with strong entity tags, as a proxy sees it. */
  private static void proxy(byte[] object, AtomicInteger fetched) {
    application(
        "/app/object",
        (request, response) -> {
          response.setHeader("ETag", "\"of-the-store\"");
          if ("\"of-the-store\"".equals(request.getHeader("If-None-Match"))) {
            response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
            return;
          }
          fetched.incrementAndGet();
          response.setContentLengthLong(object.length);
          ServletOutputStream out = response.getOutputStream();
          for (int from = 0; from < object.length; from += 8_192) {
            out.write(object, from, Math.min(8_192, object.length - from));
          }
        });
  }

  @Test
  void theStrongETagOfAnObjectStore_isKeptAndReused() throws Exception {
    byte[] object = bytes(LIMIT * 3);
    AtomicInteger fetched = new AtomicInteger();
    proxy(object, fetched);
    Answer first = get("/app/object");
    assertUnsigned(first, 200, object);
    assertEquals(Optional.of("\"of-the-store\""), first.field("ETag"));
    for (int i = 0; i < 2; i++) {
      Answer again = get("/app/object");
      assertSigned(again, object);
      assertEquals(Optional.of("\"of-the-store\""), again.field("ETag"));
    }
    Answer revalidated = get("/app/object", "If-None-Match: \"of-the-store\"");
    assertEquals(304, revalidated.status());
    assertArrayEquals(new byte[0], revalidated.body());
    assertNoFields(revalidated);
    assertEquals(3, fetched.get());
    eventually(() -> counted().getOrDefault("stream/signed", 0) == 2);
    assertEquals(1, counted().get("stream/overflow"));
  }
}
