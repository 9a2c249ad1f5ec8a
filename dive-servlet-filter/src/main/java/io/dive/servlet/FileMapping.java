// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.dive.sidecar.FileAttributes;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * From a request path to the file the container answers it with. Anything unusual in the path, and
 * any file whose real place is outside the root, is "no file": the response then goes out unsigned.
 * Safe for use by many threads.
 */
final class FileMapping {
  private static final int MAX_KNOWN_FILES = 10_000;

  /**
   * How long the plain attributes are enough. Only the change time tells a content that was written
   * over another with its time set back; asking for it costs as much as the rest of the look.
   */
  private static final long FULL_LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long one look serves several requests, where little can go wrong by it. */
  static final Duration LOOK_TIME = Duration.ofMillis(1);

  private static final long LOOK_NANOS = LOOK_TIME.toNanos();

  /** A longer path is not worth the memory. */
  private static final int LONGEST_ABSENT = 200;

  /**
   * A regular file whose real place was found to be below the root.
   *
   * @param attributes with the change time, links followed
   * @param plain those without the change time
   * @param nanos before they were read
   */
  record Located(Path file, BasicFileAttributes attributes, BasicFileAttributes plain, long nanos) {
    /** Whether it can be told from another file of the same size and time. */
    boolean isComparable() {
      return plain.fileKey() != null;
    }

    private boolean looksLike(BasicFileAttributes present) {
      return plain.size() == present.size()
          && plain.lastModifiedTime().equals(present.lastModifiedTime())
          && plain.creationTime().equals(present.creationTime())
          && plain.fileKey() != null
          && plain.fileKey().equals(present.fileKey());
    }
  }

  private final Path root;
  private final String prefix;
  private final LongSupplier nanoTime;

  private final Cache<Path, Located> knownFiles =
      Caffeine.newBuilder().maximumSize(MAX_KNOWN_FILES).build();

  /**
   * Since when there is no file at a path as it was sent, most often that of a servlet: to find
   * that out takes as long as all else that is done for it.
   */
  private final PathSlots<Long> absent = new PathSlots<>();

  /**
   * A mapping.
   *
   * @param prefix what is cut off a path before it is resolved below the root; starts and ends with
   *     a slash
   * @throws IOException if the root does not exist
   */
  FileMapping(Path root, String prefix, LongSupplier nanoTime) throws IOException {
    this.root = root.toRealPath();
    this.prefix = requireNonNull(prefix, "prefix");
    this.nanoTime = requireNonNull(nanoTime, "nanoTime");
  }

  /**
   * The file for a path; costs one look at its attributes, and a closer one each second.
   *
   * @param rawUri the path of the request target as it was sent, with the context path
   * @param path the decoded path within the context
   */
  Optional<Located> locate(String rawUri, String path) {
    if (!isPlain(rawUri)
        || !hasPlainSegments(rawUri)
        || !path.startsWith(prefix)
        || !hasPlainSegments(path)) {
      return Optional.empty();
    }
    try {
      Path file = root.resolve(path.substring(prefix.length()));
      Located known = knownFiles.getIfPresent(file);
      if (known == null && !Files.exists(file)) {
        return Optional.empty(); // most often a servlet's path; an exception costs several looks
      }
      BasicFileAttributes plain = Files.readAttributes(file, BasicFileAttributes.class);
      if (known != null && isStillSo(known, plain)) {
        return Optional.of(known);
      }
      return plain.isRegularFile() ? look(file, plain, known) : Optional.empty();
    } catch (InvalidPathException | IOException e) {
      return Optional.empty();
    }
  }

  /**
   * The same for a response that is signed as it comes where there is no file: one look that finds
   * none is enough for {@link #LOOK_TIME}.
   */
  Optional<Located> locateUnlessAbsent(String rawUri, String path) {
    long now = nanoTime.getAsLong();
    Long since = absent.find(rawUri);
    if (since != null && now - since < LOOK_NANOS) {
      return Optional.empty();
    }
    Optional<Located> located = locate(rawUri, path);
    if (located.isEmpty() && rawUri.length() <= LONGEST_ABSENT) {
      absent.keep(rawUri, now);
    }
    return located;
  }

  /** Whether a file is what it was when it was located; costs one look at its attributes. */
  boolean isStillSo(Located known) {
    try {
      return isStillSo(known, Files.readAttributes(known.file(), BasicFileAttributes.class));
    } catch (IOException e) {
      return false;
    }
  }

  private boolean isStillSo(Located known, BasicFileAttributes present) {
    return known.looksLike(present) && nanoTime.getAsLong() - known.nanos() < FULL_LOOK_NANOS;
  }

  private Optional<Located> look(Path file, BasicFileAttributes plain, @Nullable Located known)
      throws IOException {
    long now = nanoTime.getAsLong();
    BasicFileAttributes attributes = FileAttributes.read(file);
    if (!attributes.isRegularFile() || !isBelowRoot(file, attributes, known)) {
      return Optional.empty();
    }
    Located located = new Located(file, attributes, plain, now);
    if (attributes.fileKey() != null) {
      knownFiles.put(file, located);
    }
    return Optional.of(located);
  }

  /** The real place of the directory that holds the files. */
  Path root() {
    return root;
  }

  /** The path within the context of a file below the root: the way back. */
  String pathOf(Path file) {
    return prefix + root.relativize(file).toString().replace(File.separatorChar, '/');
  }

  private boolean isBelowRoot(Path file, BasicFileAttributes attributes, @Nullable Located known)
      throws IOException {
    Object key = attributes.fileKey();
    if (key != null && known != null && key.equals(known.attributes().fileKey())) {
      return true;
    }
    Path real = file.toRealPath();
    return real.startsWith(root)
        && (key == null || key.equals(FileAttributes.read(real).fileKey()));
  }

  /** Whether the path as sent holds nothing that servers are known to read differently. */
  private static boolean isPlain(String rawUri) {
    for (int i = 0; i < rawUri.length(); i++) {
      char c = rawUri.charAt(i);
      if (c < 0x20 || c == 0x7f || c == ';' || c == '\\') {
        return false;
      }
      if (c == '%' && !isPlainEscape(rawUri, i)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isPlainEscape(String uri, int percent) {
    int octet = hexOctet(uri, percent + 1);
    return switch (octet) {
      case '/', '\\', '.', ';', 0x7f -> false;
      case '%' -> hexOctet(uri, percent + 3) < 0;
      default -> octet >= 0x20;
    };
  }

  /** The value of two hexadecimal digits, -1 where there are none. */
  private static int hexOctet(String text, int at) {
    if (at + 2 > text.length()) {
      return -1;
    }
    int high = Character.digit(text.charAt(at), 16);
    int low = Character.digit(text.charAt(at + 1), 16);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
  }

  private static boolean hasPlainSegments(String path) {
    int start = 1;
    while (start <= path.length()) {
      int slash = path.indexOf('/', start);
      int end = slash < 0 ? path.length() : slash;
      if (end == start || !endsPlainly(path.charAt(end - 1))) {
        return false;
      }
      for (int i = start; i < end; i++) {
        char c = path.charAt(i);
        if (c < 0x20 || c == 0x7f || c == '\\') {
          return false;
        }
      }
      start = end + 1;
    }
    return true;
  }

  /** Rules out {@code .} and {@code ..} too. Some file systems drop final dots and spaces. */
  private static boolean endsPlainly(char last) {
    return last != '.' && last != ' ';
  }
}
