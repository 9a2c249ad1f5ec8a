// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.Optional;

/**
 * Tells sidecars that an earlier run with these keys wrote for the present state of their files,
 * one after the other. For one thread at a time.
 */
final class SidecarCheck {
  private static final int BUFFER_BYTES = 4096; // longer than most

  private final Optional<SidecarChecksum> checksum;
  private final MessageDigest digest = SidecarChecksum.digest();
  private byte[] buffer = new byte[BUFFER_BYTES];

  /**
   * A check.
   *
   * @param checksum empty if no sidecar is to be confirmed
   */
  SidecarCheck(Optional<SidecarChecksum> checksum) {
    this.checksum = checksum;
  }

  /**
   * Whether a sidecar is confirmed; one that cannot be read is not.
   *
   * @param sidecarBytes its size
   * @param file as {@link FileAttributes#read} gives them
   */
  boolean confirms(Path sidecar, long sidecarBytes, BasicFileAttributes file) {
    Optional<Sidecar.SignedState> state = FileAttributes.signedState(file);
    if (checksum.isEmpty()
        || state.isEmpty()
        || sidecarBytes > Sidecar.MAX_BYTES
        || sidecar.getFileSystem() != FileSystems.getDefault()) {
      return false;
    }
    if (sidecarBytes > buffer.length) {
      buffer = new byte[(int) sidecarBytes];
    }
    // A channel takes longer to open than the file takes to read.
    try (FileInputStream in = new FileInputStream(sidecar.toFile())) {
      int length = in.readNBytes(buffer, 0, (int) sidecarBytes);
      return checksum
          .orElseThrow()
          .confirms(buffer, length, file.size(), state.orElseThrow(), digest);
    } catch (IOException e) {
      return false;
    }
  }
}
