// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.Serial;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A body that is held back: in chunks of memory first, then all of it in a temporary file with one
 * chunk in front of it, whose size is also the least that memory takes. Thread-safe, because a
 * container may end the request while the application still writes; the lock is held for one file
 * access at most.
 */
final class BodyBuffer implements Closeable {
  private static final int CHUNK = 16 * 1024;
  private static final int FIRST = 512;
  private static final int FILE_ACCESS = 64 * 1024;
  private static final byte[] NOTHING = new byte[0];

  /** Nobody has the body any more: its temporary file cannot be read. */
  static final class LostException extends IOException {
    @Serial private static final long serialVersionUID = 1;

    LostException(IOException cause) {
      super("the temporary file of a response cannot be read again", cause);
    }
  }

  private final int memoryBytes;
  private final CaptureTempSpace tempSpace;

  /** The body while in memory; the unwritten end of it, at most one chunk, once there is a file. */
  private final List<byte[]> chunks = new ArrayList<>();

  private int lastChunkBytes;
  private @Nullable FileChannel file;
  private long fileBytes;
  private long reservedBytes;
  private long length;
  private long taken;
  private byte[] readBuffer = NOTHING;
  private boolean closed;

  BodyBuffer(int memoryBytes, CaptureTempSpace tempSpace) {
    this.memoryBytes = memoryBytes;
    this.tempSpace = tempSpace;
  }

  /** Bytes held. */
  synchronized long length() {
    return length;
  }

  /**
   * Adds bytes, all or none of them.
   *
   * @return false if neither memory nor temporary space has room for them
   * @throws IOException if the temporary file fails or the buffer is closed; what was held before
   *     can still be taken
   */
  synchronized boolean append(byte[] bytes, int offset, int count) throws IOException {
    if (closed) {
      throw new IOException("the response is over");
    }
    if (file == null && length + count <= memoryBytes) {
      appendToChunks(bytes, offset, count);
    } else if (!appendWithFile(bytes, offset, count)) {
      return false;
    }
    length += count;
    return true;
  }

  private void appendToChunks(byte[] bytes, int offset, int count) {
    int from = offset;
    int left = count;
    while (left > 0) {
      byte[] chunk = chunkWithRoom(left);
      int part = Math.min(left, chunk.length - lastChunkBytes);
      System.arraycopy(bytes, from, chunk, lastChunkBytes, part);
      lastChunkBytes += part;
      from += part;
      left -= part;
    }
  }

  /** The last chunk, or a new one; only the first grows, so that a small body takes little. */
  private byte[] chunkWithRoom(int wanted) {
    int last = chunks.size() - 1;
    if (last < 0 || lastChunkBytes == CHUNK) {
      byte[] chunk = new byte[last < 0 ? Math.min(CHUNK, Math.max(FIRST, wanted)) : CHUNK];
      chunks.add(chunk);
      lastChunkBytes = 0;
      return chunk;
    }
    byte[] chunk = chunks.get(last);
    int needed = Math.min(CHUNK, lastChunkBytes + wanted);
    if (chunk.length < needed) {
      chunk = Arrays.copyOf(chunk, Math.min(CHUNK, Math.max(needed, 2 * chunk.length)));
      chunks.set(last, chunk);
    }
    return chunk;
  }

  private boolean appendWithFile(byte[] bytes, int offset, int count) throws IOException {
    long wanted = length + count - reservedBytes;
    if (!tempSpace.reserve(wanted)) {
      return false;
    }
    reservedBytes += wanted;
    FileChannel channel = file;
    if (channel == null) {
      channel = tempSpace.open();
      file = channel;
    }
    int inChunks = (int) (length - fileBytes);
    if (inChunks + count > CHUNK) {
      moveChunksTo(channel);
      inChunks = 0;
    }
    if (inChunks + count <= CHUNK) {
      appendToChunks(bytes, offset, count);
    } else {
      write(channel, bytes, offset, count, fileBytes);
      fileBytes += count;
    }
    return true;
  }

  private void moveChunksTo(FileChannel channel) throws IOException {
    long position = fileBytes;
    for (int i = 0; i < chunks.size(); i++) {
      int count = bytesInChunk(i);
      write(channel, chunks.get(i), 0, count, position);
      position += count;
    }
    // Only now, so that a full disk loses nothing.
    fileBytes = position;
    if (!chunks.isEmpty()) {
      chunks.subList(1, chunks.size()).clear();
      lastChunkBytes = 0;
    }
  }

  private int bytesInChunk(int index) {
    return index == chunks.size() - 1 ? lastChunkBytes : CHUNK;
  }

  /** Small accesses: the JDK keeps a direct buffer as large as the largest for each thread. */
  private static void write(FileChannel channel, byte[] bytes, int offset, int count, long position)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, count);
    int end = buffer.limit();
    long at = position;
    while (buffer.position() < end) {
      buffer.limit(Math.min(end, buffer.position() + FILE_ACCESS));
      at += channel.write(buffer, at);
    }
  }

  /**
   * The next bytes of the body, in order, backed by an array; none when all have been taken. Valid
   * until the next call.
   *
   * @throws LostException if the temporary file fails
   * @throws IOException if the buffer is closed
   */
  synchronized ByteBuffer take() throws IOException {
    if (closed) {
      throw new IOException("the response is over");
    }
    ByteBuffer part;
    try {
      part = taken < fileBytes ? readFile() : nextChunk();
    } catch (IOException e) {
      throw new LostException(e);
    }
    taken += part.remaining();
    return part;
  }

  private ByteBuffer readFile() throws IOException {
    FileChannel channel = file;
    if (channel == null) {
      throw new IllegalStateException("bytes in a file that does not exist");
    }
    if (readBuffer.length == 0) {
      readBuffer = new byte[FILE_ACCESS];
    }
    int wanted = (int) Math.min(FILE_ACCESS, fileBytes - taken);
    int count = channel.read(ByteBuffer.wrap(readBuffer, 0, wanted), taken);
    if (count <= 0) {
      throw new EOFException("it was cut short by somebody else");
    }
    return ByteBuffer.wrap(readBuffer, 0, count);
  }

  private ByteBuffer nextChunk() {
    int index = (int) ((taken - fileBytes) / CHUNK);
    if (index >= chunks.size() || taken >= length) {
      return ByteBuffer.wrap(NOTHING);
    }
    return ByteBuffer.wrap(chunks.get(index), 0, bytesInChunk(index));
  }

  /** Forgets what is held; the file is gone when this returns. */
  synchronized void clear() {
    chunks.clear();
    lastChunkBytes = 0;
    readBuffer = NOTHING;
    length = 0;
    fileBytes = 0;
    taken = 0;
    FileChannel channel = file;
    file = null;
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // Nothing is lost: the descriptor is released and the file was deleted when it was opened.
      closed = true;
    } finally {
      if (reservedBytes > 0) { // of what all responses share
        tempSpace.release(reservedBytes);
        reservedBytes = 0;
      }
    }
  }

  /** Forgets what is held and takes nothing more. */
  @Override
  public synchronized void close() {
    clear();
    closed = true;
  }
}
