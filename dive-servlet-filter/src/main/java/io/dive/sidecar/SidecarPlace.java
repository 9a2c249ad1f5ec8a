// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import io.dive.sidecar.SigningSummary.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/** What stands where a sidecar belongs, and whether it may be replaced or deleted. */
final class SidecarPlace {
  private static final Pattern BEGINNING =
      Pattern.compile("\\s*\\{\\s*\"" + SidecarParser.VERSION + "\"");
  private static final int BEGINNING_BYTES = 256;

  private SidecarPlace() {}

  /**
   * What is in the place, as far as a sidecar can reach; empty where there is nothing.
   *
   * @throws SigningFailedException with {@code PLACE_TAKEN} if it is no file, or cannot be read
   */
  static Optional<byte[]> content(Path sidecar) throws SigningFailedException {
    try {
      BasicFileAttributes attributes = Files.readAttributes(sidecar, BasicFileAttributes.class);
      if (!attributes.isRegularFile()) {
        throw new SigningFailedException(
            Reason.PLACE_TAKEN, "what is in the place of its sidecar is no file; move it away");
      }
      return Optional.of(read(sidecar, (int) Math.min(Sidecar.MAX_BYTES + 1, attributes.size())));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw SigningFailedException.reading(
          Reason.PLACE_TAKEN, "what is in the place of its sidecar ", e);
    }
  }

  /** So many bytes, which are most often there at once, or all there are. */
  private static byte[] read(Path path, int count) throws IOException {
    ByteBuffer content = ByteBuffer.allocate(count);
    try (SeekableByteChannel channel = Files.newByteChannel(path)) {
      while (content.hasRemaining() && channel.read(content) >= 0) {}
    }
    return content.hasRemaining()
        ? Arrays.copyOf(content.array(), content.position())
        : content.array();
  }

  /**
   * The sidecar in the content of its place, empty where it is unusable.
   *
   * @throws SigningFailedException with {@code PLACE_TAKEN} if the content is no sidecar and is not
   *     empty: it is the user's
   */
  static Optional<Sidecar> existing(byte[] content) throws SigningFailedException {
    if (content.length > 0 && !beginsLikeSidecar(content)) {
      throw new SigningFailedException(
          Reason.PLACE_TAKEN,
          "what is in the place of its sidecar is no sidecar; move it away, or force the signing");
    }
    return Sidecar.parse(content) instanceof Sidecar usable
        ? Optional.of(usable)
        : Optional.empty();
  }

  /** Whether a file begins like a sidecar of any version, damaged or not. */
  static boolean isSidecar(Path path) {
    if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (InputStream in = Files.newInputStream(path)) {
      return beginsLikeSidecar(in.readNBytes(BEGINNING_BYTES));
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean beginsLikeSidecar(byte[] content) {
    int length = Math.min(content.length, BEGINNING_BYTES);
    return BEGINNING
        .matcher(new String(content, 0, length, StandardCharsets.ISO_8859_1))
        .lookingAt();
  }
}
