// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.sidecar.SigningProgress;
import java.io.Console;
import java.io.PrintStream;
import java.util.Locale;

/** One line on a terminal's error stream that grows; nothing where there is no terminal. */
final class ProgressBar implements SigningProgress, AutoCloseable {
  private static final int WIDTH = 30;
  private static final long REDRAW_NANOS = 100_000_000;

  private final boolean visible;
  private final PrintStream terminal;
  private long drawnAt;
  private boolean drawn;

  private ProgressBar(boolean visible, PrintStream terminal) {
    this.visible = visible;
    this.terminal = terminal;
    this.drawnAt = System.nanoTime();
  }

  /** A bar, visible if it is wanted and the command runs on a terminal. */
  static ProgressBar onTerminal(boolean wanted) {
    return new ProgressBar(wanted && isTerminal(), System.err);
  }

  @SuppressWarnings("SystemConsoleNull") // for Java 22 and later there is isTerminal
  private static boolean isTerminal() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException before22) {
      return true;
    }
  }

  @Override
  public void advanced(Snapshot progress) {
    long now = System.nanoTime();
    if (!visible || now - drawnAt < REDRAW_NANOS) {
      return;
    }
    drawnAt = now;
    drawn = true;
    double share =
        progress.bytesTotal() == 0 ? 1 : (double) progress.bytesDone() / progress.bytesTotal();
    int filled = (int) Math.round(Math.min(1, share) * WIDTH);
    terminal.print(
        String.format(
            Locale.ROOT,
            "\r[%s%s] %3.0f %%  %,d of %,d files",
            "#".repeat(filled),
            ".".repeat(WIDTH - filled),
            share * 100,
            progress.filesDone(),
            progress.filesTotal()));
    terminal.flush();
  }

  /** Clears the line. */
  @Override
  public void close() {
    if (drawn) {
      terminal.print("\r" + " ".repeat(WIDTH + 45) + "\r");
      terminal.flush();
    }
  }
}
