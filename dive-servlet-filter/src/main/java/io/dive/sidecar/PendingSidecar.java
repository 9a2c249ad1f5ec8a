// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;

/**
 * A sidecar on its way to disk: a temporary file in the same directory, flushed to the disk and
 * then renamed over the old one, so that a reader, also after a crash, sees the old or the new.
 *
 * <p>Its writer holds a lock on the temporary file. The lock ends with the process, so a later run
 * can tell what a crash left behind from what another run is writing.
 */
final class PendingSidecar implements AutoCloseable {
  private static final Pattern TEMPORARY_NAME = Pattern.compile("\\.dive-[0-9a-f]{16}\\.tmp");
  private static final String TEMPORARY_SUFFIX = ".tmp";
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int ATTEMPTS = 5;
  private static final String UNIX = "unix";
  private static final String ATTRIBUTES = "unix:mode,uid,gid,dev,lastModifiedTime";
  private static final int READ_BY_ALL = 0444;
  private static final int READ_AND_WRITTEN_BY_OWNER = 0600;

  private final Path sidecar;
  private final Path temporary;
  private final FileChannel channel;
  private Optional<Instant> created = Optional.empty();
  private boolean committed;

  private PendingSidecar(Path sidecar, Path temporary, FileChannel channel) {
    this.sidecar = sidecar;
    this.temporary = temporary;
    this.channel = channel;
  }

  /**
   * Starts the sidecar of a file: who may read the file may read its sidecar.
   *
   * @throws IOException if the directory does not take it; nothing is left behind then
   */
  static PendingSidecar of(Path file) throws IOException {
    Path sidecar = Sidecar.pathFor(file);
    boolean unix = file.getFileSystem().supportedFileAttributeViews().contains(UNIX);
    PendingSidecar pending = locked(sidecar, unix);
    try {
      if (unix) {
        pending.takeAccessOf(file);
      }
      return pending;
    } catch (IOException e) {
      try (pending) {
        throw e;
      }
    }
  }

  private static PendingSidecar locked(Path sidecar, boolean unix) throws IOException {
    PendingSidecar pending = create(sidecar, unix);
    for (int attempt = 1; !pending.lock() && attempt < ATTEMPTS; attempt++) {
      pending.close();
      pending = create(sidecar, unix);
    }
    return pending;
  }

  private static PendingSidecar create(Path sidecar, boolean unix) throws IOException {
    Path temporary = sidecar.resolveSibling(temporaryName());
    FileAttribute<?>[] ownerOnly =
        unix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    FileChannel channel =
        FileChannel.open(
            temporary, Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW), ownerOnly);
    return new PendingSidecar(sidecar, temporary, channel);
  }

  private static String temporaryName() {
    byte[] random = new byte[Long.BYTES];
    RANDOM.nextBytes(random);
    return ".dive-" + HexFormat.of().formatHex(random) + TEMPORARY_SUFFIX;
  }

  /**
   * Locks it; false if another run took it for a leftover before. The lock ends with the channel.
   * Where the file system has none, leftovers stay for ever.
   */
  private boolean lock() {
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (IOException e) {
      return true;
    }
    return lock != null && Files.exists(temporary, LinkOption.NOFOLLOW_LINKS);
  }

  /** By number: names of users would be looked up, for each file anew. */
  private void takeAccessOf(Path file) throws IOException {
    Map<String, Object> wanted = Files.readAttributes(file, ATTRIBUTES);
    Map<String, Object> present = Files.readAttributes(temporary, ATTRIBUTES);
    if (Objects.equals(present.get("dev"), wanted.get("dev"))
        && present.get("lastModifiedTime") instanceof FileTime time) {
      created = Optional.of(time.toInstant());
    }
    try {
      take("gid", wanted, present);
      take("uid", wanted, present);
    } catch (IOException notAllowed) {
      // Only root may give files away; others sign as the owner of the tree.
    }
    if (wanted.get("mode") instanceof Integer mode) {
      Files.setAttribute(temporary, "unix:mode", (mode & READ_BY_ALL) | READ_AND_WRITTEN_BY_OWNER);
    }
  }

  private void take(String attribute, Map<String, Object> wanted, Map<String, Object> present)
      throws IOException {
    if (!Objects.equals(wanted.get(attribute), present.get(attribute))) {
      Files.setAttribute(temporary, UNIX + ":" + attribute, wanted.get(attribute));
    }
  }

  /**
   * When the temporary file came to be, by the clock of the file system; empty if that is another
   * one than the file's, or tells no change times.
   */
  Optional<Instant> created() {
    return created;
  }

  /**
   * Writes, flushes to the disk and renames. The rename lasts once the directory is flushed.
   *
   * @param processors one of which this thread has, and lends to others while it waits for the disk
   */
  void commit(byte[] content, Semaphore processors) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(content);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    processors.release();
    try {
      channel.force(true);
      Files.move(temporary, sidecar, StandardCopyOption.ATOMIC_MOVE);
      committed = true;
    } finally {
      processors.acquireUninterruptibly();
    }
  }

  /** Removes the temporary file unless it was committed. */
  @Override
  public void close() throws IOException {
    try (channel) {
      if (!committed) {
        Files.deleteIfExists(temporary);
      }
    }
  }

  /** Whether a path is that of one of our temporary files, by its name. */
  static boolean isTemporary(Path path) {
    return path.toString().endsWith(TEMPORARY_SUFFIX)
        && TEMPORARY_NAME.matcher(TreeScan.nameOf(path)).matches();
  }

  /** Deletes a temporary file unless a living run is writing it; whether it is gone now. */
  static boolean deleteLeftover(Path temporary) throws IOException {
    try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
      try (FileLock lock = channel.tryLock()) {
        if (lock == null) {
          return false;
        }
        Files.deleteIfExists(temporary);
        return true;
      }
    } catch (OverlappingFileLockException writtenByThisProcess) {
      return false;
    } catch (NoSuchFileException e) {
      return true;
    }
  }
}
