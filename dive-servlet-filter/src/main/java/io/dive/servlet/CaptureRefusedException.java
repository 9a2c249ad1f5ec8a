// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import java.io.IOException;
import java.io.Serial;

/** Tells the application to stop writing: the client already gets our answer instead. */
final class CaptureRefusedException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  CaptureRefusedException(String message) {
    super(message);
  }

  /** Whether this is behind an exception. */
  static boolean caused(Exception e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof CaptureRefusedException) {
        return true;
      }
    }
    return false;
  }
}
