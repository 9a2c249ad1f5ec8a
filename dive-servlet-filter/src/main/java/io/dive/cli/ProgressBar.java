// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.sidecar.SigningProgress;
import java.io.Console;
import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/** One line on a terminal's error stream that grows; nothing where there is no terminal. */
final class ProgressBar implements SigningProgress, AutoCloseable {
  private static final int WIDTH = 30;
  private static final long REDRAW_NANOS = 100_000_000;

  private final boolean visible;
  private final PrintStream terminal;
  private final LongSupplier nanoClock;
  private long drawnAt;
  private boolean drawn;

  ProgressBar(boolean visible, PrintStream terminal, LongSupplier nanoClock) {
    this.visible = visible;
    this.terminal = terminal;
    this.nanoClock = nanoClock;
    this.drawnAt = nanoClock.getAsLong();
  }

  /** A bar, visible if it is wanted and the command runs on a terminal. */
  static ProgressBar onTerminal(boolean wanted) {
    return new ProgressBar(wanted && isTerminal(), System.err, System::nanoTime);
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
  public void looked(long entries) {
    if (isDue()) {
      draw(String.format(Locale.ROOT, "looked at %,d files and directories", entries));
    }
  }

  @Override
  public void advanced(Snapshot progress) {
    if (!isDue()) {
      return;
    }
    double share =
        progress.bytesTotal() == 0 ? 1 : (double) progress.bytesDone() / progress.bytesTotal();
    int filled = (int) Math.round(Math.min(1, share) * WIDTH);
    draw(
        String.format(
            Locale.ROOT,
            "[%s%s] %3.0f %%  %,d of %,d files",
            "#".repeat(filled),
            ".".repeat(WIDTH - filled),
            share * 100,
            progress.filesDone(),
            progress.filesTotal()));
  }

  private boolean isDue() {
    return visible && nanoClock.getAsLong() - drawnAt >= REDRAW_NANOS;
  }

  private void draw(String line) {
    drawnAt = nanoClock.getAsLong();
    drawn = true;
    terminal.print("\r" + line);
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
