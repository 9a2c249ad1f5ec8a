// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Wire.Answer;
import io.dive.protocol.Bytes;
import io.dive.protocol.FieldNames;
import io.dive.protocol.MalformedFieldException;
import io.dive.sidecar.SigningProgress;
import io.dive.sidecar.TreeSigner;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;

/**
 * Cases of files: each has a directory of its own below {@link #files}, since containers and the
 * filter remember what they have seen of a path for some seconds.
 */
abstract class ServedFiles extends Conformance {
  static final int SMALL = 6;

  /** Longer than a container's buffer, shorter than what is sent without a guard. */
  static final int MIDDLE = 200_000;

  /** Sent by the kernel where the container can do that. */
  static final int LARGE = 2 * 1024 * 1024;

  static final String OFF = "dive.rule.20.mode = off";

  private static final AtomicInteger DIRECTORIES = new AtomicInteger();

  /** The directory of this case, and its URL path. */
  Path directory = Path.of("");

  String url = "";

  @BeforeEach
  final void startWithoutFiles() throws IOException {
    String name = Integer.toString(DIRECTORIES.incrementAndGet());
    directory = Files.createDirectory(files().resolve(name));
    url = "/files/" + name;
  }

  /** Writes a file and gives its URL path, for a name without anything special. */
  final String file(String name, byte[] content) throws IOException {
    Files.write(directory.resolve(name), content);
    return url + "/" + name;
  }

  /** The directory that the container serves, whatever the rules say. */
  static Path served() {
    return requireNonNull(files().getParent());
  }

  /** What no request may reach. */
  static Path outside() {
    return requireNonNull(served().getParent());
  }

  /** Puts a rule to work in which nothing is signed. */
  final void off(String... lines) throws Exception {
    settings(
        Stream.concat(Stream.of(OFF, "dive.rule.20.root ="), Arrays.stream(lines))
            .toArray(String[]::new));
  }

  /** Writes the sidecars of files, as {@code dive sign} does. */
  final void sign(String... names) throws Exception {
    new TreeSigner(List.of(signer()), HASH, TreeSigner.Options.DEFAULT)
        .sign(Stream.of(names).map(directory::resolve).toList(), SigningProgress.NONE);
  }

  /** As whoever sends a file does; without it nobody can tell a file from something made up. */
  final void setLastModified(HttpServletResponse response, String name) throws IOException {
    response.setDateHeader(
        "Last-Modified", Files.getLastModifiedTime(directory.resolve(name)).toMillis());
  }

  /** What a client that knows the key makes of an answer: signed truly, or not at all. */
  static void assertTrueOrUnsigned(Answer answer) throws MalformedFieldException {
    boolean signed =
        FieldNames.SIGNED_RESPONSE.stream().anyMatch(name -> answer.field(name).isPresent());
    if (signed) {
      assertEquals(200, answer.status());
      assertFieldsOf(answer::field, answer.body());
    }
    assertTrue(answer.complete());
  }

  /** The two answers differ in nothing but what the filter adds. */
  static void assertSameButForOurFields(Answer without, Answer with) {
    assertEquals(without.status(), with.status());
    assertEquals(without.complete(), with.complete());
    assertArrayEquals(withoutBoundary(without).body(), withoutBoundary(with).body());
    assertEquals(others(withoutBoundary(without)), others(withoutBoundary(with)));
  }

  private static Set<String> others(Answer answer) {
    return answer.fields().stream()
        .filter(
            field ->
                !FieldNames.SIGNED_RESPONSE.contains(field.getKey())
                    && !FieldNames.REPR_DIGEST.equalsIgnoreCase(field.getKey())
                    && !field.getKey().equalsIgnoreCase("Date")
                    && !field.getValue().equals("no-transform"))
        .map(field -> field.getKey().toLowerCase(Locale.ROOT) + ": " + field.getValue())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The boundary of a multi-range answer is made up anew each time. */
  private static Answer withoutBoundary(Answer answer) {
    String type = answer.field("Content-Type").orElse("");
    int at = type.indexOf("boundary=");
    if (at < 0) {
      return answer;
    }
    String boundary = type.substring(at + "boundary=".length()).replace("\"", "");
    List<Map.Entry<String, String>> fields =
        answer.fields().stream()
            .map(field -> Map.entry(field.getKey(), field.getValue().replace(boundary, "B")))
            .filter(field -> !field.getKey().equalsIgnoreCase("Content-Length"))
            .toList();
    byte[] body = answer.text().replace(boundary, "B").getBytes(StandardCharsets.ISO_8859_1);
    return new Answer(
        answer.status(), fields, Bytes.of(body), answer.trailers(), answer.complete());
  }
}
