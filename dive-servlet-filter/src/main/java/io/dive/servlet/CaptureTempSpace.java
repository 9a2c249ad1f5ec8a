// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.DELETE_ON_CLOSE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/** The directory and the number of bytes that all held responses share. Thread-safe. */
final class CaptureTempSpace {
  private final Path directory;
  private final long capacityBytes;
  private final FileAttribute<?>[] ownerOnly;
  private final AtomicLong usedBytes = new AtomicLong();

  CaptureTempSpace(Path directory, long capacityBytes) {
    this.directory = directory;
    this.capacityBytes = capacityBytes;
    this.ownerOnly =
        directory.getFileSystem().supportedFileAttributeViews().contains("posix")
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
  }

  /** Takes so many bytes of the space; false, and nothing taken, if there are not enough left. */
  boolean reserve(long bytes) {
    long used = usedBytes.get();
    while (bytes <= capacityBytes - used) {
      if (usedBytes.compareAndSet(used, used + bytes)) {
        return true;
      }
      used = usedBytes.get();
    }
    return false;
  }

  /** Gives back what was reserved. */
  void release(long bytes) {
    usedBytes.addAndGet(-bytes);
  }

  /** Bytes reserved at this moment. */
  long usedBytes() {
    return usedBytes.get();
  }

  /**
   * A new file that only its owner may read. POSIX systems unlink it before this returns, so that
   * not even a crash leaves it behind; others delete it when the channel is closed.
   */
  FileChannel open() throws IOException {
    return FileChannel.open(
        directory.resolve("dive-" + UUID.randomUUID()),
        Set.of(CREATE_NEW, READ, WRITE, DELETE_ON_CLOSE),
        ownerOnly);
  }
}
