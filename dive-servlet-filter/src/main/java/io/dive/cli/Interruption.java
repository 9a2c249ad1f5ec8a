// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

/** Does something if the process is told to end (Ctrl-C, SIGTERM) before the work is over. */
final class Interruption {
  private final Thread last;

  Interruption(Runnable action) {
    last = new Thread(action, "dive-interrupted");
    Runtime.getRuntime().addShutdownHook(last);
  }

  /** The work is over, one way or the other. */
  void cancel() {
    try {
      Runtime.getRuntime().removeShutdownHook(last);
    } catch (IllegalStateException e) {
      return; // It is told already.
    }
  }
}
