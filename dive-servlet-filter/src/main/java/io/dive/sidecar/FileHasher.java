// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import io.dive.protocol.BodyDigest;
import io.dive.protocol.HashAlgorithm;
import io.dive.sign.BodyDigester;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/** Hashes files through one direct buffer, outside the heap. For one thread. */
public final class FileHasher {
  private static final int BUFFER_BYTES = 256 * 1024;

  private final ByteBuffer buffer;

  /**
   * A hasher.
   *
   * @param bufferBytes at least 1
   */
  FileHasher(int bufferBytes) {
    this.buffer = ByteBuffer.allocateDirect(bufferBytes);
  }

  /** A hasher for one file of so many bytes, with a buffer no longer than it needs. */
  public static FileHasher forSize(long fileBytes) {
    // One byte more than expected tells that a file grows.
    return new FileHasher((int) Math.min(BUFFER_BYTES, fileBytes + 1));
  }

  /**
   * The digest of a file whose attributes are the given ones before and after; empty if they are
   * not, so that a digest is never that of a mixture.
   *
   * @param attributes as {@link FileAttributes#read} gives them
   * @throws IOException if the file cannot be read
   * @throws InterruptedException if the pace was interrupted
   */
  public Optional<BodyDigest> hash(
      Path file, BasicFileAttributes attributes, HashAlgorithm algorithm, ReadPace pace)
      throws IOException, InterruptedException {
    return hash(file, FileState.of(attributes), algorithm, pace);
  }

  /**
   * The digest of a file that is in the given state before and after; empty if it is not, so that a
   * digest is never that of a mixture.
   *
   * @throws InterruptedException if the pace was interrupted
   */
  Optional<BodyDigest> hash(Path file, FileState state, HashAlgorithm algorithm, ReadPace pace)
      throws IOException, InterruptedException {
    BodyDigester digester = new BodyDigester(algorithm);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (!FileState.read(file).equals(state)) {
        return Optional.empty();
      }
      // A file that grows for ever must not be read for ever.
      while (digester.length() <= state.size()) {
        buffer.clear();
        int count = channel.read(buffer);
        if (count < 0) {
          break;
        }
        digester.update(buffer.flip());
        pace.read(count);
      }
    }
    boolean unchanged = digester.length() == state.size() && FileState.read(file).equals(state);
    return unchanged ? Optional.of(digester.finish()) : Optional.empty();
  }
}
