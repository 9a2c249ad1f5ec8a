// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/**
 * Writes down what became of each case in this run's container: one file per class of cases below
 * {@link #DIRECTORY}, one line per case, {@code sentence TAB result TAB reason}.
 */
final class CaseLog implements BeforeAllCallback, AfterAllCallback, TestWatcher {
  static final Path DIRECTORY = Path.of("target", "conformance");

  /** What the table shows. */
  enum Result {
    PASSED,
    DIFFERS,
    FAILED
  }

  private record Row(Result result, String reason) {}

  private static final AtomicBoolean BEGUN = new AtomicBoolean();

  private final Map<String, Row> rows = new TreeMap<>();

  /** The first class of a run takes away what an earlier run has found in the container. */
  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    rows.clear();
    if (!BEGUN.getAndSet(true) && Files.isDirectory(directory())) {
      try (Stream<Path> stale = Files.list(directory())) {
        for (Path file : stale.toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static Path directory() {
    return DIRECTORY.resolve(System.getProperty("conformance.results", Kind.current().id()));
  }

  @Override
  public void testSuccessful(ExtensionContext context) {
    Optional<Differs> differs =
        Stream.of(context.getRequiredTestMethod().getAnnotationsByType(Differs.class))
            .filter(annotation -> Kind.current().isOneOf(annotation.in()))
            .findFirst();
    Row row =
        differs
            .map(annotation -> new Row(Result.DIFFERS, annotation.because()))
            .orElse(new Row(Result.PASSED, ""));
    // A case of many parameters has failed if one of them has.
    rows.merge(sentence(context), row, (old, now) -> old.result == Result.FAILED ? old : now);
  }

  @Override
  public void testFailed(ExtensionContext context, Throwable cause) {
    rows.put(sentence(context), new Row(Result.FAILED, ""));
  }

  @Override
  public void testAborted(ExtensionContext context, Throwable cause) {
    rows.put(sentence(context), new Row(Result.FAILED, ""));
  }

  @Override
  public void testDisabled(ExtensionContext context, Optional<String> reason) {
    rows.put(sentence(context), new Row(Result.FAILED, ""));
  }

  @Override
  public void afterAll(ExtensionContext context) {
    String text =
        rows.entrySet().stream()
            .map(
                row ->
                    "%s\t%s\t%s\n"
                        .formatted(row.getKey(), row.getValue().result, row.getValue().reason))
            .reduce("", String::concat);
    try {
      Files.writeString(
          Files.createDirectories(directory())
              .resolve(context.getRequiredTestClass().getSimpleName() + ".tsv"),
          text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The name given, else the method's name as a sentence. */
  private static String sentence(ExtensionContext context) {
    Method method = context.getRequiredTestMethod();
    DisplayName given = method.getAnnotation(DisplayName.class);
    return given != null ? given.value() : sentence(method.getName());
  }

  /** {@code aBodyOfUnknownLength_isSigned} becomes "a body of unknown length is signed". */
  static String sentence(String camelCase) {
    String words =
        String.join(
            " ",
            List.of(
                camelCase
                    .replace('_', ' ')
                    .split("(?<=[a-z0-9])(?=[A-Z])|(?<=[a-z]A)(?=[A-Z])", -1)));
    return words.toLowerCase(Locale.ROOT);
  }
}
