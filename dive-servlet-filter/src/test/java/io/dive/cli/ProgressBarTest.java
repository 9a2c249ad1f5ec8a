// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dive.sidecar.SigningProgress.Snapshot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a terminal shows while a tree is signed. */
@Timeout(300)
class ProgressBarTest {
  private final AtomicLong millis = new AtomicLong();
  private final ByteArrayOutputStream terminal = new ByteArrayOutputStream();

  private ProgressBar bar(boolean visible) {
    return new ProgressBar(
        visible,
        new PrintStream(terminal, true, StandardCharsets.UTF_8),
        () -> TimeUnit.MILLISECONDS.toNanos(millis.get()));
  }

  /** What has come since the last look. */
  private String shown() {
    String shown = terminal.toString(StandardCharsets.UTF_8);
    terminal.reset();
    return shown;
  }

  @Test
  void line_growsTenTimesASecondAtMost_andIsClearedAtTheEnd() {
    try (ProgressBar bar = bar(true)) {
      bar.looked(1000);
      assertEquals("", shown(), "a short run shows nothing");
      millis.addAndGet(100);
      bar.looked(12_000);
      assertEquals("\rlooked at 12,000 files and directories", shown());
      bar.looked(13_000);
      bar.advanced(new Snapshot(1, 4, 10, 100));
      assertEquals("", shown());
      millis.addAndGet(100);
      bar.advanced(new Snapshot(3000, 4000, 50, 100));
      assertEquals("\r[###############...............]  50 %  3,000 of 4,000 files", shown());
    }
    assertTrue(shown().matches("\r {60,}\r"));
  }

  @Test
  void emptyFiles_areAllOfNothing() {
    try (ProgressBar bar = bar(true)) {
      millis.addAndGet(100);
      bar.advanced(new Snapshot(1, 2, 0, 0));
      assertEquals("\r[##############################] 100 %  1 of 2 files", shown());
    }
  }

  @Test
  void withoutATerminal_nothingIsShown() {
    try (ProgressBar bar = bar(false)) {
      millis.addAndGet(100);
      bar.looked(12_000);
      bar.advanced(new Snapshot(1, 2, 1, 2));
    }
    assertEquals("", shown());
  }

  @Test
  void sign_onATerminal_showsTheBar_andWithJsonItDoesNot(@TempDir Path directory) throws Exception {
    try (CommandSite site = new CommandSite(directory)) {
      try (RandomAccessFile file =
          new RandomAccessFile(site.files.resolve("long").toFile(), "rw")) {
        file.setLength(1 << 30); // takes several times as long to hash as the bar waits
      }
      String all = onTerminal(site);
      assertTrue(all.contains("\r["), all);
      assertTrue(all.contains(" of 3 files\r"), all);
      assertTrue(all.endsWith("3 signed, 0 unchanged, 0 failed; 1,073,741,837 bytes hashed\r\n"));
      String json = onTerminal(site, "--json", "--force");
      assertFalse(json.contains("\r["), json);
      // Newer runtimes warn of libraries on the class path before.
      String last = json.substring(json.lastIndexOf('\n', json.length() - 2) + 1);
      assertTrue(last.startsWith("{\"signed\":3,"), json);
    }
  }

  /** What {@code sign} writes to a terminal of its own, made by {@code script}. */
  private static String onTerminal(CommandSite site, String... more) throws Exception {
    List<String> words =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "io.dive.cli.DiveCommand",
                "sign",
                site.keyOption(),
                site.files.toString()));
    words.addAll(List.of(more));
    String line = String.join(" ", words.stream().map(word -> "'" + word + "'").toList());
    ProcessBuilder builder =
        new ProcessBuilder("script", "--quiet", "--return", "--command", line, "/dev/null");
    builder.environment().put("SHELL", "/bin/sh");
    builder.redirectErrorStream(true).redirectInput(Path.of("/dev/null").toFile());
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      assumeTrue(false, "script is not installed");
      throw e;
    }
    try {
      String all = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, process.waitFor(), all);
      return all;
    } finally {
      process.destroyForcibly();
    }
  }
}
