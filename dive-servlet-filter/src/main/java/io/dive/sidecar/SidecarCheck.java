// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import io.dive.protocol.HashAlgorithm;
import io.dive.sign.BodyDigester;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/**
 * Tells sidecars that an earlier run with these keys wrote for the present state of their files,
 * one after the other. For one thread.
 */
final class SidecarCheck {
  private static final int BUFFER_BYTES = 4096; // longer than most

  private final SidecarChecksum checksum;
  private final BodyDigester digester = new BodyDigester(HashAlgorithm.SHA_256);
  private byte[] buffer = new byte[BUFFER_BYTES];

  SidecarCheck(SidecarChecksum checksum) {
    this.checksum = checksum;
  }

  /**
   * Whether a sidecar is confirmed.
   *
   * @param sidecarBytes its size
   * @param file as {@link FileAttributes#read} gives them
   * @throws IOException if the sidecar cannot be read
   */
  boolean confirms(Path sidecar, long sidecarBytes, BasicFileAttributes file) throws IOException {
    Optional<Sidecar.SignedState> state = FileAttributes.signedState(file);
    if (state.isEmpty() || sidecarBytes > Sidecar.MAX_BYTES) {
      return false;
    }
    if (sidecarBytes > buffer.length) {
      buffer = new byte[(int) sidecarBytes];
    }
    ByteBuffer content = ByteBuffer.wrap(buffer, 0, (int) sidecarBytes);
    try (SeekableByteChannel channel = Files.newByteChannel(sidecar)) {
      while (content.hasRemaining() && channel.read(content) >= 0) {}
    }
    return checksum.confirms(
        buffer, content.position(), file.size(), state.orElseThrow(), digester);
  }
}
