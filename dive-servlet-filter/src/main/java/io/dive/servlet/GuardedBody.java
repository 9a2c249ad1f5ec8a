// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import java.io.IOException;

/** The beginning of a body, which nobody has seen yet. */
interface GuardedBody {
  /** Has the guard decide, and hands on what is held; nothing is held from there on. */
  void pass() throws IOException;

  /** Forgets what is held. */
  void drop();
}
