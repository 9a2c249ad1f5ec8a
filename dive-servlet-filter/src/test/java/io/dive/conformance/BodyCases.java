// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.dive.conformance.Wire.Answer;
import io.dive.protocol.MalformedFieldException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies of every length, however they are written. */
class BodyCases extends Conformance {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 16_384, 16_385, MEMORY, MEMORY + 1, 200_000, LIMIT - 1, LIMIT})
  void aBodyUpToTheLimit_isSigned(int length) throws Exception {
    byte[] body = bytes(length);
    application("/app/x", (request, response) -> writeInParts(response, body));
    assertSigned(get("/app/x"), body);
    eventually(() -> counted().equals(Map.of("stream/signed", 1)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 16_384, 16_385, MEMORY, MEMORY + 1, 200_000, LIMIT - 1, LIMIT})
  void aBodyInOneWrite_isSigned(int length) throws Exception {
    byte[] body = bytes(length);
    application("/app/x", (request, response) -> response.getOutputStream().write(body));
    assertSigned(get("/app/x"), body);
  }

  @Test
  void aBodyByteForByte_isSigned() throws Exception {
    byte[] body = bytes(MEMORY + 100);
    application(
        "/app/x",
        (request, response) -> {
          for (byte octet : body) {
            response.getOutputStream().write(octet);
          }
        });
    assertSigned(get("/app/x"), body);
  }

  @Test
  void anEmptyBody_isSigned() throws Exception {
    application("/app/x", (request, response) -> {});
    assertSigned(get("/app/x"), new byte[0]);
  }

  @Test
  void aWritersBody_isSigned() throws Exception {
    String text = "line\n".repeat(MEMORY);
    application("/app/x", (request, response) -> response.getWriter().print(text));
    assertSigned(get("/app/x"), ascii(text));
  }

  @Test
  void aZipMadeOnTheFly_isSigned() throws Exception {
    byte[] entry = bytes(LIMIT / 2);
    application(
        "/app/x",
        (request, response) -> {
          response.setContentType("application/zip");
          try (ZipOutputStream zip = new ZipOutputStream(response.getOutputStream())) {
            zip.putNextEntry(new ZipEntry("entry"));
            zip.write(entry);
          }
        });
    Answer answer = get("/app/x");
    assertSigned(answer, answer.body());
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(answer.body()))) {
      assertEquals("entry", requireNonNull(zip.getNextEntry()).getName());
      assertArrayEquals(entry, zip.readAllBytes());
    }
  }

  @Test
  void aFileOfTheContainersOwnServlet_isSigned() throws Exception {
    settings("dive.rule.15.path = /files/stream.bin", "dive.rule.15.mode = stream");
    byte[] body = bytes(150_000);
    Files.write(files().resolve("stream.bin"), body);
    assertSigned(get("/files/stream.bin"), body);
    Answer part = get("/files/stream.bin", "Range: bytes=10-99");
    assertUnsigned(part, 206, Arrays.copyOfRange(body, 10, 100));
  }

  @Test
  void aBodyCodedByTheApplication_isDigestedAsSent() throws Exception {
    ByteArrayOutputStream coded = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(coded)) {
      gzip.write(bytes(500));
    }
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("Content-Encoding", "gzip");
          coded.writeTo(response.getOutputStream());
        });
    Answer answer = get("/app/x", "Accept-Encoding: gzip");
    assertSigned(answer, coded.toByteArray());
    assertEquals(Optional.of("gzip"), answer.field("Content-Encoding"));
  }

  /** Of these cases themselves: the client that judges them would see a wrong body. */
  @Test
  void anotherBodyThanTheOneSent_isNotBelieved() throws Exception {
    application("/app/x", (request, response) -> response.getWriter().print("abc"));
    Answer answer = get("/app/x");
    assertFieldsOf(answer::field, ascii("abc"));
    assertThrows(AssertionError.class, () -> assertFieldsOf(answer::field, ascii("abd")));
    assertThrows(
        MalformedFieldException.class,
        () -> assertFieldsOf(name -> answer.field(name).map(value -> value + "x"), ascii("abc")));
  }
}
