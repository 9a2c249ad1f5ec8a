// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that change while the container and the filter remember them. */
class FileChangeCases extends ServedFiles {
  /** As deployment tools do it: one step, and the time that the file had elsewhere. */
  private void replaceKeepingTime(String name, byte[] content) throws IOException {
    Path file = directory.resolve(name);
    FileTime modified = Files.getLastModifiedTime(file);
    Path next = Files.write(directory.resolve("next"), content);
    Files.setLastModifiedTime(next, modified);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, MIDDLE, LARGE})
  void aFileThatWasMissedAMomentAgo_isSignedOnlyWhereItIsSent(int length) throws Exception {
    assertEquals(404, get(url + "/a.bin").status());
    String path = file("a.bin", bytes(length));
    for (int i = 0; i < 3; i++) {
      assertTrueOrUnsigned(get(path));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"static", "sidecar"})
  void aFileReplacedUnderItsSizeAndTime_isNotSignedForWhatItWas(String mode) throws Throwable {
    int[] lengths = {SMALL, MIDDLE, LARGE};
    List<String> paths = new ArrayList<>();
    for (int length : lengths) {
      paths.add(file(length + ".bin", bytes(length)));
    }
    signFor(mode);
    settings("dive.rule.20.mode = " + mode);
    for (int i = 0; i < lengths.length; i++) {
      assertSigned(get(paths.get(i)), bytes(lengths[i]));
      byte[] other = bytes(lengths[i]);
      other[0]++;
      replaceKeepingTime(lengths[i] + ".bin", other);
    }
    signFor(mode);
    // That it stays so, whatever the time, is in FileCachesTest.
    String log =
        logOf(
            () -> {
              for (String path : paths) {
                assertNoFields(get(path));
              }
            });
    assertWarned(log, "touch the file, or restart the server");
  }

  private void signFor(String mode) throws Exception {
    if (mode.equals("sidecar")) {
      sign(SMALL + ".bin", MIDDLE + ".bin", LARGE + ".bin");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, MIDDLE, LARGE})
  void aFileReplacedByACopyOfItself_staysSigned(int length) throws Exception {
    String path = file("a.bin", bytes(length));
    assertSigned(get(path), bytes(length));
    replaceKeepingTime("a.bin", bytes(length));
    assertSigned(get(path), bytes(length));
  }

  @Test
  void aFileWithOtherPermissions_staysSigned() throws Exception {
    String path = file("a.bin", bytes(MIDDLE));
    Path file = directory.resolve("a.bin");
    Assumptions.assumeTrue(
        file.getFileSystem().supportedFileAttributeViews().contains("posix"),
        "the file system has no permissions");
    assertSigned(get(path), bytes(MIDDLE));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertSigned(get(path), bytes(MIDDLE));
  }
}
