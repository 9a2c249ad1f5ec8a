// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import io.dive.protocol.HashAlgorithm;
import io.dive.sign.BodyDigester;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What no second signing run can do without, on all processors and with nothing else: lists
 * directories, looks at each file with its change time, reads each sidecar and hashes it. Finds
 * nothing out. Or, told to, only looks at the sidecars: less than that not even a run with an index
 * of the tree can do.
 */
final class MinimalLook {
  /** What it does with a sidecar. */
  enum Sidecars {
    READ,
    LOOKED_AT
  }

  private static final String STATE = "unix:size,lastModifiedTime,ctime,ino";
  private static final int SIDECAR_BYTES = 64 * 1024;

  private MinimalLook() {}

  /** Takes a directory of directories of files, and what to do with sidecars. */
  public static void main(String[] arguments)
      throws IOException, InterruptedException, ExecutionException {
    boolean reads = Sidecars.valueOf(arguments[1]) == Sidecars.READ;
    ExecutorService threads =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(Path.of(arguments[0]))) {
      List<Future<Void>> looks = new ArrayList<>();
      for (Path directory : directories) {
        looks.add(threads.submit(look(directory, reads)));
      }
      for (Future<Void> look : looks) {
        look.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static Callable<Void> look(Path directory, boolean reads) {
    return () -> {
      BodyDigester digester = new BodyDigester(HashAlgorithm.SHA_256);
      byte[] buffer = new byte[SIDECAR_BYTES];
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
        for (Path file : files) {
          if (!file.toString().endsWith(".dive")) {
            Files.readAttributes(file, STATE, LinkOption.NOFOLLOW_LINKS);
          } else if (reads) {
            try (InputStream sidecar = new FileInputStream(file.toFile())) {
              digester.update(buffer, 0, sidecar.read(buffer));
            }
            digester.finish();
          } else {
            Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
          }
        }
      }
      return null;
    };
  }
}
