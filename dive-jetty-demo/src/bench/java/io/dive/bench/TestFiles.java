// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Makes files of random bytes, and takes them away. */
final class TestFiles {
  private static final int CHUNK_BYTES = 1024 * 1024;
  private static final int FILES_PER_DIRECTORY = 1000;

  private TestFiles() {}

  static Path make(Path file, long bytes) throws IOException {
    SplittableRandom random = new SplittableRandom(bytes);
    byte[] chunk = new byte[(int) Math.min(CHUNK_BYTES, bytes)];
    random.nextBytes(chunk);
    try (OutputStream out = Files.newOutputStream(file)) {
      for (long left = bytes; left > 0; left -= chunk.length) {
        ByteBuffer.wrap(chunk).putLong(left); // no two chunks are the same
        out.write(chunk, 0, (int) Math.min(chunk.length, left));
      }
    }
    return file;
  }

  /** Makes many files, no two the same, a thousand in each directory. */
  static void makeMany(Path root, int count, int bytes) throws IOException {
    SplittableRandom random = new SplittableRandom(count);
    byte[] content = new byte[bytes];
    for (int i = 0; i < count; i++) {
      random.nextBytes(content);
      Files.write(place(root, i), content);
    }
  }

  /** Gives the same files other names, in the same order. */
  static void linkMany(Path originals, Path root, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      Files.createLink(place(root, i), originals.resolve(relative(i)));
    }
  }

  /** Writes and flushes as many files, one after the other. */
  static void writeDurably(Path root, int count, int bytes) throws IOException {
    ByteBuffer content = ByteBuffer.allocateDirect(bytes);
    for (int i = 0; i < count; i++) {
      try (FileChannel channel =
          FileChannel.open(
              place(root, i), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        channel.write(content.rewind());
        channel.force(true);
      }
    }
  }

  /** The place of the next file in the order of their numbers; makes its directory. */
  static Path place(Path root, int number) throws IOException {
    Path file = root.resolve(relative(number));
    if (number % FILES_PER_DIRECTORY == 0) {
      Files.createDirectories(file.getParent());
    }
    return file;
  }

  /** The place of the file with that number. */
  static String relative(int number) {
    return String.format(
        Locale.ROOT, "%04d/%03d.bin", number / FILES_PER_DIRECTORY, number % FILES_PER_DIRECTORY);
  }

  /** Deletes a directory with all it holds, if it is there. */
  static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
