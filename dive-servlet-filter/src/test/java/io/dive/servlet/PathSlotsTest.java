// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

class PathSlotsTest {
  private final PathSlots<String> slots = new PathSlots<>();

  @Test
  void whatIsKept_isFoundUnderItsPathOnly() {
    slots.keep("/a", "first");
    slots.keep("/a", "second");
    assertEquals("second", slots.find("/a"));
    assertNull(slots.find("/b"));
  }

  /** The names are those with one hash code. */
  @Test
  void ofPathsWithOneHash_theLatestTwoStay() {
    slots.keep("/AaAa", "1");
    slots.keep("/BBBB", "2");
    assertEquals("1", slots.find("/AaAa"));
    slots.keep("/BBBB", "3");
    assertEquals("1", slots.find("/AaAa"));
    slots.keep("/AaBB", "4");
    assertNull(slots.find("/AaAa"));
    assertEquals("3", slots.find("/BBBB"));
    assertEquals("4", slots.find("/AaBB"));
  }
}
