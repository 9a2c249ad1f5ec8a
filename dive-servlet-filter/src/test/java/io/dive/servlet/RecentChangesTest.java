// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.BodyDigest;
import io.dive.protocol.HashAlgorithm;
import io.dive.sidecar.FileAttributes;
import io.dive.sign.BodyDigester;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecentChangesTest {
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final RecentChanges changes = new RecentChanges(10, nanos::get);
  private final Path file;

  RecentChangesTest(@TempDir Path directory) throws IOException {
    file = Files.writeString(directory.resolve("a"), "one");
  }

  private RecentChanges.Seen look() throws IOException {
    return changes.look(file, FileAttributes.read(file));
  }

  private boolean isRecent() throws IOException {
    return look().isRecent();
  }

  private void settle() {
    nanos.addAndGet(RecentChanges.SETTLING_TIME.toNanos());
  }

  /** Another file under the name, with the time that the one before had. */
  private void replace(String content) throws IOException {
    FileTime modified = Files.getLastModifiedTime(file);
    Path next = Files.writeString(file.resolveSibling("next"), content);
    Files.setLastModifiedTime(next, modified);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private void setPermissions(String permissions) throws IOException {
    Assumptions.assumeTrue(
        file.getFileSystem().supportedFileAttributeViews().contains("unix"),
        "the file system tells no change times");
    Object before = FileAttributes.read(file).fileKey();
    // A change time is as coarse as the clock tick.
    while (Objects.equals(before, FileAttributes.read(file).fileKey())) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }
  }

  private static BodyDigest digest(String content) {
    return BodyDigester.digest(HashAlgorithm.SHA_256, content.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void fileSeenForTheFirstTime_hasNotChanged() throws IOException {
    assertFalse(isRecent());
    assertFalse(isRecent());
  }

  @Test
  void changedFile_isRecentUntilItHasSettled() throws IOException {
    isRecent();
    Files.writeString(file, "three");
    assertTrue(isRecent());
    nanos.addAndGet(RecentChanges.SETTLING_TIME.toNanos() - 1);
    assertTrue(isRecent());
    nanos.incrementAndGet();
    assertFalse(isRecent());
    assertTrue(look().admits(digest("three"), true));
  }

  @Test
  void fileThatChangesAgain_startsToSettleAnew() throws IOException {
    isRecent();
    Files.writeString(file, "three");
    assertTrue(isRecent());
    settle();
    Files.writeString(file, "fourteen");
    assertTrue(isRecent());
  }

  @Test
  void fileThatTheContainerHasSent_hasSettledAfterAWhile() throws IOException {
    settle();
    look().wasSent("/a");
    assertFalse(look().hasSettled("/a"));
    nanos.addAndGet(RecentChanges.SETTLING_TIME.toNanos() - 1);
    assertFalse(look().hasSettled("/a"));
    nanos.incrementAndGet();
    assertTrue(look().hasSettled("/a"));
    assertFalse(look().hasSettled("/b"), "another path may lead to another file");
    Files.writeString(file, "three");
    assertFalse(look().hasSettled("/a"));
  }

  @Test
  void fileThatTheContainerHasNeverSent_hasNotSettled() throws IOException {
    look();
    settle();
    assertFalse(look().hasSettled("/a"));
  }

  @Test
  void fileReplacedUnderItsSizeAndTime_admitsTheContentItHadAlone() throws IOException {
    look().admits(digest("one"), true);
    replace("two");
    settle();
    assertFalse(isRecent());
    assertFalse(look().admitsNone());
    assertFalse(look().admits(digest("two"), true));
    assertTrue(look().admits(digest("one"), true));
  }

  @Test
  void fileReplacedTwiceUnderItsSizeAndTime_admitsNothing() throws IOException {
    look().admits(digest("one"), true);
    replace("two");
    look().admits(digest("two"), true);
    replace("one");
    settle();
    assertTrue(look().admitsNone());
    assertFalse(look().admits(digest("one"), true));
  }

  @Test
  void fileReplacedBeforeItsContentWasKnown_admitsNothing() throws IOException {
    look();
    replace("two");
    assertTrue(look().admitsNone());
    Files.writeString(file, "three");
    assertFalse(look().admitsNone());
    assertTrue(isRecent());
  }

  @Test
  void aDigestFoundBesideTheFile_doesNotShowThatItIsTheFileOfBefore() throws IOException {
    look().admits(digest("one"), false);
    replace("two");
    assertTrue(look().admits(digest("one"), false), "signed beforehand, and not yet anew");
    assertFalse(look().admits(digest("two"), false));
  }

  @Test
  void aDigestOfTheFile_showsThatItIsTheFileOfBefore() throws IOException {
    look().admits(digest("one"), true);
    replace("one");
    assertTrue(look().admits(digest("one"), true));
    BodyDigest longer =
        BodyDigester.digest(HashAlgorithm.SHA_512, "one".getBytes(StandardCharsets.US_ASCII));
    assertTrue(look().admits(longer, true), "after a change of settings");
  }

  @Test
  void permissionsSetAfterAChange_letItSettleAnew() throws IOException {
    look();
    Files.writeString(file, "three");
    look();
    settle();
    setPermissions("rw-------");
    assertTrue(isRecent());
    settle();
    assertFalse(isRecent());
    assertTrue(look().admits(digest("three"), true));
  }

  @Test
  void permissionsSetTwiceAfterAReplacement_admitTheContentOfBeforeAlone() throws IOException {
    look().admits(digest("one"), true);
    replace("two");
    look();
    setPermissions("rw-------");
    assertFalse(look().admits(digest("two"), true));
    setPermissions("rw-r-----");
    assertFalse(look().admits(digest("two"), true));
    assertTrue(look().admits(digest("one"), true));
  }
}
