// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;
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
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Set<PosixFilePermission> READ_BITS =
      EnumSet.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.OTHERS_READ);

  private final Path sidecar;
  private final Path temporary;
  private final FileChannel channel;
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
    boolean posix = Files.getFileAttributeView(file, PosixFileAttributeView.class) != null;
    Path temporary = sidecar.resolveSibling(temporaryName());
    FileAttribute<?>[] ownerOnly =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    FileChannel channel =
        FileChannel.open(
            temporary, Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW), ownerOnly);
    PendingSidecar pending = new PendingSidecar(sidecar, temporary, channel);
    try {
      pending.lock();
      if (posix) {
        pending.takeAccessOf(file);
      }
      return pending;
    } catch (IOException e) {
      try (pending) {
        throw e;
      }
    }
  }

  private static String temporaryName() {
    byte[] random = new byte[Long.BYTES];
    RANDOM.nextBytes(random);
    return ".dive-" + HexFormat.of().formatHex(random) + ".tmp";
  }

  /** The lock ends with the channel. Where the file system has none, leftovers stay for ever. */
  private void lock() {
    try {
      FileLock unused = channel.tryLock();
    } catch (IOException e) {
      return;
    }
  }

  private void takeAccessOf(Path file) throws IOException {
    PosixFileAttributes wanted = Files.readAttributes(file, PosixFileAttributes.class);
    PosixFileAttributeView view =
        Files.getFileAttributeView(temporary, PosixFileAttributeView.class);
    PosixFileAttributes present = view.readAttributes();
    Set<PosixFilePermission> permissions = EnumSet.of(PosixFilePermission.OWNER_WRITE);
    permissions.addAll(wanted.permissions());
    permissions.removeIf(bit -> !READ_BITS.contains(bit) && bit != PosixFilePermission.OWNER_WRITE);
    permissions.add(PosixFilePermission.OWNER_READ);
    try {
      if (!present.group().equals(wanted.group())) {
        view.setGroup(wanted.group());
      }
      if (!present.owner().equals(wanted.owner())) {
        view.setOwner(wanted.owner());
      }
    } catch (IOException notAllowed) {
      // Only root may give files away; others sign as the owner of the tree.
    }
    view.setPermissions(permissions);
  }

  /** When the temporary file came to be, by the clock of the file system. */
  FileTime created() throws IOException {
    return Files.getLastModifiedTime(temporary);
  }

  /** Whether a file lies on the same file system, so that both have one clock. */
  boolean isBeside(Path file) throws IOException {
    return Files.getAttribute(temporary, "unix:dev").equals(Files.getAttribute(file, "unix:dev"));
  }

  /** Writes, flushes to the disk and renames. The rename lasts once the directory is flushed. */
  void commit(byte[] content) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(content);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    channel.force(true);
    Files.move(temporary, sidecar, StandardCopyOption.ATOMIC_MOVE);
    committed = true;
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

  /** Whether a file name is one of our temporary ones. */
  static boolean isTemporary(String fileName) {
    return fileName.startsWith(".dive-") && TEMPORARY_NAME.matcher(fileName).matches();
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
