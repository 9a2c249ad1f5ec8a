// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import com.grack.nanojson.JsonWriter;
import io.dive.protocol.BoundedJson;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.IoFault;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.RotationException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.util.Set;

/** The JSON file that holds a {@link RotationState}. One process at a time may hold it. */
final class RotationStateFile implements AutoCloseable {
  private static final long MAX_BYTES = 16L << 20;

  private final Path file;
  private final FileChannel lock;

  private RotationStateFile(Path file, FileChannel lock) {
    this.file = file;
    this.lock = lock;
  }

  /**
   * Takes the file for this process; it need not exist.
   *
   * @throws RotationException with {@code ROTATION_STATE_UNUSABLE} if another one has it
   */
  static RotationStateFile take(Path file) throws RotationException {
    FileChannel channel;
    try {
      // Whatever links lead there, one file has one lock.
      Path real = Files.exists(file) ? file.toRealPath() : directory(file).resolve(fileName(file));
      Path lockFile = real.resolveSibling("." + fileName(real) + ".lock");
      channel =
          FileChannel.open(lockFile, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE));
    } catch (IOException e) {
      throw unusable(file, IoFault.writing(e), e);
    }
    boolean taken = false;
    try {
      FileLock held = channel.tryLock();
      taken = held != null;
    } catch (OverlappingFileLockException | IOException e) {
      // Falls through to the one message.
    }
    if (!taken) {
      try {
        channel.close();
      } catch (IOException e) {
        throw unusable(file, IoFault.writing(e), e);
      }
      throw new RotationException(
          ErrorCode.ROTATION_STATE_UNUSABLE,
          "%s is in use by another rotation; wait for that to end".formatted(file));
    }
    return new RotationStateFile(file, channel);
  }

  private static Path directory(Path file) throws IOException {
    return file.toAbsolutePath().resolveSibling("").toRealPath();
  }

  private static String fileName(Path file) {
    return String.valueOf(file.getFileName());
  }

  private static RotationException unusable(Path file, String problem, Exception cause) {
    return new RotationException(
        ErrorCode.ROTATION_STATE_UNUSABLE, "state file " + file + " " + problem, cause);
  }

  /** The state without taking the file; that of a new file if there is none. */
  static RotationState read(Path file) throws RotationException {
    try {
      if (!Files.exists(file)) {
        return RotationState.NEW;
      }
      if (Files.size(file) > MAX_BYTES) {
        throw new IOException("it has more than " + MAX_BYTES + " bytes");
      }
      return RotationStateJson.parse(BoundedJson.parse(Files.readAllBytes(file), "state"));
    } catch (IOException
        | MalformedFieldException
        | IllegalArgumentException
        | DateTimeException e) {
      throw unusable(
          file,
          "cannot be used (%s); it remembers every Key ID ever used, so repair it or restore a copy, and name a new file only if you know them"
              .formatted(e.getMessage()),
          e);
    }
  }

  RotationState read() throws RotationException {
    return read(file);
  }

  void write(RotationState state) throws RotationException {
    try {
      String json = JsonWriter.indent("  ").string().value(RotationStateJson.object(state)).done();
      DurableFile.replace(file, (json + "\n").getBytes(StandardCharsets.UTF_8), written -> {});
    } catch (IOException e) {
      throw unusable(file, IoFault.writing(e) + "; nothing was done after the last step", e);
    } catch (RotationException e) {
      throw e;
    } catch (DiveException e) {
      throw new IllegalStateException("nothing is checked here", e);
    }
  }

  @Override
  public void close() throws RotationException {
    try {
      lock.close();
    } catch (IOException e) {
      throw unusable(file, IoFault.writing(e), e);
    }
  }
}
