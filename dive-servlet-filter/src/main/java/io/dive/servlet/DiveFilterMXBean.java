// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

/**
 * Watches and controls a {@link DiveFilter} by JMX, under the name {@code
 * io.dive:type=Filter,context="<context path>",name="<filter name>"}. Nothing here tells a secret.
 */
public interface DiveFilterMXBean {
  /** When the settings at work were read, in the form of ISO 8601. */
  String getLastReload();

  /** Why the latest settings are not at work; empty when they are. */
  String getLastError();

  /** How many replaced settings still have requests under way. */
  int getReplacedAndInUse();

  /**
   * Reads the settings and keys anew and puts them to work.
   *
   * @throws IllegalStateException if they cannot be used; those before stay at work
   */
  void reload();
}
