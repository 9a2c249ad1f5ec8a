// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.HashAlgorithm;
import io.dive.settings.DiveSettings;
import io.dive.settings.Mode;
import io.dive.settings.PathPattern;
import io.dive.settings.RuleSettings;
import io.dive.sidecar.SigningProgress;
import io.dive.sidecar.TreeSigner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files of which the container remembers something else than what is there now. */
class FileCachesTest extends DiveFilterSuite {
  private static final List<String> FILES = List.of("/small.txt", "/middle.bin", "/big.bin");

  private Path file(String path) {
    return files.resolve(path.substring(1));
  }

  private byte[] content(String path) throws IOException {
    return Files.readAllBytes(file(path));
  }

  private static byte[] body(RawAnswer answer) {
    return answer.body().getBytes(StandardCharsets.ISO_8859_1);
  }

  private void assertServed(RawAnswer answer, byte[] body) throws Exception {
    assertEquals(200, answer.status());
    assertArrayEquals(body, body(answer));
    assertSigned(answer, body);
  }

  /** As deployment tools do it: one step, and the time that the file had elsewhere. */
  private void replace(String path, byte[] content, FileTime modified) throws IOException {
    Path next = Files.write(files.resolve("next"), content);
    Files.setLastModifiedTime(next, modified);
    Files.move(next, file(path), StandardCopyOption.ATOMIC_MOVE);
    passAMoment();
  }

  /** So that one look does not serve the next request too. */
  private void passAMoment() {
    nanos.addAndGet(FileMapping.LOOK_TIME.toNanos());
  }

  private FileTime modified(String path) throws IOException {
    return Files.getLastModifiedTime(file(path));
  }

  /** Other bytes under the size and time of those before; returns them. */
  private byte[] replaceUnseen(String path) throws IOException {
    byte[] other = content(path);
    other[0]++;
    replace(path, other, modified(path));
    return other;
  }

  /** The same bytes under a later time. */
  private void replaceLater(String path) throws IOException {
    replace(path, content(path), FileTime.fromMillis(modified(path).toMillis() + 5_000));
  }

  @ParameterizedTest
  @EnumSource
  void aBigFileThatIsNew_isNotSignedWhereTheContainerMissesIt(FilterContainer container)
      throws Exception {
    int port = startStatic(container);
    assertUnsigned(404, get(port, "/new.bin"));
    Files.write(files.resolve("new.bin"), big);
    assertUnsigned(404, get(port, "/new.bin"));
  }

  @ParameterizedTest
  @EnumSource
  void aBigFileThatWasAwayWithItsDirectory_isNotSignedWhereTheContainerMissesIt(
      FilterContainer container) throws Exception {
    Files.write(files.resolve("sub/big.bin"), big);
    int port = startStatic(container);
    assertServed(get(port, "/sub/big.bin"), big);
    settle();
    Files.move(files.resolve("sub"), files.resolve("away"));
    started.get(0).expiry().run();
    assertUnsigned(404, get(port, "/sub/big.bin"));
    Files.move(files.resolve("away"), files.resolve("sub"));
    RawAnswer answer = get(port, "/sub/big.bin");
    if (container == FilterContainer.TOMCAT) {
      assertUnsigned(404, answer);
    } else {
      assertServed(answer, big);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aBigFileThatTheContainerDoesNotServe_isNeverSigned(FilterContainer container)
      throws Exception {
    Path elsewhere = Files.createDirectory(files.resolveSibling("elsewhere"));
    byte[] longer = new byte[BIG + 1];
    Files.write(elsewhere.resolve("big.bin"), longer);
    Files.write(elsewhere.resolve("missing.bin"), longer);
    int port =
        start(
            container,
            settings()
                .rule(
                    new RuleSettings(
                        1,
                        new PathPattern("/**"),
                        List.of(Mode.STATIC),
                        Optional.of(elsewhere),
                        Optional.empty()))
                .build());
    for (int i = 0; i < 3; i++) {
      assertUnsigned(200, get(port, "/big.bin"));
      assertUnsigned(404, get(port, "/missing.bin"));
      settle();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFileReplacedUnderItsSizeAndTime_isNotSignedUntilTheyChange(FilterContainer container)
      throws Exception {
    int port = startStatic(container);
    for (String path : FILES) {
      byte[] old = content(path);
      assertServed(get(port, path), old);
      byte[] other = replaceUnseen(path);
      for (int i = 0; i < 3; i++) {
        RawAnswer answer = get(port, path);
        assertUnsigned(200, answer);
        boolean byKernel = container == FilterContainer.TOMCAT && !path.equals("/small.txt");
        assertArrayEquals(byKernel ? other : old, body(answer), path);
        settle();
      }
      replaceLater(path);
      assertUnsigned(200, get(port, path));
      settle();
      started.get(0).expiry().run();
      if (container == FilterContainer.TOMCAT) {
        assertServed(get(port, path), other);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSignedFileReplacedUnderItsSizeAndTime_isNotSignedEither(FilterContainer container)
      throws Exception {
    int port = start(container, settings().rule("/**", Mode.SIDECAR).build());
    for (String path : FILES) {
      sign(path);
      assertServed(get(port, path), content(path));
      replaceUnseen(path);
      sign(path);
      for (int i = 0; i < 3; i++) {
        assertUnsigned(200, get(port, path));
        settle();
      }
    }
  }

  private void sign(String path) throws Exception {
    new TreeSigner(List.of(signer), HashAlgorithm.SHA_256, TreeSigner.Options.DEFAULT)
        .sign(List.of(file(path)), SigningProgress.NONE);
  }

  /** From then on the container may answer a plain request by itself, behind fields set before. */
  @ParameterizedTest
  @EnumSource
  void aFileThatHasSettled_isSignedOnlyWhereItIsSentWhole(FilterContainer container)
      throws Exception {
    int port = startStatic(container);
    for (String path : FILES) {
      byte[] content = content(path);
      assertServed(get(port, path), content);
      settle();
      assertServed(get(port, path, "Accept-Encoding: gzip"), content);
      RawAnswer head = RawAnswer.to(port, "HEAD " + path + " HTTP/1.1", "Host: example.com");
      assertSigned(head, content);
      RawAnswer part = get(port, path, "Range: bytes=1-2");
      assertUnsigned(206, part);
      assertEquals(head.value("Content-Digest"), part.value("Repr-Digest"));
      assertUnsigned(304, get(port, path, "If-Modified-Since: " + head.value("Last-Modified")));
      assertUnsigned(412, get(port, path, "If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT"));
      replaceLater(path);
      assertUnsigned(200, get(port, path));
      Files.delete(file(path));
      RawAnswer gone = get(port, path);
      assertUnsigned(gone.status(), gone);
    }
  }

  /** The fields come onto the response in another way then, where the container has one. */
  @ParameterizedTest
  @EnumSource
  void aFileThatIsAskedForAgain_hasTheSameHead(FilterContainer container) throws Exception {
    assertSameHeads(startStatic(container));
  }

  @ParameterizedTest
  @EnumSource
  void aFilterThatIsThereTwice_actsOnce(FilterContainer container) throws Exception {
    DiveSettings settings = settings().rule("/**", Mode.STATIC).build();
    FilterContainer.Running running =
        container.start(
            files,
            List.of(
                new DiveFilter(settings, new MicrometerMetrics(meters), nanos::get),
                new DiveFilter(settings, ResponseMetrics.NONE, nanos::get)),
            Map.of());
    started.add(running);
    assertSameHeads(running.port());
  }

  /** At first, and three times when the file has settled. */
  private void assertSameHeads(int port) throws Exception {
    for (String path : FILES) {
      List<String> first = head(get(port, path));
      settle();
      for (int i = 0; i < 3; i++) {
        RawAnswer answer = get(port, path);
        assertServed(answer, content(path));
        assertEquals(first, head(answer));
        assertTrue(answer.value("Cache-Control").contains("no-transform"));
      }
    }
    assertCounted(4 * FILES.size(), Mode.STATIC, ResponseOutcome.SIGNED);
  }

  private static List<String> head(RawAnswer answer) {
    return answer.fields().stream().filter(field -> !field.startsWith("date:")).sorted().toList();
  }

  /** A moment, because the sidecar of a file that is asked for all the time is not. */
  @ParameterizedTest
  @EnumSource
  void aSidecarThatWasTakenAway_isNotServedAfterAMoment(FilterContainer container)
      throws Exception {
    int port = start(container, settings().rule("/**", Mode.SIDECAR).build());
    for (String path : FILES) {
      byte[] content = content(path);
      sign(path);
      assertServed(get(port, path), content);
      settle();
      assertServed(get(port, path), content);
      Files.delete(file(path + ".dive"));
      nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
      RawAnswer answer = get(port, path);
      assertUnsigned(200, answer);
      assertArrayEquals(content, body(answer));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFileThatOnlyLooksReplaced_staysSigned(FilterContainer container) throws Exception {
    assertStaySigned(container, path -> replace(path, content(path), modified(path)));
  }

  @ParameterizedTest
  @EnumSource
  void aFileWithOtherPermissions_staysSigned(FilterContainer container) throws Exception {
    Assumptions.assumeTrue(
        files.getFileSystem().supportedFileAttributeViews().contains("unix"),
        "the file system tells no change times");
    Set<PosixFilePermission> others = PosixFilePermissions.fromString("rw-------");
    assertStaySigned(container, path -> Files.setPosixFilePermissions(file(path), others));
  }

  /** What is done to a file, by its path in URLs. */
  private interface Change {
    void of(String path) throws IOException;
  }

  private void assertStaySigned(FilterContainer container, Change change) throws Exception {
    int port = startStatic(container);
    for (String path : FILES) {
      byte[] content = content(path);
      assertServed(get(port, path), content);
      change.of(path);
      assertServed(get(port, path), content);
    }
  }
}
