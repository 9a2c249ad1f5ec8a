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
import java.util.Optional;

/** Hashes files through one direct buffer. For one thread. */
final class FileHasher {
  private final ByteBuffer buffer;

  FileHasher(int bufferBytes) {
    this.buffer = ByteBuffer.allocateDirect(bufferBytes);
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
