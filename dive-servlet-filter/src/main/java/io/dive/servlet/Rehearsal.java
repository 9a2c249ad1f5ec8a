// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.HashAlgorithm;
import io.dive.sidecar.FileAttributes;
import io.dive.sidecar.ReadPace;
import io.dive.sidecar.SidecarFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Most of what the first request for a file does, done before it comes, with parts that are thrown
 * away: what that loads and links would keep the first client waiting for longer than all the rest
 * of its request does. Meters, logs and the caches at work see nothing of it.
 */
final class Rehearsal {
  private Rehearsal() {}

  static void run() {
    SidecarFiles.rehearse(); // Modes static and stream sign for the first time in it, too.
    try {
      String runtime = System.getProperty("java.home");
      if (runtime != null) {
        hash(Path.of(runtime, "release")); // A small file, of which nothing is served.
      }
    } catch (SecurityException e) {
      // A security manager keeps it from the application; nothing depends on it.
    }
  }

  /** As mode {@code static} does. Where there is no such file, the first request does it all. */
  static void hash(Path file) {
    try {
      BasicFileAttributes attributes = FileAttributes.read(file);
      new StaticDigests(HashAlgorithm.SHA_256, 1, ResponseMetrics.NONE)
          .warm(file, attributes, ReadPace.UNLIMITED);
      GuardedResponse.isTimeOf("Thu, 01 Jan 1970 00:00:00 GMT", attributes);
    } catch (IOException | SecurityException e) {
      // Nothing depends on it.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
