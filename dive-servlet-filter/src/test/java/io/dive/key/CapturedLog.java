// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What is written to standard error, where the tests' logger writes, until it is closed. */
public final class CapturedLog implements AutoCloseable {
  private final PrintStream before = System.err;
  private final ByteArrayOutputStream captured = new ByteArrayOutputStream();

  /** Captures from now on. */
  public CapturedLog() {
    System.setErr(new PrintStream(captured, true, StandardCharsets.UTF_8));
  }

  /** What was written so far. */
  public String text() {
    return captured.toString(StandardCharsets.UTF_8);
  }

  /** The lines of one level. */
  public List<String> lines(String level) {
    return text().lines().filter(line -> line.contains(" " + level + " ")).toList();
  }

  @Override
  public void close() {
    System.setErr(before);
  }
}
