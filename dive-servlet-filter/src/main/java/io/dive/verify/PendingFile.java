// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * A file under a temporary name in the target's directory, until it is moved into place. Closing it
 * before that deletes it.
 */
final class PendingFile implements BodySink, AutoCloseable {
  private final Path target;
  private final Path temporary;
  private final FileChannel channel;

  PendingFile(Path target) throws IOException {
    this.target = target.toAbsolutePath();
    this.temporary =
        this.target.resolveSibling("." + this.target.getFileName() + "." + UUID.randomUUID());
    // Not createTempFile: the file is to have the permissions that the process gives its files.
    this.channel =
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  @Override
  public void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Replaces the target in one step, so that nobody ever sees half a file. */
  void moveIntoPlace() throws IOException {
    channel.force(true);
    channel.close();
    Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(temporary);
  }
}
