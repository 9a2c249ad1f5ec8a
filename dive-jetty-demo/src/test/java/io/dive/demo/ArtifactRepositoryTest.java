// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.dive.cli.DiveCommand;
import io.dive.sidecar.Sidecar;
import io.dive.verify.DiveClient;
import io.dive.verify.Fetched;
import io.dive.verify.Verdict;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real directory of artifacts: this machine's own Maven repository, signed and served. */
@Timeout(300)
class ArtifactRepositoryTest {
  private static final int FEWEST_FILES = 1_000;
  private static final int SAMPLE = 50;

  @TempDir private Path directory = Path.of("");

  @Test
  void mavenRepository_signedByCommandServedAndVerified() throws Exception {
    Path root = directory.resolve("repository");
    List<Path> files = link(repository(), root);
    Assumptions.assumeTrue(
        files.size() >= FEWEST_FILES,
        "the Maven repository holds " + files.size() + " files, fewer than " + FEWEST_FILES);
    DataDirectory data = DataDirectory.open(directory.resolve("data"));
    SigningKeys.Key key = data.signingKeys(Clock.systemUTC()).keys().get(0);

    assertEquals(counts(files.size(), 0), sign(key, root));
    assertEquals(counts(0, files.size()), sign(key, root));

    try (Sandbox sandbox = Sandbox.start(Ready.options(data.path(), "--root", root.toString()))) {
      Ready ready = Ready.parse(sandbox.readyLine());
      DiveClient client = ready.client();
      for (int i = 0; i < SAMPLE; i++) {
        Path file = files.get((int) ((long) i * files.size() / SAMPLE));
        Fetched fetched = client.verify(url(ready, root, file));

        assertInstanceOf(
            Verdict.Accepted.class,
            fetched.outcome().verdict(),
            () -> file + " " + fetched.outcome().verdict());
        assertEquals(Files.size(file), fetched.bodyBytes(), file.toString());
      }
    }
  }

  /** The repository that runs this build. */
  private static Path repository() {
    String given = System.getProperty("maven.repo.local", "");
    return given.isEmpty()
        ? Path.of(System.getProperty("user.home"), ".m2", "repository")
        : Path.of(given);
  }

  /** Links or copies: nothing is ever written into the repository itself. */
  private static List<Path> link(Path repository, Path target) throws IOException {
    Assumptions.assumeTrue(Files.isDirectory(repository), repository + " is not there");
    List<Path> originals;
    try (Stream<Path> all = Files.walk(repository)) {
      originals =
          all.filter(Files::isRegularFile)
              // Maven may be writing these at this moment.
              .filter(
                  file -> !file.toString().matches(".*\\.(tmp|part|lock|lastUpdated|properties)"))
              .filter(file -> !file.toString().endsWith(Sidecar.SUFFIX))
              .sorted()
              .toList();
    }
    for (Path original : originals) {
      Path link = target.resolve(repository.relativize(original).toString());
      Files.createDirectories(link.getParent());
      try {
        Files.createLink(link, original);
      } catch (IOException | UnsupportedOperationException e) { // another file system
        Files.copy(original, link);
      }
    }
    return originals.stream()
        .map(original -> target.resolve(repository.relativize(original).toString()))
        .toList();
  }

  private String sign(SigningKeys.Key signing, Path root) throws Exception {
    String key = signing.id() + "=" + signing.file();
    try (SandboxProcess command =
        SandboxProcess.start(
            directory, DiveCommand.class, List.of("sign", "--key", key, root.toString()))) {
      List<String> printed = command.rest();
      assertEquals(0, command.process().exitValue(), command.errors().toString());
      String summary = printed.get(printed.size() - 1);
      return summary.substring(0, summary.indexOf(';'));
    }
  }

  private static String counts(int signed, int unchanged) {
    return String.format(Locale.ROOT, "%,d signed, %,d unchanged, 0 failed", signed, unchanged);
  }

  private static URI url(Ready ready, Path root, Path file) throws Exception {
    String path = "/downloads/" + root.relativize(file).toString().replace('\\', '/');
    return ready.url(new URI(null, null, path, null).toASCIIString());
  }
}
