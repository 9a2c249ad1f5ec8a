// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileMappingTest {
  private final Path directory;
  private final Path root;
  private final FileMapping mapping;

  FileMappingTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    root = Files.createDirectory(directory.resolve("root"));
    Files.createDirectory(root.resolve("sub"));
    Files.writeString(root.resolve("a.zip"), "a");
    Files.writeString(root.resolve("sub/b c.zip"), "b");
    Files.writeString(root.resolve("100%.zip"), "c");
    Files.writeString(directory.resolve("secret"), "s");
    mapping = new FileMapping(root, "/dl/", System::nanoTime);
  }

  private Optional<Path> located(String rawUri, String path) {
    return mapping.locate(rawUri, path).map(FileMapping.Located::file);
  }

  @Test
  void plainPathsAreMappedBelowTheRoot() {
    assertEquals(Optional.of(root.resolve("a.zip")), located("/dl/a.zip", "/dl/a.zip"));
    assertEquals(
        Optional.of(root.resolve("sub/b c.zip")), located("/dl/sub/b%20c.zip", "/dl/sub/b c.zip"));
    assertEquals(Optional.of(root.resolve("100%.zip")), located("/dl/100%25.zip", "/dl/100%.zip"));
  }

  /** Raw and decoded path, \0 and the like spelled out. */
  @ParameterizedTest(name = "{0} as {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "/dl/../secret|/dl/../secret",
        "/dl/../secret|/secret",
        "/dl/%2e%2e/secret|/dl/../secret",
        "/dl/%2E./secret|/secret",
        "/dl/..%2fsecret|/dl/../secret",
        "/dl/sub%2Fb%20c.zip|/dl/sub/b c.zip",
        "/dl/%252e%252e/secret|/dl/%2e%2e/secret",
        "/dl/a%252ezip|/dl/a%2ezip",
        "/dl/..%5csecret|/dl/..\\secret",
        "/dl/..\\secret|/dl/..\\secret",
        "/dl/a.zip;x=1|/dl/a.zip",
        "/dl;x/a.zip|/dl/a.zip",
        "/dl/a.zip%3b|/dl/a.zip;",
        "/dl/a.zip%00|/dl/a.zip\\0",
        "/dl/a.zip%0a|/dl/a.zip\\n",
        "/dl/a.zip%7f|/dl/a.zip",
        "/dl/a.zip.|/dl/a.zip.",
        "/dl/a.zip%20|'/dl/a.zip '",
        "/dl/./a.zip|/dl/./a.zip",
        "/dl/sub/../a.zip|/dl/sub/../a.zip",
        "/dl//a.zip|/dl//a.zip",
        "/dl/a.zip/|/dl/a.zip/",
        "/dl/sub|/dl/sub",
        "/dl/|/dl/",
        "/dl|/dl",
        "/other/a.zip|/other/a.zip",
        "/dl/none.zip|/dl/none.zip",
        "/dl/%zz|/dl/a.zip",
      })
  void anythingElseIsNoFile(String rawUri, String path) {
    assertEquals(Optional.empty(), located(rawUri, path.replace("\\0", "\0").replace("\\n", "\n")));
  }

  @Test
  void linksOutOfTheRootAreNoFiles() throws IOException {
    Files.createSymbolicLink(root.resolve("link"), directory.resolve("secret"));
    Files.createSymbolicLink(root.resolve("up"), directory);
    Files.createSymbolicLink(root.resolve("inside"), root.resolve("a.zip"));
    assertTrue(located("/dl/link", "/dl/link").isEmpty());
    assertTrue(located("/dl/up/secret", "/dl/up/secret").isEmpty());
    assertTrue(located("/dl/inside", "/dl/inside").isPresent());
  }

  @Test
  void aKnownFileThatBecomesALinkOutIsNoFile() throws IOException {
    assertTrue(located("/dl/a.zip", "/dl/a.zip").isPresent());
    Files.delete(root.resolve("a.zip"));
    Files.createSymbolicLink(root.resolve("a.zip"), directory.resolve("secret"));
    assertTrue(located("/dl/a.zip", "/dl/a.zip").isEmpty());
  }

  @Test
  void aFileThatComesRightAfterALookInVain_isFoundAMomentLater() throws IOException {
    AtomicLong nanos = new AtomicLong(Long.MAX_VALUE); // which overflows
    FileMapping moment = new FileMapping(root, "/dl/", nanos::get);
    assertTrue(moment.locateUnlessAbsent("/dl/a.zip", "/dl/a.zip").isPresent());
    assertTrue(moment.locateUnlessAbsent("/dl/new.zip", "/dl/new.zip").isEmpty());
    Files.createFile(root.resolve("new.zip"));
    nanos.addAndGet(FileMapping.LOOK_TIME.toNanos() - 1);
    assertTrue(moment.locateUnlessAbsent("/dl/new.zip", "/dl/new.zip").isEmpty());
    assertTrue(moment.locate("/dl/new.zip", "/dl/new.zip").isPresent());
    nanos.incrementAndGet();
    assertTrue(moment.locateUnlessAbsent("/dl/new.zip", "/dl/new.zip").isPresent());
  }
}
