// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Judgement;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BodyBufferTest {
  private static byte[] all(BodyBuffer buffer) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (ByteBuffer part = buffer.take(); part.hasRemaining(); part = buffer.take()) {
      bytes.write(part.array(), part.arrayOffset(), part.remaining());
    }
    return bytes.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, 16_384, 16_385, 65_536, 1_000_000})
  void take_returnsWhatWasAppended_whateverTheParts(int memoryBytes, @TempDir Path directory)
      throws IOException {
    CaptureTempSpace space = new CaptureTempSpace(directory, 10_000_000);
    for (long seed = 0; seed < 40; seed++) {
      Random random = new Random(seed);
      ByteArrayOutputStream expected = new ByteArrayOutputStream();
      try (BodyBuffer buffer = new BodyBuffer(memoryBytes, space)) {
        for (int i = random.nextInt(60); i > 0; i--) {
          byte[] part = new byte[random.nextInt(random.nextBoolean() ? 40 : 50_000) + 2];
          random.nextBytes(part);
          assertTrue(buffer.append(part, 1, part.length - 1));
          expected.write(part, 1, part.length - 1);
        }
        assertEquals(expected.size(), buffer.length());
        assertTrue(space.usedBytes() == 0 || space.usedBytes() == expected.size());
        assertArrayEquals(expected.toByteArray(), all(buffer), "seed " + seed);
      }
      assertEquals(0, space.usedBytes());
    }
    assertEquals(List.of(), Judgement.openFiles(directory));
  }

  @Test
  void append_withoutRoom_takesNothingAndKeepsTheRest(@TempDir Path directory) throws IOException {
    CaptureTempSpace space = new CaptureTempSpace(directory, 50_000);
    try (BodyBuffer buffer = new BodyBuffer(1_000, space)) {
      byte[] part = Judgement.bytes(30_000);
      assertTrue(buffer.append(part, 0, part.length));
      assertFalse(buffer.append(part, 0, part.length));
      assertTrue(buffer.append(part, 0, 20_000));
      assertFalse(buffer.append(part, 0, 1));
      assertEquals(50_000, all(buffer).length);
    }
  }

  @Test
  void append_whenTheFileCannotBeOpened_keepsWhatIsInMemory(@TempDir Path directory)
      throws IOException {
    CaptureTempSpace space = new CaptureTempSpace(directory.resolve("none"), 50_000);
    try (BodyBuffer buffer = new BodyBuffer(20_000, space)) {
      byte[] part = Judgement.bytes(18_000);
      assertTrue(buffer.append(part, 0, part.length));
      assertThrows(IOException.class, () -> buffer.append(part, 0, part.length));
      assertArrayEquals(part, all(buffer));
    }
    assertEquals(0, space.usedBytes());
  }

  @Test
  void clear_startsAfresh_close_ends(@TempDir Path directory) throws IOException {
    CaptureTempSpace space = new CaptureTempSpace(directory, 100_000);
    BodyBuffer buffer = new BodyBuffer(10, space);
    byte[] part = Judgement.bytes(40_000);
    assertTrue(buffer.append(part, 0, part.length));
    buffer.clear();
    assertEquals(0, buffer.length());
    assertEquals(0, space.usedBytes());
    assertEquals(List.of(), Judgement.openFiles(directory));
    assertTrue(buffer.append(part, 0, 7));
    assertEquals(7, all(buffer).length);
    buffer.close();
    buffer.close();
    assertThrows(IOException.class, () -> buffer.append(part, 0, 1));
    assertThrows(IOException.class, buffer::take);
    assertEquals(List.of(), Judgement.openFiles(directory));
  }
}
