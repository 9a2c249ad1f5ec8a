// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

/** Adds up how far the threads of a signing run are. Safe for use by many threads. */
final class ProgressMeter {
  private final SigningProgress listener;
  private final long filesTotal;
  private final long bytesTotal;
  private long filesDone;
  private long bytesDone;
  private long bytesHashed;

  ProgressMeter(SigningProgress listener, long filesTotal, long bytesTotal) {
    this.listener = listener;
    this.filesTotal = filesTotal;
    this.bytesTotal = bytesTotal;
  }

  /** One file's share. For one thread. */
  final class FileShare implements ReadPace {
    private final long size;
    private long counted;

    private FileShare(long size) {
      this.size = size;
    }

    @Override
    public void read(int bytes) throws InterruptedException {
      if (Thread.interrupted()) {
        throw new InterruptedException("the signing run was cancelled");
      }
      // A file that is read twice, or has grown, counts once and as found.
      long share = Math.min(bytes, size - counted);
      counted += share;
      advance(0, share, bytes);
    }

    /** The file is done, well or not. */
    void done() {
      advance(1, size - counted, 0);
    }
  }

  /** Files that were found signed. */
  void found(long files, long bytes) {
    advance(files, bytes, 0);
  }

  FileShare share(long size) {
    return new FileShare(size);
  }

  private synchronized void advance(long files, long bytes, long hashed) {
    filesDone += files;
    bytesDone += bytes;
    bytesHashed += hashed;
    listener.advanced(new SigningProgress.Snapshot(filesDone, filesTotal, bytesDone, bytesTotal));
  }

  synchronized long bytesHashed() {
    return bytesHashed;
  }
}
