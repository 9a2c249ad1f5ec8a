// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.sidecar.FileAttributes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecentChangesTest {
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final RecentChanges changes = new RecentChanges(10, nanos::get);
  private final Path file;

  RecentChangesTest(@TempDir Path directory) throws IOException {
    file = Files.writeString(directory.resolve("a"), "one");
  }

  private boolean isRecent() throws IOException {
    return changes.include(file, FileAttributes.read(file));
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
  }

  @Test
  void fileThatChangesAgain_startsToSettleAnew() throws IOException {
    isRecent();
    Files.writeString(file, "three");
    assertTrue(isRecent());
    nanos.addAndGet(RecentChanges.SETTLING_TIME.toNanos());
    Files.writeString(file, "fourteen");
    assertTrue(isRecent());
  }
}
