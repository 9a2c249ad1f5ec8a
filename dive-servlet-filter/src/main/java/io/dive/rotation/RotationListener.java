// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

/** Hears what a rotation does, each thing once, in the thread that does it. */
public interface RotationListener {
  /** Hears and does nothing. */
  RotationListener NONE = new RotationListener() {};

  /** Called before something is changed: a file, the sidecars of a tree, DNS. */
  default void starting(String action) {}

  /** Called when that is done, and when a check has passed. */
  default void done(String action) {}

  /** Called where {@code finish} waits, once for each thing awaited. */
  default void waiting(Progress.Awaited awaited) {}
}
