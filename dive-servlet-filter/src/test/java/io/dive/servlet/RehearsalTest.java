// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That meters see nothing of it, {@link SeveralHostsTest} shows: it counts every byte. */
class RehearsalTest {
  @Test
  void hash_missingFileOrDirectory_isNoFailure(@TempDir Path directory) {
    assertDoesNotThrow(() -> Rehearsal.hash(directory.resolve("missing")));
    assertDoesNotThrow(() -> Rehearsal.hash(directory));
  }

  @Test
  void run_interruptedThread_runsAndStaysInterrupted() {
    Thread.currentThread().interrupt();
    try {
      assertDoesNotThrow(Rehearsal::run);
    } finally {
      assertTrue(Thread.interrupted());
    }
  }
}
