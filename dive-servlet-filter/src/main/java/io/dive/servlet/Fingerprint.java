// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/**
 * By what files are known to have changed: a hash of what they hold, and who may read them. Times
 * do not count, so that a rewrite of the same content is no change.
 *
 * @param states in no form that gives a content away
 */
record Fingerprint(Map<Path, String> states) {
  /** Settings and keys are far smaller; of more than that nothing is expected. */
  private static final int MAX_BYTES = 1 << 20;

  /** Copies the map. */
  Fingerprint {
    states = Map.copyOf(states);
  }

  /** Looks at files, of which some may be absent. */
  static Fingerprint of(Collection<Path> files) {
    Map<Path, String> states = new TreeMap<>();
    for (Path file : files) {
      states.put(file, state(file));
    }
    return new Fingerprint(states);
  }

  private static String state(Path file) {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      return "no file"; // reading a pipe would wait, and take from others
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(in.readNBytes(MAX_BYTES));
      return Bytes.of(digest).toBase64() + access(file);
    } catch (NoSuchFileException e) {
      return "absent";
    } catch (IOException e) {
      return "unreadable " + e.getClass().getSimpleName();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static String access(Path file) throws IOException {
    if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return "";
    }
    PosixFileAttributes attributes = Files.readAttributes(file, PosixFileAttributes.class);
    return " "
        + PosixFilePermissions.toString(attributes.permissions())
        + " "
        + attributes.owner().getName();
  }

  /** Whether the files that both have looked at are as they were. */
  boolean agreesWith(Fingerprint other) {
    return states.entrySet().stream()
        .allMatch(
            state ->
                state
                    .getValue()
                    .equals(other.states.getOrDefault(state.getKey(), state.getValue())));
  }
}
